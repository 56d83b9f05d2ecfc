/** With what the program itself ends, which is what a service manager sees. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freeTcpPort, freeUdpPort } from "../../sandbox/demo/wire.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));
/** Nothing here takes that long; what does has failed. In milliseconds. */
const PATIENCE_MS = 90_000;

/** Runs an agent with a monitor that always fails; resolves with its exit status and what it said. */
async function exitOf(more: { finalAction?: string; broken?: boolean; stop?: boolean }): Promise<[number, string]> {
  const folder = await Deno.makeTempDir({ prefix: "baton-test-" });
  try {
    const path = join(folder, "cluster.yaml");
    const up = join(folder, "up");
    await Deno.writeTextFile(join(folder, "baton.key"), "ab".repeat(32), { mode: 0o600 });
    await Deno.writeTextFile(
      path,
      `cluster: c
state: state
timing: fast
servers: { server1: { interconnect: "127.0.0.1:${await freeUdpPort()}" } }
groups: { g: { resources: { app: { type: script, start: [touch, ${up}], stop: [rm, -f, ${up}] } } } }
monitors:
  never:
    type: tcp
    host: 127.0.0.1
    port: ${freeTcpPort()}
    interval: 300ms
    timeout: 200ms
    retries: 0
    startDelay: 0s
    recovery: { target: LocalServer, finalAction: ${more.finalAction ?? "none"} }
${more.broken ? "nonsense: 1\n" : ""}`,
    );
    await using agent = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "-q",
        MAIN,
        "run",
        "-c",
        path,
        "--server",
        "server1",
        "--status",
        `127.0.0.1:${freeTcpPort()}`,
      ],
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const late = setTimeout(() => agent.kill("SIGKILL"), PATIENCE_MS);
    try {
      const said = new Response(agent.stderr).text();
      if (more.stop) {
        while (await Deno.stat(up).then(() => false, () => true)) {
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        agent.kill("SIGTERM");
      }
      const { code } = await agent.status;
      const left = await Deno.stat(up).then(() => true, () => false);
      assert.equal(left, false, "something of the group was left");
      return [code, await said];
    } finally {
      clearTimeout(late);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("baton run ends with 0 when it is stopped, with 2 for a wrong file, and with 3 after a final action", async () => {
  const [stopped] = await exitOf({ stop: true });
  assert.equal(stopped, 0);
  const [wrong, problem] = await exitOf({ broken: true });
  assert.equal(wrong, 2, problem);
  assert.match(problem, /nonsense/);
  const [ended, said] = await exitOf({ finalAction: "stop-service" });
  assert.equal(ended, 3, said);
  assert.match(said, /Final action stop-service/);
});
