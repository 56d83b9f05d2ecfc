import assert from "node:assert/strict";
import { type CheckTiming, MonitorRunner } from "../../../core/agent/monitor_runner.ts";
import type { MonitorConfig } from "../../../core/config/config.ts";
import { Fault } from "../../../core/plugin/fault.ts";
import { normal, type Verdict } from "../../../core/plugin/verdict.ts";
import { contextsOn, eventually, FakeOs, monitor, sleep } from "../../unit/agent/helpers.ts";
import { Stopwatch } from "../../unit/stopwatch.ts";

/** Runs a monitor until `count` verdicts are there. */
async function verdictsOf(config: MonitorConfig, count: number): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  const contexts = contextsOn(new FakeOs());
  const runner = new MonitorRunner(config, contexts, (name, verdict) => {
    assert.equal(name, "m");
    verdicts.push(verdict);
  });
  runner.run(true);
  await eventually("verdicts", () => verdicts.length >= count);
  assert.deepEqual(runner.latest?.verdict, verdicts.at(-1));
  await runner.close();
  contexts.close();
  return verdicts;
}

Deno.test("a check begins each interval, however long the one before took", async () => {
  const watch = new Stopwatch();
  const starts: Pick<Stopwatch, "passedMs" | "ownMs">[] = [];
  await verdictsOf(
    monitor(async () => {
      starts.push({ passedMs: watch.passedMs, ownMs: watch.ownMs });
      await sleep(starts.length % 2 === 0 ? 30 : 1);
      return normal("well");
    }, { intervalMs: 60, timeoutMs: 1_000 }),
    6,
  );
  for (const [index, { passedMs, ownMs }] of starts.slice(0, 6).entries()) {
    const ms = passedMs - starts[0]!.passedMs;
    const lateMs = passedMs - ownMs;
    assert.ok(
      Math.abs(ms - 60 * index) < 50 + lateMs,
      `check ${index} began ${ms} ms after the first; this machine was late by ${lateMs} ms`,
    );
  }
});

Deno.test("checks never run beside each other and do not pile up behind a slow one", async () => {
  let running = 0;
  let count = 0;
  const startedMs = performance.now();
  await verdictsOf(
    monitor(async () => {
      assert.equal(++running, 1);
      await sleep(50);
      running -= 1;
      count += 1;
      return normal("well");
    }, { intervalMs: 10, timeoutMs: 1_000 }),
    4,
  );
  assert.ok(count <= (performance.now() - startedMs) / 50);
});

Deno.test("a check without an answer in time is unknown with code 6, whether it honours its signal or not", async () => {
  const honest = ({ signal }: { signal: AbortSignal }) =>
    new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  for (const check of [honest, () => new Promise<never>(() => {})]) {
    const [verdict] = await verdictsOf(monitor(check, { timeoutMs: 20 }), 1);
    assert.equal(verdict!.status, "unknown");
    assert.equal(verdict!.code, 6);
    assert.match(verdict!.message, /^Timeout occurred: no answer within 20 ms/);
  }
});

Deno.test("a check that throws is unknown with code 99, a fault with its own code, and checking goes on", async () => {
  const thrown = [new TypeError("oh no"), new Fault(5, "refused"), "a string"];
  const [first, second, third] = await verdictsOf(
    monitor(() => {
      throw thrown.shift() ?? new Error("more");
    }, { intervalMs: 5 }),
    3,
  );
  assert.deepEqual([first!.status, first!.code], ["unknown", 99]);
  assert.match(first!.message, /oh no/);
  assert.deepEqual([second!.status, second!.code, second!.message], ["unknown", 5, "refused"]);
  assert.deepEqual([third!.status, third!.code], ["unknown", 99]);
});

Deno.test("what is no verdict never reaches the engine", async () => {
  for (const value of [undefined, null, 7, {}, { status: "fine", message: "" }, { status: "normal" }]) {
    const [verdict] = await verdictsOf(monitor(() => Promise.resolve(value as unknown as Verdict)), 1);
    assert.deepEqual([verdict!.status, verdict!.code], ["unknown", 99]);
    assert.match(verdict!.message, /fake gave no verdict/);
  }
});

Deno.test("the first check waits for the start delay", async () => {
  const startedMs = performance.now();
  await verdictsOf(monitor(() => Promise.resolve(normal("")), { startDelayMs: 80 }), 1);
  assert.ok(performance.now() - startedMs >= 79);
});

