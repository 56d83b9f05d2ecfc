import assert from "node:assert/strict";
import { SwitchRegister } from "../../../core/agent/switch_register.ts";

async function withRegister(work: (register: SwitchRegister, dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "baton-test-" });
  try {
    await work(new SwitchRegister(dir), dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** A process that looks like a switch and ends by itself. */
function switchFor(seconds: number): Deno.ChildProcess {
  return new Deno.Command("sh", {
    args: ["-c", 'sleep "$1"; true', "baton-switch", String(seconds)],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
}

const never = new AbortController().signal;

Deno.test("a successor waits until the switch of its predecessor has ended", () =>
  withRegister(async (register) => {
    const child = switchFor(0.4);
    await register.note("failover1", child.pid);
    const ended = child.status;
    const startedMs = performance.now();
    await register.outlived("failover1", 10_000, never);
    const waitedMs = performance.now() - startedMs;
    await ended;
    assert.ok(waitedMs > 250 && waitedMs < 8_000, `${waitedMs} ms`);
  }));

Deno.test("it waits no longer than it is told", () =>
  withRegister(async (register) => {
    const child = switchFor(30);
    await register.note("failover1", child.pid);
    const startedMs = performance.now();
    await register.outlived("failover1", 200, never);
    assert.ok(performance.now() - startedMs < 5_000);
    child.kill("SIGKILL");
    await child.status;
  }));

Deno.test("a process with the same number that is no switch is not waited for, nor is a switch that was disarmed", () =>
  withRegister(async (register, dir) => {
    await register.note("group / with a slash", Deno.pid);
    const startedMs = performance.now();
    await register.outlived("group / with a slash", 10_000, never);
    await register.note("failover2", 1);
    await register.forget("failover2");
    await register.outlived("failover2", 10_000, never);
    await register.outlived("never there", 10_000, never);
    assert.ok(performance.now() - startedMs < 2_000);
    assert.deepEqual([...Deno.readDirSync(dir)], []);
  }));
