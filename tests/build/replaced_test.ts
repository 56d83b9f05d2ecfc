import assert from "node:assert/strict";
import { join } from "node:path";
import { freeTcpPort, freeUdpPort } from "../../sandbox/demo/wire.ts";
import { until } from "../e2e/waiting.ts";
import { buildExecutable, type Built } from "./executable.ts";

let built: Built;

Deno.test.beforeAll(async () => {
  built = await buildExecutable();
});

Deno.test.afterAll(async () => {
  await built?.remove();
});

const MONITOR = `export default {
  kind: "monitor",
  description: "Says that all is well.",
  options: {},
  defaults: { intervalMs: 200, timeoutMs: 5000, retries: 0 },
  async check() { return { status: "normal", message: "fine" }; },
};
`;

/** A machine with many other things to do needs some seconds. */
const SOON = { withinMs: 60_000 };

async function clusterIn(folder: string): Promise<string> {
  await Deno.mkdir(join(folder, "machine", "nics"), { recursive: true });
  await Deno.mkdir(join(folder, "plugins"));
  await Deno.writeTextFile(join(folder, "plugins", "mine.js"), MONITOR);
  await Deno.writeTextFile(join(folder, "baton.key"), crypto.randomUUID(), { mode: 0o600 });
  const status = `127.0.0.1:${freeTcpPort()}`;
  await Deno.writeTextFile(
    join(folder, "cluster.yaml"),
    `cluster: replaced
key: baton.key
state: state
status: ${status}
servers:
  server1: { interconnect: 127.0.0.1:${await freeUdpPort()} }
  server2: { interconnect: 127.0.0.1:${await freeUdpPort()} }
groups:
  failover1:
    resources:
      app1: { type: script, start: ["true"], stop: ["true"] }
monitors:
  mine1: { type: mine }
`,
  );
  return `http://${status}/status`;
}

Deno.test("an agent whose executable was replaced starts the hosts of drop-ins from what runs", async () => {
  const folder = await Deno.makeTempDir({ prefix: "baton-replaced-" });
  const path = join(folder, "baton");
  await Deno.copyFile(built.path, path);
  const url = await clusterIn(folder);
  const agent = new Deno.Command(path, {
    args: ["run", "--server", "server1"],
    cwd: folder,
    env: { PATH: "/usr/bin:/bin", HOME: "", NO_COLOR: "1", BATON_SANDBOX: join(folder, "machine") },
    clearEnv: true,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const said = new Response(agent.stderr).text();
  /** The process of the drop-in, whose latest check was well; undefined while that is not so. */
  const host = async (): Promise<number | undefined> => {
    const status = await fetch(url).then((answer) => answer.json()).catch(() => undefined);
    return status?.checks.mine1?.verdict.status === "normal" ? status.dropIns[0].pid ?? undefined : undefined;
  };
  try {
    let before: number | undefined;
    await until("the drop-in was asked", async () => (before = await host()) !== undefined, SOON);
    await Deno.copyFile("/bin/true", join(folder, "new"));
    await Deno.rename(join(folder, "new"), path);
    Deno.kill(before!, "SIGKILL");
    await until("another process of the drop-in", async () => {
      const now = await host();
      return now !== undefined && now !== before;
    }, SOON);
    agent.kill("SIGTERM");
    assert.equal((await agent.status).code, 0);
    const left = [...Deno.readDirSync(join(folder, "state"))].filter(({ name }) => name.startsWith("running-"));
    assert.deepEqual(left, []);
    assert.doesNotMatch(await said, /Deprecation|DEP\d+/);
  } finally {
    try {
      agent.kill("SIGKILL");
    } catch {
      // It has ended in order.
    }
    await agent.status;
    await said;
    await Deno.remove(folder, { recursive: true });
  }
});
