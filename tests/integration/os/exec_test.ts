import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MAX_OUTPUT_BYTES } from "../../../core/os/bounded_output.ts";
import { exec } from "../../../core/os/exec.ts";
import { createOs } from "../../../core/os/mod.ts";
import { SimulatedOs } from "../../../core/os/simulated.ts";
import { Fault } from "../../../core/plugin/fault.ts";
import { createBench } from "../../conformance/bench.ts";
import { until } from "./until.ts";

const LEAVER = fileURLToPath(new URL("./leaver.ts", import.meta.url));
const signal = new AbortController().signal;
const alive = (pid: number) => {
  try {
    // A zombie is dead: what is left of it waits for its parent.
    return !/^State:\s*Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
};

Deno.test("exec keeps 64 KiB of each stream, says so, and never blocks the program", async () => {
  const result = await exec(["sh", "-c", "head -c 1000000 /dev/zero; head -c 200000 /dev/zero >&2; echo end >&2"], {
    signal,
  });
  assert.equal(result.status, 0);
  assert.equal(result.stdout.length, MAX_OUTPUT_BYTES);
  assert.equal(result.stderr.length, MAX_OUTPUT_BYTES);
  assert.ok(result.truncated);
  assert.ok(!(await exec(["echo", "x"], { signal })).truncated);
});

Deno.test("exec passes arguments as they are: no shell looks at them", async () => {
  const evil = `$(touch /x) "; rm -rf '*`;
  assert.equal((await exec(["printf", "%s", evil], { signal })).stdout, evil);
});

Deno.test("exec kills the whole family when the signal aborts", async () => {
  await using bench = await createBench();
  const file = join(bench.folder, "pids");
  const controller = new AbortController();
  const running = exec(["sh", "-c", 'sleep 60 & echo $! >"$0"; trap "" TERM; sleep 60', file], {
    signal: controller.signal,
  });
  const pid = Number(await until(async () => (await Deno.readTextFile(file).catch(() => "")).trim() || undefined));
  assert.ok(alive(pid));
  controller.abort(new DOMException("over", "AbortError"));
  await assert.rejects(running, /over/);
  await until(() => Promise.resolve(alive(pid) ? undefined : true));
});

Deno.test("exec reports the signal that ended a program as 128 + its number", async () => {
  assert.equal((await exec(["sh", "-c", "kill -TERM $$"], { signal })).status, 143);
});

Deno.test("exec survives a program that does not read its input", async () => {
  assert.equal((await exec(["true"], { stdin: "x".repeat(1_000_000), signal })).status, 0);
});

Deno.test("exec names a program that does not exist, with what to do", async () => {
  await assert.rejects(exec(["/nowhere/prog"], { signal }), (error) => {
    assert.ok(error instanceof Fault && error.uncertain && error.remedy !== "");
    assert.match(error.message, /\/nowhere\/prog/);
    return true;
  });
});

Deno.test("createOs: the sandbox first, then the platform, and a clear word about others", () => {
  assert.equal(createOs({ BATON_SANDBOX: "/tmp/machine" }, "linux").name, "simulated");
  assert.equal(createOs({}, "linux").name, "linux");
  assert.equal(createOs({ BATON_SANDBOX: "" }, "windows").name, "windows");
  assert.throws(() => createOs({}, "freebsd"), /does not run on freebsd/);
});

Deno.test("the power of a simulated machine ends the agent and leaves a note, nothing else", async () => {
  await using bench = await createBench();
  await bench.os.power("reboot", "a stop failed");
  assert.deepEqual(bench.powered, ["reboot"]);
  assert.deepEqual(JSON.parse(await Deno.readTextFile(join(bench.folder, "power"))), {
    action: "reboot",
    reason: "a stop failed",
  });
});

Deno.test("no name leaves the folder of a simulated machine", async () => {
  await using bench = await createBench();
  for (const name of ["../x", "..", ".", "", "a/b"]) {
    await assert.rejects(bench.os.serviceState(name, signal), Fault);
    assert.throws(() => bench.os.removeAddressCommand("eth0", name), Fault);
    assert.throws(() => bench.os.removeAddressCommand(name, "10.1.0.20"), Fault);
  }
  assert.equal(new SimulatedOs(bench.folder).hostname(), "simulated");
  await Deno.writeTextFile(join(bench.folder, "hostname"), "server1\n");
  assert.equal(bench.os.hostname(), "server1");
});

/** A program that writes a line after each pause, for as long as it can. */
const DAEMON = 'for line in 1 2 3 4; do sleep 0.15; echo "line $line"; echo "error $line" >&2; done; touch "$0"';

Deno.test("a daemon that a program leaves behind can write for as long as it lives", async () => {
  await using bench = await createBench();
  const file = join(bench.folder, "well");
  const { stdout, status } = await exec(["sh", "-c", `(${DAEMON}) & echo started`, file], { signal });
  assert.match(stdout, /^started\n/);
  assert.equal(status, 0);
  assert.ok(readers().length > 0);
  await until(async () => await Deno.stat(file).then(() => true, () => undefined));
  // Who reads for it ends with it.
  await until(() => Promise.resolve(readers().length === 0 || undefined));
});

Deno.test("... also when the agent that has started it is killed meanwhile", async () => {
  await using bench = await createBench();
  const file = join(bench.folder, "well");
  const agent = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-lock", LEAVER, "sh", "-c", `(sleep 0.3; ${DAEMON}) & echo started`, file],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = agent.stdout.getReader();
  assert.match(new TextDecoder().decode((await reader.read()).value), /^started/);
  agent.kill("SIGKILL");
  await Promise.all([agent.status, reader.cancel()]);
  await until(async () => await Deno.stat(file).then(() => true, () => undefined));
});

Deno.test("the last lines of a program are known, however much it wrote", async () => {
  const { lastLines } = await exec(["sh", "-c", "head -c 300000 /dev/zero | tr '\\0' x; seq 7; echo oh >&2"], {
    signal,
  });
  assert.deepEqual(lastLines, ["3", "4", "5", "6", "7", "oh"]);
});

/** The processes that read for daemons of this test. */
function readers(): string[] {
  return [...Deno.readDirSync("/proc")].map(({ name }) => name).filter((pid) => {
    try {
      return /^\d+$/.test(pid) &&
        Deno.readTextFileSync(`/proc/${pid}/environ`).includes(`BATON_OUTPUT_OF=${Deno.pid}\0`);
    } catch {
      return false;
    }
  });
}

Deno.test({
  name: "a program that has ended while the loop was held up is given up without an error that nobody catches",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const stop = new AbortController();
    const running = exec(["sleep", "30"], { signal: stop.signal });
    await new Promise((resolve) => setTimeout(resolve, 50));
    stop.abort(new Error("no longer wanted"));
    // Longer than a killed program is waited for: its end and the end of that wait come in the same turn.
    for (const untilMs = performance.now() + 1_300; performance.now() < untilMs;);
    await assert.rejects(running, /no longer wanted/);
  },
});
