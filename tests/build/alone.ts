import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { join } from "node:path";
import { freeTcpPort, freeUdpPort } from "../../sandbox/demo/wire.ts";
import { type Answer, runBare } from "./executable.ts";
import { type Memory, memoryOf } from "./memory.ts";

/** An agent that has said nothing by then never will, in milliseconds. */
const PATIENCE_MS = 120_000;
/** What is loaded at the start is loaded by then, in milliseconds. */
const SETTLE_MS = 1_500;

/**
 * Runs an agent without AWS resources whose one peer is this process, until it is heard and has settled, and a second one
 * beside it, which must not start.
 */
export async function startAlone(
  executable: string,
  folder: string,
): Promise<{ firstBeatMs: number; memory: Memory; second: Answer }> {
  await Deno.mkdir(join(folder, "machine", "nics"), { recursive: true });
  await Deno.writeTextFile(join(folder, "machine", "hostname"), "server1");
  await Deno.writeTextFile(join(folder, "baton.key"), crypto.randomUUID(), { mode: 0o600 });
  const peer = createSocket("udp4");
  peer.bind(0, "127.0.0.1");
  await once(peer, "listening");
  await Deno.writeTextFile(
    join(folder, "cluster.yaml"),
    `cluster: alone
key: baton.key
state: state
status: 127.0.0.1:${freeTcpPort()}
timing: fast
servers:
  server1: { interconnect: 127.0.0.1:${await freeUdpPort()} }
  server2: { interconnect: 127.0.0.1:${peer.address().port} }
groups:
  failover1:
    resources:
      app1: { type: script, start: ["true"], stop: ["true"] }
`,
  );
  const startedMs = performance.now();
  const agent = new Deno.Command(executable, {
    args: ["run", "--server", "server1"],
    cwd: folder,
    env: { PATH: "/usr/bin:/bin", HOME: "", BATON_SANDBOX: join(folder, "machine") },
    clearEnv: true,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    await once(peer, "message", { signal: AbortSignal.timeout(PATIENCE_MS) });
    const firstBeatMs = performance.now() - startedMs;
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const memory = await memoryOf(agent.pid);
    const second = await runBare(executable, ["run", "--server", "server1"], folder);
    agent.kill("SIGTERM");
    assert.equal((await agent.status).code, 0);
    return { firstBeatMs, memory, second };
  } finally {
    try {
      agent.kill("SIGKILL");
    } catch {
      // It has ended in order.
    }
    await agent.status;
    await new Promise<void>((resolve) => peer.close(() => resolve()));
  }
}
