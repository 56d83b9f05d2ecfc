import assert from "node:assert/strict";
import { type Clock, SystemClock } from "../../../core/agent/clock.ts";
import { Driver, type DriverPorts } from "../../../core/agent/driver.ts";
import { type DurableState, emptyDurableState } from "../../../core/cluster/durable.ts";
import { Engine } from "../../../core/cluster/engine.ts";
import type { Command, Event, Output } from "../../../core/cluster/events.ts";
import { info } from "../../../core/cluster/reasons.ts";
import { TIMING_PRESETS } from "../../../core/cluster/timing.ts";
import { Stopwatch } from "../../unit/stopwatch.ts";
import { beatOf, eventually, sleep } from "../../unit/agent/helpers.ts";

/** An engine that answers with what it was given, in order. */
function scripted(...outputs: Partial<Output>[]) {
  const events: Event[] = [];
  const engine = {
    step(event: Event, nowMs: number): Output {
      events.push(event);
      return { commands: [], reasons: [], wakeMs: nowMs + 60_000, ...outputs.shift() };
    },
  };
  return { engine: engine as unknown as Engine, events };
}

/** Ports that write down what happens, with a disk that is answered by hand. */
function ports(more: Partial<DriverPorts> = {}) {
  const said: string[] = [];
  const writes: { resolve(): void; reject(error: Error): void }[] = [];
  const own: DriverPorts = {
    clock: { nowMs: () => performance.now(), suspendedMs: () => 0 },
    save: (state) =>
      new Promise((resolve, reject) => {
        said.push(`save ${state.registers.g?.epoch}`);
        writes.push({ resolve, reject });
      }),
    send: (beat) => said.push(`beat ${beat.sequence}`),
    accept: (command) => {
      said.push(`accept ${command.do}`);
      return () => said.push(command.do);
    },
    note: (reasons) => reasons.forEach(({ text }) => said.push(`note ${text}`)),
    stepped: () => {},
    onDiskFailure: (error) => said.push(`disk: ${(error as Error).message}`),
    ...more,
  };
  return { said, writes, own };
}

const state = (epoch: number): DurableState => ({
  ...emptyDurableState(),
  registers: { g: { epoch, holder: null, won: false, released: false } },
});
const write = (number: number) => ({ number, state: state(number) });

const activate: Command = { do: "activate", group: "g", resource: "r", epoch: 1, cause: "start", attempt: 1 };
const fence: Command = { do: "fence", group: "g", epoch: 1, budgetMs: 100 };
const power: Command = { do: "power", action: "shutdown", reason: "x" };
const exit: Command = { do: "exit", reason: "x" };
const tick: Event = { type: "tick" };
const settle = () => sleep(0);

Deno.test("nothing waits for the disk: the engine is told when a write has ended", async () => {
  const { engine, events } = scripted(
    { persist: write(1), beat: beatOf("s", 1), commands: [activate], reasons: [info("claim", "first")] },
    { beat: beatOf("s", 2) },
    { persist: write(2), commands: [exit] },
  );
  const { said, writes, own } = ports();
  const driver = new Driver(engine, own);
  driver.handle(tick);
  driver.handle(tick);
  assert.deepEqual(said.splice(0), ["note first", "save 1", "accept activate", "beat 1", "activate", "beat 2"]);
  assert.deepEqual(events.splice(0), [tick, tick]);
  writes[0]!.resolve();
  await settle();
  assert.deepEqual(events.splice(0), [{ type: "written", number: 1 }]);
  assert.deepEqual(said.splice(0), ["save 2", "accept exit", "exit"]);
  writes[1]!.resolve();
  await driver.stop();
});

Deno.test("all commands of a step are accepted, and its beat is out, before one of them takes effect", async () => {
  const { engine } = scripted({ beat: beatOf("s", 1), commands: [activate, fence] });
  const { said, own } = ports();
  const driver = new Driver(engine, own);
  driver.handle(tick);
  assert.deepEqual(said, ["accept activate", "accept fence", "beat 1", "activate", "fence"]);
  await driver.stop();
});