Deno.test("a monitor stops promptly in the middle of a check, reports nothing more, and starts again", async () => {
  const contexts = contextsOn(new FakeOs());
  const reports: string[] = [];
  let checks = 0;
  const runner = new MonitorRunner(
    monitor(({ signal }) => {
      checks += 1;
      return new Promise((resolve, reject) => {
        if (checks > 1) resolve(normal(`check ${checks}`));
        signal.addEventListener("abort", () => reject(signal.reason));
      });
    }, { intervalMs: 10, timeoutMs: 60_000 }),
    contexts,
    (_, { message }) => reports.push(message),
  );
  runner.run(true);
  runner.run(true);
  await eventually("the first check", () => checks === 1);
  runner.run(false);
  runner.run(true);
  await eventually("a report", () => reports.length >= 2);
  assert.equal(reports[0], "check 2");
  const watch = new Stopwatch();
  await runner.close();
  assert.ok(watch.ownMs < 200);
  const count = reports.length;
  await sleep(30);
  assert.equal(reports.length, count);
  await runner.close();
  contexts.close();
});

Deno.test("closing waits for the check of a monitor that was told to stop right before", async () => {
  const contexts = contextsOn(new FakeOs());
  let ended = false;
  let begun = false;
  const runner = new MonitorRunner(
    monitor(({ signal }) => {
      begun = true;
      return new Promise((_, reject) =>
        signal.addEventListener("abort", () =>
          setTimeout(() => {
            ended = true;
            reject(signal.reason);
          }, 40))
      );
    }, { timeoutMs: 60_000 }),
    contexts,
    () => {},
  );
  runner.run(true);
  await eventually("the check", () => begun);
  runner.run(false);
  await runner.close();
  assert.equal(ended, true);
  contexts.close();
});

Deno.test("the engine is told how long a check took, and whether it ended in time", async () => {
  const contexts = contextsOn(new FakeOs());
  const seen: CheckTiming[] = [];
  let checks = 0;
  const runner = new MonitorRunner(
    monitor(() => ++checks === 1 ? new Promise<never>(() => {}) : Promise.resolve(normal("")), {
      intervalMs: 5,
      timeoutMs: 300,
    }),
    contexts,
    (_name, _verdict, check) => seen.push(check),
  );
  runner.run(true);
  await eventually("two checks", () => seen.length >= 2);
  await runner.close();
  contexts.close();
  const [late, quick] = seen;
  assert.equal(late?.timedOut, true);
  assert.ok(late.took.ms >= 300 && late.took.ofMs === 300);
  assert.equal(quick?.timedOut, false);
  assert.ok(quick.took.ms <= 300);
});

Deno.test("what is on this machine is looked at between the checks, also while one waits for a cloud", async () => {
  const said: Verdict[] = [];
  const contexts = contextsOn(new FakeOs());
  let [here, checks] = [true, 0];
  const look = (): Promise<Verdict> =>
    Promise.resolve(here ? normal("it is here") : { status: "error", code: 7, message: "it is gone" });
  const check = async ({ signal }: { signal: AbortSignal }): Promise<Verdict> => {
    checks++;
    // The second one waits for the cloud, for as long as it may.
    if (checks === 2) await new Promise((resolve) => signal.addEventListener("abort", resolve));
    return normal(`check ${checks}`);
  };
  const config = monitor(check, { intervalMs: 600, timeoutMs: 60_000 });
  const watched = { ...config, plugin: { ...config.plugin, look } };
  const runner = new MonitorRunner(watched, contexts, (_, verdict) => said.push(verdict), 20);
  runner.run(true);
  await eventually("the first check", () => said.length === 1);
  await sleep(100);
  assert.equal(said.length, 1, "what is well on this machine is no verdict");
  here = false;
  await eventually("looks that count", () => said.filter(({ message }) => message === "it is gone").length >= 2);
  assert.equal(runner.latest?.verdict.message, "it is gone");
  await eventually("the check that waits", () => checks === 2);
  const before = said.length;
  await eventually("looks go on", () => said.length > before + 1);
  await runner.close();
  contexts.close();
  assert.ok(said.slice(1).every(({ message }) => message === "it is gone" || message === "check 2"));
});

Deno.test("after a bad look the next good one is followed by a check, which says how everything is", async () => {
  const said: string[] = [];
  const contexts = contextsOn(new FakeOs());
  let here = false;
  const config = monitor(() => Promise.resolve(normal("all of it is well")), { intervalMs: 3_600_000 });
  const look = (): Promise<Verdict> =>
    Promise.resolve(here ? normal("it is here") : { status: "error", code: 7, message: "it is gone" });
  const runner = new MonitorRunner(
    { ...config, plugin: { ...config.plugin, look } },
    contexts,
    (_, { message }) => said.push(message),
    10,
  );
  runner.run(true);
  await eventually("a bad look", () => said.at(-1) === "it is gone");
  here = true;
  await eventually("the check", () => said.at(-1) === "all of it is well");
  assert.equal(said.filter((message) => message === "all of it is well").length, 2);
  await runner.close();
  contexts.close();
});
