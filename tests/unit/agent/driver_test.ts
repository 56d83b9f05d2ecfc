import assert from "node:assert/strict";
import { type Clock, SystemClock } from "../../../core/agent/clock.ts";
import { Driver, type DriverPorts, MAX_QUEUED } from "../../../core/agent/driver.ts";
import { type DurableState, emptyDurableState } from "../../../core/cluster/durable.ts";
import { Engine } from "../../../core/cluster/engine.ts";
import type { Command, Event, Output } from "../../../core/cluster/events.ts";
import { info } from "../../../core/cluster/reasons.ts";
import { TIMING_PRESETS } from "../../../core/cluster/timing.ts";
import { beatOf, eventually, sleep } from "./helpers.ts";

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

const activate: Command = { do: "activate", group: "g", resource: "r", epoch: 1, cause: "start", attempt: 1 };
const fence: Command = { do: "fence", group: "g", epoch: 1, budgetMs: 100 };
const power: Command = { do: "power", action: "shutdown", reason: "x" };
const exit: Command = { do: "exit", reason: "x" };
const tick: Event = { type: "tick" };
const settle = () => sleep(0);

Deno.test("an output goes out after its own state was written, and later ones behind it, in order", async () => {
  const { engine } = scripted(
    { persist: state(1), beat: beatOf("s", 1), commands: [activate], reasons: [info("claim", "first")] },
    { beat: beatOf("s", 2) },
    { persist: state(2), commands: [exit] },
    { beat: beatOf("s", 3) },
  );
  const { said, writes, own } = ports();
  const driver = new Driver(engine, own);
  for (let step = 0; step < 4; step++) driver.handle(tick);
  await settle();
  assert.deepEqual(said.splice(0), ["note first", "accept activate", "accept exit", "save 1"]);
  writes[0]!.resolve();
  await settle();
  assert.deepEqual(said.splice(0), ["beat 1", "activate", "beat 2", "save 2"]);
  writes[1]!.resolve();
  await settle();
  assert.deepEqual(said.splice(0), ["exit", "beat 3"]);
  await driver.stop();
});

Deno.test("an output with nothing to write goes out in the same step", async () => {
  const { engine } = scripted({ beat: beatOf("s", 1), commands: [activate] });
  const { said, own } = ports();
  const driver = new Driver(engine, own);
  driver.handle(tick);
  assert.deepEqual(said, ["accept activate", "beat 1", "activate"]);
  await driver.stop();
});

Deno.test("a disk that hangs delays neither a fence nor the power that answers one", async () => {
  const { engine } = scripted(
    { persist: state(1), beat: beatOf("s", 1) },
    { persist: state(2), commands: [activate, fence] },
    { commands: [power] },
  );
  const { said, writes, own } = ports();
  const driver = new Driver(engine, own);
  for (let step = 0; step < 3; step++) driver.handle(tick);
  assert.deepEqual(said.splice(0), ["accept activate", "accept fence", "fence", "accept power", "power"]);
  await settle();
  writes[0]!.resolve();
  await settle();
  writes[1]!.resolve();
  await settle();
  assert.deepEqual(said, ["save 1", "beat 1", "save 2", "activate"]);
  await driver.stop();
});

Deno.test("a write that fails after the end of the agent is no news: nothing depends on it any more", async () => {
  const { engine } = scripted({ persist: state(1), beat: beatOf("s", 1) });
  const { said, writes, own } = ports();
  const driver = new Driver(engine, own);
  driver.handle(tick);
  await settle();
  const stopped = driver.stop();
  writes[0]!.reject(new Error("let go"));
  await stopped;
  assert.deepEqual(said, ["save 1"]);
});

Deno.test("a disk that fails is told once, and nothing that builds on the lost state goes out any more", async () => {
  const { engine } = scripted(
    { persist: state(1), beat: beatOf("s", 1), commands: [activate] },
    { beat: beatOf("s", 2), commands: [activate] },
    { persist: state(2), beat: beatOf("s", 3) },
    { beat: beatOf("s", 4), commands: [fence] },
  );
  const { said, writes, own } = ports({ accept: ({ do: name }) => () => said.push(name) });
  const driver = new Driver(engine, own);
  for (let step = 0; step < 3; step++) driver.handle(tick);
  await settle();
  writes[0]!.reject(new Error("no space left"));
  await settle();
  driver.handle(tick);
  await settle();
  assert.deepEqual(said, ["save 1", "disk: no space left", "fence"]);
  await driver.stop();
});

Deno.test("a disk that hangs for ever is one that has failed", async () => {
  const { engine } = scripted({ persist: state(1) }, ...Array(MAX_QUEUED + 50).fill({ beat: beatOf("s", 1) }));
  const { said, writes, own } = ports();
  const driver = new Driver(engine, own);
  driver.handle(tick);
  await settle();
  for (let step = 1; step < MAX_QUEUED + 50; step++) driver.handle(tick);
  assert.deepEqual(said, ["save 1", `disk: ${MAX_QUEUED} steps wait for it`]);
  writes[0]!.resolve();
  await settle();
  assert.equal(said.length, 2);
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

Deno.test("what still waits for the disk when the driver stops is written, but does not go out", async () => {
  const { engine } = scripted({ persist: state(1), beat: beatOf("s", 1), commands: [activate] });
  const { said, writes, own } = ports();
  const driver = new Driver(engine, own);
  driver.handle(tick);
  await settle();
  const stopped = driver.stop();
  writes[0]!.resolve();
  await stopped;
  assert.deepEqual(said, ["accept activate", "save 1"]);
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

Deno.test("a real engine fences after a suspension although its disk hangs", async () => {
  let suspendedMs = 0;
  let hangs = false;
  let letGo = () => {};
  const codes: string[] = [];
  const { engine, driver, done } = real({
    note: (reasons) => reasons.forEach(({ code }) => codes.push(code)),
    clock: { nowMs: () => performance.now(), suspendedMs: () => suspendedMs },
    save: () => hangs ? new Promise((resolve) => letGo = resolve) : Promise.resolve(),
  });
  driver.handle(tick);
  driver.handle({ type: "swept", group: "g" });
  await eventually("online", () => engine.view().groups[0]!.status === "online");
  hangs = true;
  driver.handle({ type: "operator", request: { op: "start", group: "g", by: "x" } });
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
  const startedMs = performance.now();
  const { own } = ports({ dueMs: () => startedMs + 50 * events.length });
  const driver = new Driver(engine, own);
  driver.handle(tick);
  await eventually("some steps", () => events.length >= 4);
  const tookMs = performance.now() - startedMs;
  assert.ok(tookMs >= 145 && tookMs < 1_000, `${tookMs} ms`);
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