Deno.test("a write that ends, or fails, after the end of the agent is no news: nothing depends on it any more", async () => {
  for (const end of ["resolve", "reject"] as const) {
    const { engine, events } = scripted({ persist: write(1), beat: beatOf("s", 1) });
    const { said, writes, own } = ports();
    const driver = new Driver(engine, own);
    driver.handle(tick);
    const stopped = driver.stop();
    writes[0]![end](new Error("let go"));
    await stopped;
    assert.deepEqual(said, ["save 1", "beat 1"]);
    assert.deepEqual(events, [tick]);
  }
});

Deno.test("a disk that fails is told once, and from then on only what takes groups down goes out", async () => {
  const { engine } = scripted(
    { persist: write(1), beat: beatOf("s", 1) },
    { persist: write(2), beat: beatOf("s", 3), commands: [activate, power] },
    { beat: beatOf("s", 4), commands: [fence] },
  );
  const { said, writes, own } = ports({ accept: ({ do: name }) => () => said.push(name) });
  const driver = new Driver(engine, own);
  driver.handle(tick);
  writes[0]!.reject(new Error("no space left"));
  await settle();
  assert.deepEqual(said.splice(0), ["save 1", "beat 1", "disk: no space left"]);
  driver.handle(tick);
  driver.handle(tick);
  assert.deepEqual(said, ["power", "fence"]);
  await driver.stop();
});

Deno.test("a suspension is told to the engine before what came after it", async () => {
  const { engine, events } = scripted({ beat: beatOf("s", 1) }, { beat: beatOf("s", 2) });
  const clock: Clock = { nowMs: () => 0, suspendedMs: () => 5_000 };
  const { said, own } = ports({ clock });
  const driver = new Driver(engine, own);
  driver.handle(tick);
  assert.deepEqual(events, [{ type: "suspended", forMs: 5_000 }, tick]);
  assert.deepEqual(said, ["beat 1", "beat 2"]);
  await driver.stop();
});

Deno.test("the answer to an operator is handed on, and a stopped driver takes nothing any more", async () => {
  const { engine, events } = scripted({ refused: "no such group" }, {});
  const { said, own } = ports();
  const driver = new Driver(engine, own);
  const request: Event = { type: "operator", request: { op: "start", group: "g", by: "x" } };
  assert.equal(driver.handle(request), "no such group");
  assert.equal(driver.handle(request), undefined);
  await driver.stop();
  assert.equal(driver.handle(request), "the agent is stopping");
  assert.equal(events.length, 2);
  assert.deepEqual(said, []);
});

Deno.test("wake-ups come by themselves at the time the engine asked for", async () => {
  const times: number[] = [];
  const engine = {
    step(_: Event, nowMs: number): Output {
      times.push(nowMs);
      return { commands: [], reasons: [], wakeMs: nowMs + 30 };
    },
  };
  const { own } = ports();
  const driver = new Driver(engine as unknown as Engine, own);
  driver.handle(tick);
  await eventually("ticks", () => times.length >= 6);
  await driver.stop();
  const count = times.length;
  for (const [index, ms] of times.entries()) {
    if (index > 0) assert.ok(ms - times[index - 1]! >= 29.9, `${ms - times[index - 1]!}`);
  }
  await sleep(60);
  assert.equal(times.length, count);
});

/** Drives a real engine of one server whose resources do at once what they are told. */
function real(more: Partial<DriverPorts> = {}) {
  const engine = new Engine({
    spec: {
      servers: ["s"],
      tieBreaker: false,
      witness: false,
      timing: TIMING_PRESETS.fast,
      groups: [{
        name: "g",
        servers: ["s"],
        startup: "auto",
        failover: "auto",
        failback: "manual",
        resources: [{
          name: "r",
          address: false,
          activateRetries: 0,
          deactivateRetries: 0,
          deactivateFinalAction: "none",
        }],
      }],
      monitors: [],
      selfFenceAction: "shutdown",
    },
    me: "s",
    incarnation: "1",
    durable: emptyDurableState(),
    remembers: true,
    nowMs: performance.now(),
    seed: 1,
  });
  const done: string[] = [];
  const answer = (event: Event) => void Promise.resolve().then(() => driver.handle(event));
  const { own } = ports({
    save: () => Promise.resolve(),
    send: () => {},
    accept: (command) => () => {
      done.push(command.do);
      if (command.do === "activate") answer({ type: "activated", group: "g", resource: "r", epoch: command.epoch });
      if (command.do === "fence") answer({ type: "fenced", group: "g", epoch: command.epoch });
    },
    ...more,
  });
  const driver: Driver = new Driver(engine, own);
  return { engine, driver, done };
}

