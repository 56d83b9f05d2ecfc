import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startDeadMansSwitch } from "../../../core/os/dead_mans_switch.ts";
import { posixGuard } from "../../../core/os/guard_script.ts";
import { Fault } from "../../../core/plugin/fault.ts";
import { until } from "./until.ts";

const AGENT = fileURLToPath(new URL("./guarded_agent.ts", import.meta.url));
const exists = (path: string) => Deno.stat(path).then(() => true, () => false);
/** What is left of a process that nobody has waited for is not running. */
const running = async (pid: number) =>
  /^State:\s+[^Z\s]/m.test(await Deno.readTextFile(`/proc/${pid}/status`).catch(() => ""));

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "baton-guard-" });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Starts a real agent process; resolves once its switch is armed. */
async function startAgent(commands: string[][], timeoutMs = 1_000) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-lock", AGENT, JSON.stringify(commands), String(timeoutMs)],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
    detached: true,
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  const [guard = 0, service = 0] = new TextDecoder().decode(value).trim().split(" ").map(Number);
  assert.ok(guard > 0 && service > 0);
  /** Kills the agent with its whole process group, and waits for the end of what it wrote to. */
  const killAgent = async () => {
    Deno.kill(-child.pid, "SIGKILL");
    await child.status;
    // The switch must not hold the agent's standard output: then this would never end.
    while (!(await reader.read()).done);
    Deno.kill(service, "SIGKILL");
  };
  return { guard, killAgent };
}

Deno.test("kill -9 of an agent's whole group: the commands run, in order, with their words as they are", async () => {
  await withFolder(async (folder) => {
    const log = join(folder, "log");
    const note = (...words: string[]) => ["sh", "-c", 'printf "<%s>" "$@" >>"$0"', log, ...words];
    const vip = join(folder, "a 'vip' \"$x\" *");
    await Deno.writeTextFile(vip, "");
    const { guard, killAgent } = await startAgent([
      note("one"),
      ["rm", "-f", vip],
      note("2", "", "a b", "$(x)"),
      note(),
    ]);
    assert.ok(await exists(vip));
    await killAgent();
    await until(async () => await running(guard) ? undefined : true);
    assert.equal(await Deno.readTextFile(log), "<one><2><><a b><$(x)><>");
    assert.ok(!await exists(vip));
  });
});

Deno.test("a command that hangs or does not exist does not keep the next from running", async () => {
  await withFolder(async (folder) => {
    const flag = join(folder, "flag");
    const { guard, killAgent } = await startAgent([["sleep", "60"], ["/nowhere/prog"], ["false"], ["touch", flag]]);
    await killAgent();
    await until(async () => await exists(flag) || undefined);
    await until(async () => await running(guard) ? undefined : true);
  });
});

Deno.test("signals to the switch neither fire it nor end it", async () => {
  await withFolder(async (folder) => {
    const flag = join(folder, "flag");
    const guard = await startDeadMansSwitch(posixGuard([["touch", flag]], 1_000));
    for (const name of ["SIGTERM", "SIGHUP", "SIGINT"] as const) Deno.kill(guard.pid, name);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.ok(await running(guard.pid));
    assert.ok(!await exists(flag));
    await guard.disarm();
  });
});

Deno.test("a disarmed switch has run nothing and leaves no process", async () => {
  await withFolder(async (folder) => {
    const flag = join(folder, "flag");
    const guard = await startDeadMansSwitch(posixGuard([["touch", flag]], 1_000));
    const own = await Deno.readTextFile(`/proc/${guard.pid}/stat`);
    assert.equal(Number(own.split(" ")[5]), guard.pid, "it leads a session of its own");
    await guard.disarm();
    assert.ok(!await exists(`/proc/${guard.pid}`));
    await guard.disarm();
    assert.ok(!await exists(flag));
  });
});

Deno.test("disarming a switch that somebody killed ends well", async () => {
  const guard = await startDeadMansSwitch(posixGuard([["false"]], 1_000));
  Deno.kill(guard.pid, "SIGKILL");
  await guard.disarm();
});

Deno.test("a switch that does not start is a fault, not a silence", async () => {
  await assert.rejects(startDeadMansSwitch(["/nowhere/sh"]), Fault);
  await assert.rejects(startDeadMansSwitch(["true"]), /did not start/);
});
