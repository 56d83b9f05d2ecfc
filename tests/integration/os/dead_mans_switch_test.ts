import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startDeadMansSwitch } from "../../../core/os/dead_mans_switch.ts";
import { exec } from "../../../core/os/exec.ts";
import { type GuardShell, LINE_BYTES, LINES, posixGuard } from "../../../core/os/guard_script.ts";
import type { DeadMansSwitch } from "../../../core/os/os.ts";
import { Fault } from "../../../core/plugin/fault.ts";
import { stops } from "./plan.ts";
import { until } from "./until.ts";
import { lacks } from "../../needs.ts";

const AGENT = fileURLToPath(new URL("./guarded_agent.ts", import.meta.url));
const exists = (path: string) => Deno.stat(path).then(() => true, () => false);
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
/** What is left of a process that nobody has waited for is not running. */
const running = async (pid: number) =>
  /^State:\s+[^Z\s]/m.test(await Deno.readTextFile(`/proc/${pid}/status`).catch(() => ""));

/** The switch does not keep the event loop going by itself. */
async function ended(guard: DeadMansSwitch): Promise<void> {
  await until(async () => await running(guard.pid) ? undefined : true);
  await guard.ended;
}

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "baton-guard-" });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Starts a real agent process; resolves once its switch is armed. */
async function startAgent(commands: string[][], timeoutMs = 1_000, aliveMs = 0) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-lock", AGENT, JSON.stringify(commands), String(timeoutMs), String(aliveMs)],
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
  return { pid: child.pid, guard, killAgent };
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
      note("2", "", "a b", "$(x)", "two\nlines\n", "\\n"),
      note(),
    ]);
    assert.ok(await exists(vip));
    await killAgent();
    await until(async () => await running(guard) ? undefined : true);
    assert.equal(await Deno.readTextFile(log), "<one><2><><a b><$(x)><two\nlines\n><\\n><>");
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
    const guard = await startDeadMansSwitch(posixGuard(stops([["touch", flag]], 1_000)));
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
    const guard = await startDeadMansSwitch(posixGuard(stops([["touch", flag]], 1_000)));
    const own = (await Deno.readTextFile(`/proc/${guard.pid}/stat`)).split(") ").at(-1)!.split(" ");
    const ours = (await Deno.readTextFile("/proc/self/stat")).split(") ").at(-1)!.split(" ");
    assert.notEqual(own[3], ours[3], "it has a session of its own");
    await guard.disarm();
    await ended(guard);
    await guard.disarm();
    assert.ok(!await exists(flag));
  });
});

Deno.test("disarming a switch that somebody killed ends well", async () => {
  const guard = await startDeadMansSwitch(posixGuard(stops([["false"]], 1_000)));
  Deno.kill(guard.pid, "SIGKILL");
  await guard.disarm();
});

Deno.test("every line to a switch has the same length", () => {
  const lines = [LINES.disarm(), LINES.alive(1), LINES.alive(1_234.9), LINES.alive(1e12), LINES.begun(4_194_304)];
  for (const line of [...lines, LINES.ended(1)]) assert.equal(line.length, LINE_BYTES, line);
  assert.equal(LINES.alive(1_234.9), "alive 00001.234\n");
});

