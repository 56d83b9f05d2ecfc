/** What others say on its way to a terminal, a log and the journal. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Agent } from "../../../core/agent/agent.ts";
import { Journal, type JournalLine } from "../../../core/agent/journal.ts";
import { main } from "../../../core/cli/main.ts";
import { warning } from "../../../core/cluster/reasons.ts";
import { pluginLoader } from "../../../core/config/context.ts";
import { loadConfig } from "../../../core/config/load.ts";
import type { DeadMansSwitch } from "../../../core/os/os.ts";
import { SimulatedOs } from "../../../core/os/simulated.ts";
import { builtIns } from "../../../plugins/mod.ts";
import { RAW } from "../../unit/plugin/raw_text.ts";
import { eventually, freePorts, inFolder, quiet } from "../../unit/agent/helpers.ts";
import { KeyRing } from "../../../core/agent/key_ring.ts";

const NASTY = "\x1b[2J\x1b]0;owned\x07 bell\rback\x9b31m";

class Machine extends SimulatedOs {
  override deadMansSwitch(): Promise<DeadMansSwitch> {
    return Promise.resolve({
      pid: 0,
      ended: new Promise<void>(() => {}),
      alive: () => {},
      hurry: () => {},
      disarm: () => Promise.resolve(),
    });
  }
}

async function baton(...args: string[]): Promise<{ status: number; said: string[] }> {
  const said: string[] = [];
  const { log, error } = console;
  console.log = console.error = (text: string) => void said.push(text);
  try {
    return { status: await main(args), said };
  } finally {
    Object.assign(console, { log, error });
  }
}

function assertPlain(what: string, text: string): void {
  for (const line of text.split("\n")) assert.doesNotMatch(line, RAW, `${what}: ${JSON.stringify(line)}`);
}

Deno.test("foreign text: what a server answers reaches no terminal raw, as a status and as an error", async () => {
  const disk = { lastMs: null, waitingMs: null, slow: NASTY };
  const view = { view: { groups: [], servers: [], monitors: [], me: NASTY, votes: { visible: [], held: [] }, disk } };
  const answers: Response[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => answers.shift()!);
  const url = `http://127.0.0.1:${server.addr.port}`;
  try {
    answers.push(new Response(`${NASTY}\n`, { status: 500 }));
    const failed = await baton("status", "--url", url);
    assert.equal(failed.status, 1);
    answers.push(
      Response.json({
        ...view,
        cluster: NASTY,
        server: NASTY,
        version: NASTY,
        devices: [],
        paths: [],
        checks: {},
        reasons: [{ time: "2026-01-01T00:00:00.000Z", level: "error", text: NASTY }],
      }),
    );
    const seen = await baton("status", "--url", url);
    assert.equal(seen.status, 0, seen.said.join("\n"));
    for (const { said } of [failed, seen]) {
      assert.match(said.join("\n"), /owned/);
      for (const text of said) assertPlain("terminal", text);
    }
  } finally {
    await server.shutdown();
  }
});

Deno.test("foreign text: the journal takes no line raw, whoever notes it", () =>
  inFolder(async (dir) => {
    const heard: JournalLine[] = [];
    const journal = new Journal(dir, "server1", (line) => heard.push(line));
    journal.note([warning("plugin", NASTY)]);
    await journal.flush();
    const [line] = (await Deno.readTextFile(join(dir, "journal.jsonl"))).trim().split("\n");
    for (const text of [JSON.parse(line!).text, heard[0]!.text, journal.recent(1)[0]!.text]) {
      assertPlain("journal", text);
      assert.match(text, /owned/);
    }
  }));

Deno.test({
  name: "foreign text: what scripts print reaches journal, log and status as plain text",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (dir) => {
      const fail = JSON.stringify(["sh", "-c", String.raw`printf '\033[2J\033]0;owned\007 bell\rback\n' >&2; exit 3`]);
      const [port] = await freePorts(1);
      const file = join(dir, "cluster.yaml");
      await Deno.writeTextFile(
        file,
        `cluster: c
timing: fast
state: state
servers: { server1: { interconnect: 127.0.0.1:${port} } }
groups: { web: { resources: { app: { type: script, start: ${fail}, stop: ["true"] } } } }
monitors: { look: { type: script, command: ${fail}, timing: always, interval: 1s, recovery: { target: LocalServer, finalAction: none } } }
`,
      );
      const heard: unknown[] = [];
      const agent = await Agent.start({
        config: await loadConfig(file, { plugins: pluginLoader({ builtIns, dropInDirs: [] }), server: "server1" }),
        server: "server1",
        version: "1",
        keys: new KeyRing([new TextEncoder().encode("k".repeat(64))]),
        os: new Machine(dir),
        onJournal: (line) => heard.push(line),
        log: () => ({ ...quiet, warn: (text) => heard.push(text) }),
      });
      try {
        await eventually("both have failed", () => {
          const { reasons, checks } = agent.view();
          return (checks["look"] ?? null) !== null && reasons.some(({ code }) => code === "activation-failed");
        });
        const texts: string[] = [];
        const collect = (value: unknown): void => {
          if (typeof value === "string") texts.push(value);
          else if (typeof value === "object" && value !== null) Object.values(value).forEach(collect);
        };
        collect(agent.view());
        collect(heard);
        assert.ok(texts.filter((text) => text.includes("owned")).length > 3);
        for (const text of texts) assertPlain("status", text);
      } finally {
        agent.abandon("the test is over");
        await agent.ended;
      }
    }),
});
