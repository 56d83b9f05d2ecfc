/** `baton apply` as an operator runs it, against an endpoint that answers as an agent does. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ApplyOutcome } from "../../../core/agent/apply/coordinator.ts";
import { main } from "../../../core/cli/main.ts";
import { writeToken } from "../../../core/http/operator_token.ts";

const EXAMPLE = await Deno.readTextFile(fileURLToPath(new URL("../../../examples/vip.yaml", import.meta.url)));
const VIP = `state: state\n${EXAMPLE}`;
const OTHER_DEVICE = VIP.replace("addresses: [10.0.10.100,", "addresses: [10.0.10.101,");
const BOTH_DEVICES = "quorum: until all servers have the new file, some ask the old devices and some the new ones";

/** Applies the file with another device; the agent answers with this outcome. Resolves with what was printed. */
async function applied(more: Partial<ApplyOutcome>): Promise<{ out: string; err: string }> {
  assert.notEqual(OTHER_DEVICE, VIP);
  const folder = await Deno.makeTempDir({ prefix: "baton-test-" });
  const outcome: ApplyOutcome = {
    generation: 3,
    digest: "d",
    reach: "agent",
    order: [],
    late: [],
    warnings: [],
    ...more,
  };
  const agent = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    await request.text();
    return Response.json(request.method === "POST" ? { outcome } : { file: null });
  });
  const { log, error } = console;
  const [out, err]: [string[], string[]] = [[], []];
  try {
    const [path, wanted] = [join(folder, "cluster.yaml"), join(folder, "wanted.yaml")];
    await Deno.writeTextFile(path, VIP);
    await Deno.writeTextFile(wanted, OTHER_DEVICE);
    await Deno.writeTextFile(join(folder, "baton.key"), "ab".repeat(32), { mode: 0o600 });
    await Deno.mkdir(join(folder, "state"));
    await writeToken(join(folder, "state"));
    console.log = (text: string) => void out.push(text);
    console.error = (text: string) => void err.push(text);
    const url = `http://127.0.0.1:${agent.addr.port}`;
    const status = await main(["apply", wanted, "-c", path, "--url", url, "--wait", "0"]);
    assert.equal(status, 0, err.join("\n"));
    return { out: out.join("\n"), err: err.join("\n") };
  } finally {
    Object.assign(console, { log, error });
    await agent.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("apply tells a warning about the change once, and one that only the agent has as well", async () => {
  const shown = `${BOTH_DEVICES}; a partition in that while could find both sides with a device`;
  const { out, err } = await applied({ warnings: [shown, "only the agent knows"] });
  assert.equal(`${out}\n${err}`.split(BOTH_DEVICES).length - 1, 1, `${out}\n${err}`);
  assert.match(err, /^warning: only the agent knows$/m);
});

Deno.test("apply says why a server has not confirmed the file, and what becomes of it", async () => {
  const { out } = await applied({
    late: [{ server: "server2", why: "it did not answer within 10 s" }, { server: "server3", why: "its disk is full" }],
  });
  assert.match(
    out,
    /^Generation 3 is in place, not yet on server2 \(it did not answer within 10 s\), server3 \(its disk is full\)/m,
  );
  assert.match((await applied({})).out, /^Generation 3 is in place\.$/m);
});