// Both ways to wait: bash has `read -t`; the other shell of Debian has not, nor has any in a container without it.
for (const shell of ["/bin/bash", "/bin/sh"] as const satisfies readonly GuardShell[]) {
  const ignore = Deno.build.os !== "windows" && lacks(`switches of ${shell}`, shell, await exists(shell));

  Deno.test({
    name: `${shell}: a switch fires when it hears nothing in time, and not before`,
    ignore,
    fn: () =>
      withFolder(async (folder) => {
        const flag = join(folder, "flag");
        const guard = await startDeadMansSwitch(posixGuard(stops([["touch", flag]], 1_000), shell));
        // Without a word it waits for the end of the pipe only.
        await sleep(150);
        for (let beat = 0; beat < 8; beat++) {
          guard.alive(1_500);
          await sleep(250);
        }
        assert.ok(!await exists(flag));
        const lastMs = performance.now();
        guard.alive(400);
        await ended(guard);
        const tookMs = performance.now() - lastMs;
        // At the latest, ten times that: programs start slowly on a machine with much else to do.
        assert.ok(tookMs >= 395 && tookMs < 4_000, `${tookMs} ms`);
        assert.ok(await exists(flag));
        await guard.disarm();
      }),
  });

  Deno.test({
    name: `${shell}: a switch kills the programs that run, and no others, before it runs its commands`,
    ignore,
    fn: () =>
      withFolder(async (folder) => {
        const [flag, pid, go] = ["flag", "pid", "go"].map((name) => join(folder, name)) as [string, string, string];
        const guard = await startDeadMansSwitch(posixGuard(stops([["touch", flag]], 1_000), shell));
        guard.alive(30_000);
        const signal = AbortSignal.timeout(20_000);
        // A program that ends as usual, whose daemon lives on in a group of its own, as daemons do.
        const { stdout } = await exec(["sh", "-c", "setsid sleep 20 & echo $!"], { signal });
        const daemon = Number(stdout);
        // And one that is still at it: its children must not come to the end of what they do.
        const script = exec(["sh", "-c", 'sleep 30 & echo $! >"$0.new"; mv "$0.new" "$0"; wait', pid], { signal });
        const spared = exec(["sh", "-c", 'until [ -e "$0" ]; do sleep 0.05; done', go], { signal, spared: true });
        const child = await until(async () => Number(await Deno.readTextFile(pid).catch(() => "")) || undefined);
        assert.ok(await running(child));
        guard.alive(50);
        assert.equal((await script).status, 137);
        await ended(guard);
        assert.ok(await exists(flag));
        assert.ok(await running(daemon));
        assert.ok(!await running(child));
        await Deno.writeTextFile(go, "");
        assert.equal((await spared).status, 0);
        Deno.kill(daemon, "SIGKILL");
        await guard.disarm();
      }),
  });

  Deno.test({
    name: `${shell}: a switch that was told to expect a word is disarmed like any other`,
    ignore,
    fn: () =>
      withFolder(async (folder) => {
        const flag = join(folder, "flag");
        const guard = await startDeadMansSwitch(posixGuard(stops([["touch", flag]], 1_000), shell));
        guard.alive(10_000);
        await guard.disarm();
        await ended(guard);
        assert.ok(!await exists(flag));
      }),
  });
}

Deno.test("SIGSTOP of an agent: the commands run although the agent is not dead", async () => {
  await withFolder(async (folder) => {
    const flag = join(folder, "flag");
    const { pid, guard, killAgent } = await startAgent([["touch", flag]], 1_000, 1_200);
    await sleep(1_800);
    assert.ok(!await exists(flag), "an agent that runs keeps it off");
    Deno.kill(pid, "SIGSTOP");
    await until(async () => await exists(flag) || undefined);
    await until(async () => await running(guard) ? undefined : true);
    assert.ok(await running(pid));
    await killAgent();
  });
});

Deno.test("a switch that does not start is a fault, not a silence", async () => {
  const rest = { env: {}, plan: "0\n" };
  await assert.rejects(startDeadMansSwitch({ command: ["/nowhere/sh"], ...rest }), Fault);
  await assert.rejects(startDeadMansSwitch({ command: ["true"], ...rest }), /did not start/);
});

for (const shell of ["/bin/bash", "/bin/sh"] as const satisfies readonly GuardShell[]) {
  Deno.test({
    name: `${shell}: a switch does not descend from its agent, and shows its name and nothing of what it would run`,
    ignore: !await exists(shell),
    fn: async () => {
      const guard = await startDeadMansSwitch(posixGuard(stops([["echo", "a secret"]], 1_000), shell));
      try {
        const stat = await Deno.readTextFile(`/proc/${guard.pid}/stat`);
        assert.match(stat, /^\d+ \(baton-switch\) /);
        // Whoever ends a tree of processes goes from parents to children.
        const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
        assert.notEqual(parent, Deno.pid);
        const mine = await Deno.readTextFile("/proc/self/task/" + Deno.pid + "/children").catch(() => "");
        assert.ok(!mine.split(" ").includes(String(guard.pid)));
        const line = (await Deno.readTextFile(`/proc/${guard.pid}/cmdline`)).replaceAll("\0", " ");
        assert.match(line, /baton-switch g/);
        assert.ok(line.length < 100 && !line.includes("secret"), line);
      } finally {
        await guard.disarm();
      }
    },
  });
}

Deno.test("a switch that comes to it after it was given up runs nothing", async () => {
  await withFolder(async (folder) => {
    const flag = join(folder, "flag");
    const program = posixGuard(stops([["touch", flag]], 1_000), "/bin/sh");
    // It says something else than that it is armed, and goes on.
    const late = program.env.BATON_SWITCH!.replace('echo "armed $$" >&3', "exec 3>&-");
    await assert.rejects(startDeadMansSwitch({ ...program, env: { BATON_SWITCH: late } }), /did not start/);
    await sleep(100);
    assert.ok(!await exists(flag));
  });
});