Deno.test("a real engine brings a group online through the driver and keeps its permit by its own wake-ups", async () => {
  const { engine, driver, done } = real();
  driver.handle(tick);
  driver.handle({ type: "swept", group: "g" });
  await eventually("online", () => engine.view().groups[0]!.status === "online");
  // Longer than the permit lasts.
  await sleep(1_500);
  assert.equal(engine.view().groups[0]!.status, "online");
  assert.deepEqual(done, ["activate"]);
  await driver.stop();
});

Deno.test("a real engine carries on, says so, and fences after a suspension, although its disk hangs", async () => {
  let suspendedMs = 0;
  let hangs = false;
  let beats = 0;
  let letGo = () => {};
  const codes: string[] = [];
  const { engine, driver, done } = real({
    note: (reasons) => reasons.forEach(({ code }) => codes.push(code)),
    clock: { nowMs: () => performance.now(), suspendedMs: () => suspendedMs },
    save: () => hangs ? new Promise((resolve) => letGo = resolve) : Promise.resolve(),
    send: () => beats += 1,
  });
  driver.handle(tick);
  driver.handle({ type: "swept", group: "g" });
  await eventually("online", () => engine.view().groups[0]!.status === "online");
  hangs = true;
  driver.handle({ type: "operator", request: { op: "start", group: "g", by: "x" } });
  const before = beats;
  await eventually("the disk is told to be slow", () => codes.includes("disk-slow"));
  await eventually("beats", () => beats > before + 3);
  assert.match(engine.view().disk.slow ?? "", /^has waited 0\.\d s for its disk$/);
  assert.deepEqual(done, ["activate"]);
  suspendedMs = 10_000;
  driver.handle(tick);
  suspendedMs = 0;
  assert.deepEqual(done, ["activate", "fence"]);
  await eventually("down", () => codes.includes("fenced"));
  hangs = false;
  const stopped = driver.stop();
  letGo();
  await stopped;
});

Deno.test("a step is due when the ports say so, also where the engine asks for none", async () => {
  const { engine, events } = scripted();
  const watch = new Stopwatch();
  const startedMs = performance.now();
  const { own } = ports({ dueMs: () => startedMs + 50 * events.length });
  const driver = new Driver(engine, own);
  driver.handle(tick);
  await eventually("some steps", () => events.length >= 4);
  const { passedMs, ownMs } = watch;
  assert.ok(passedMs >= 145 && ownMs < 1_000, `${passedMs} ms, ${ownMs} ms its own`);
  await driver.stop();
});

Deno.test("a wall clock that is set ahead or back neither fences nor lets a permit last longer", async () => {
  const { engine, driver, done } = real({ clock: new SystemClock() });
  driver.handle(tick);
  driver.handle({ type: "swept", group: "g" });
  await eventually("online", () => engine.view().groups[0]!.status === "online");
  const wall = Date.now;
  try {
    for (const hours of [1, -1, 24 * 365]) {
      Date.now = () => wall() + hours * 3_600_000;
      const leftMs = engine.permitUntilMs("g") - performance.now();
      driver.handle(tick);
      assert.ok(leftMs <= TIMING_PRESETS.fast.permitMs);
      await sleep(30);
      assert.ok(engine.permitUntilMs("g") - performance.now() <= TIMING_PRESETS.fast.permitMs);
    }
  } finally {
    Date.now = wall;
  }
  assert.equal(engine.view().groups[0]!.status, "online");
  assert.deepEqual(done, ["activate"]);
  await driver.stop();
});

Deno.test("a monotonic clock that goes back fences at once: how long it stood still nobody knows", async () => {
  let setBackMs = 0;
  const clock = new SystemClock(() => performance.now() - setBackMs, {
    nowMs: () => performance.now() - setBackMs,
    noiseMs: 100,
  });
  const { engine, driver, done } = real({ clock });
  driver.handle(tick);
  driver.handle({ type: "swept", group: "g" });
  await eventually("online", () => engine.view().groups[0]!.status === "online");
  setBackMs = 60_000;
  driver.handle(tick);
  assert.deepEqual(done, ["activate", "fence"]);
  await driver.stop();
});
