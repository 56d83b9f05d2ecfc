/** Operations against an endpoint that answers what an agent would. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { main } from "../../../core/cli/main.ts";
import { writeToken } from "../../../core/http/operator_token.ts";

async function baton(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  const [out, err]: [string[], string[]] = [[], []];
  const { log, error } = console;
  console.log = (text: string) => void out.push(text);
  console.error = (text: string) => void err.push(text);
  try {
    return { status: await main(args), out: out.join("\n"), err: err.join("\n") };
  } finally {
    Object.assign(console, { log, error });
  }
}

const server = (name: string, more = {}) => ({ name, status: "offline", ready: true, why: null, errors: 0, ...more });

/** A group that alice moves to server2, seen on server1; `more` changes it. */
const statusOf = (more = {}) => ({
  view: {
    groups: [{
      name: "web",
      epoch: 4,
      carrier: "server1",
      known: true,
      lastKnown: null,
      waiting: null,
      why: "it is so",
      register: { epoch: 4, holder: "server1", won: true, released: false },
      intent: { version: 3, run: true, to: "server2", by: "alice" },
      servers: [server("server1", { status: "online" }), server("server2")],
      ...more,
    }],
  },
});

/** `answer` for the n-th look; null: the connection is closed, and the agent is gone. */
async function onAgent(
  answer: (look: number) => unknown,
  work: (file: string) => Promise<void>,
  lastWords = "",
): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "baton-test-" });
  const journal = (text: string) => {
    const line = { time: new Date().toISOString(), server: "server1", code: "left", level: "error", text };
    return Deno.writeTextFile(join(dir, "state", "journal.jsonl"), `${JSON.stringify(line)}\n`, { append: true });
  };
  let looks = 0;
  const agent = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    if (request.method === "POST") return Response.json({ accepted: true });
    const seen = answer(looks++);
    if (seen !== null) return Response.json(seen);
    await journal(lastWords);
    // Half an answer, as of a process that ends.
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode("{"));
        controller.close();
      },
    });
    return new Response(body, { headers: { "Content-Length": "100" } });
  });
  try {
    const file = join(dir, "cluster.yaml");
    await Deno.writeTextFile(
      file,
      `cluster: c
state: state
status: 127.0.0.1:${agent.addr.port}
servers: { server1: { interconnect: "127.0.0.1:7710" }, server2: { interconnect: "127.0.0.1:7711" } }
groups: { web: { resources: { app: { type: script, start: ["true"], stop: ["true"] } } } }
`,
    );
    await Deno.mkdir(join(dir, "state"));
    await writeToken(join(dir, "state"));
    await journal("An old line.");
    await new Promise((resolve) => setTimeout(resolve, 20));
    await work(file);
  } finally {
    await agent.shutdown();
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("operations: a target that dies on the way ends the waiting", () => {
  const dead = server("server2", { status: "unknown", ready: false, why: "has been silent for 900 ms" });
  const going = statusOf({ servers: [server("server1", { status: "offline-pending" }), server("server2")] });
  const after = statusOf({ servers: [server("server1", { status: "online" }), dead] });
  return onAgent((look) => look < 2 ? going : after, async (file) => {
    const startedMs = performance.now();
    const { status, err } = await baton("move", "web", "server2", "-c", file, "--wait", "50");
    assert.ok(performance.now() - startedMs < 30_000);
    assert.equal(status, 1);
    assert.match(err, /web does not come to server2: it has been silent for 900 ms; web is on server1 \(explain 313\)/);
  });
});

Deno.test("operations: a wish that is replaced ends the waiting, and one that passes by does not", () => {
  const flap = statusOf({
    servers: [server("server1", { status: "online" }), server("server2", { ready: false, why: "x" })],
  });
  const replaced = statusOf({ intent: { version: 4, run: false, by: "bob" } });
  return onAgent((look) => look < 2 ? flap : look < 4 ? statusOf() : replaced, async (file) => {
    const { status, err } = await baton("move", "web", "server2", "-c", file, "--wait", "50");
    assert.equal(status, 1);
    assert.match(err, /error: bob has stopped web since \(explain 313\)/);
  });
});

Deno.test("operations: an agent that ends by what was asked of it has the last word", () =>
  onAgent(
    (look) => look < 1 ? statusOf() : null,
    async (file) => {
      const { status, err } = await baton("move", "web", "server2", "-c", file, "--wait", "50");
      assert.equal(status, 1);
      assert.match(err, /The last lines of the agent's journal:\n {2}\S+ The final action of vip1 ends this agent\.\n/);
      assert.match(err, /has ended since it was asked, its last lines are above; .* \(explain 312\)$/);
      assert.ok(!err.includes("An old line"));
    },
    "The final action of vip1 ends this agent.",
  ));
