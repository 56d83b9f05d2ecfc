import assert from "node:assert/strict";
import fc from "fast-check";
import { SystemClock } from "../../../core/agent/clock.ts";

/** Clocks of a machine that is moved by hand; the uptime comes in steps of `stepMs`. */
function machine(stepMs: number, noiseMs: number) {
  let monotonicMs = 5_000;
  let uptimeMs = 777_777;
  const clock = new SystemClock(() => monotonicMs, {
    nowMs: () => Math.floor(uptimeMs / stepMs) * stepMs,
    noiseMs,
  });
  return {
    clock,
    runs: (ms: number) => {
      monotonicMs += ms;
      uptimeMs += ms;
    },
    sleeps: (ms: number) => uptimeMs += ms,
  };
}

Deno.test("the time is the monotonic one", () => {
  const { clock, runs } = machine(10, 100);
  const beforeMs = clock.nowMs();
  runs(123);
  assert.equal(clock.nowMs() - beforeMs, 123);
});

Deno.test("a suspension is seen once, with its length", () => {
  const { clock, runs, sleeps } = machine(10, 100);
  runs(1_000);
  assert.equal(clock.suspendedMs(), 0);
  sleeps(60_000);
  runs(5);
  assert.ok(Math.abs(clock.suspendedMs() - 60_000) <= 10);
  runs(200);
  assert.equal(clock.suspendedMs(), 0);
});

Deno.test("a suspension that is shorter than the pause of the fast timing is seen too", () => {
  const { clock, sleeps } = machine(10, 100);
  sleeps(300);
  assert.ok(clock.suspendedMs() > 250);
});

Deno.test("rounding is never taken for a suspension, however long it runs", () => {
  for (const [stepMs, noiseMs] of [[10, 100], [1_000, 2_500]] as const) {
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 3_000 }), { maxLength: 200 }), (pieces) => {
      const { clock, runs } = machine(stepMs, noiseMs);
      for (const ms of pieces) {
        runs(ms);
        assert.equal(clock.suspendedMs(), 0);
      }
    }));
  }
});

Deno.test("two clocks that drift apart slowly are no suspension", () => {
  const { clock, runs, sleeps } = machine(10, 100);
  for (let seconds = 0; seconds < 100_000; seconds++) {
    runs(1_000);
    sleeps(0.1);
    assert.equal(clock.suspendedMs(), 0);
  }
});

Deno.test("a process that is held up between its two readings does not take that for a suspension", () => {
  let monotonicMs = 0;
  let uptimeMs = 0;
  let heldUpMs = 0;
  const clock = new SystemClock(() => monotonicMs, {
    nowMs: () => {
      const read = uptimeMs;
      monotonicMs += heldUpMs;
      uptimeMs += heldUpMs;
      return read;
    },
    noiseMs: 100,
  });
  heldUpMs = 5_000;
  assert.equal(clock.suspendedMs(), 0);
  heldUpMs = 0;
  assert.equal(clock.suspendedMs(), 0);
  // And one that happened meanwhile is not forgotten.
  uptimeMs += 400;
  heldUpMs = 5_000;
  assert.equal(clock.suspendedMs(), 0);
  heldUpMs = 0;
  assert.equal(clock.suspendedMs(), 400);
});

Deno.test("an uptime that can't be read is no suspension, also when it comes back", () => {
  let monotonicMs = 0;
  let lost = false;
  const clock = new SystemClock(() => monotonicMs, { nowMs: () => lost ? NaN : 1_000 + monotonicMs, noiseMs: 100 });
  for (const state of [false, true, true, false]) {
    lost = state;
    monotonicMs += 1_000;
    assert.equal(clock.suspendedMs(), 0);
  }
});

Deno.test("a step of the wall clock changes nothing", () => {
  const original = Date.now;
  const clock = new SystemClock();
  const beforeMs = clock.nowMs();
  try {
    Date.now = () => original() + 3_600_000;
    assert.equal(clock.suspendedMs(), 0);
    assert.ok(clock.nowMs() - beforeMs < 1_000);
    Date.now = () => original() - 3_600_000;
    assert.equal(clock.suspendedMs(), 0);
    assert.ok(clock.nowMs() >= beforeMs);
  } finally {
    Date.now = original;
  }
});

Deno.test("a monotonic clock that goes back: the time goes on from where it was, and the loss counts as a suspension", () => {
  let monotonicMs = 5_000;
  let uptimeMs = 9_000;
  const clock = new SystemClock(() => monotonicMs, { nowMs: () => uptimeMs, noiseMs: 100 });
  const runs = (ms: number) => {
    monotonicMs += ms;
    uptimeMs += ms;
  };
  runs(100);
  assert.equal(clock.nowMs(), 5_100);
  // Both clocks go back, as after the move of a virtual machine: nothing but this tells.
  runs(-2_000);
  assert.equal(clock.nowMs(), 5_100);
  runs(30);
  assert.equal(clock.nowMs(), 5_130);
  assert.equal(clock.suspendedMs(), 2_000);
  assert.equal(clock.suspendedMs(), 0);
  runs(1_000);
  assert.equal(clock.nowMs(), 6_130);
  assert.equal(clock.suspendedMs(), 0);
});

Deno.test("a monotonic clock that jumps ahead only makes permits end", () => {
  let monotonicMs = 5_000;
  const clock = new SystemClock(() => monotonicMs, { nowMs: () => 9_000, noiseMs: 100 });
  monotonicMs += 60_000;
  assert.equal(clock.nowMs(), 65_000);
  assert.equal(clock.suspendedMs(), 0);
});

Deno.test("whatever its source does, the clock never goes back, and no jump back goes unnoticed", () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: -5_000, max: 5_000 }), { maxLength: 100 }), (steps) => {
    let monotonicMs = 0;
    const clock = new SystemClock(() => monotonicMs, { nowMs: () => NaN, noiseMs: 100 });
    let latestMs = clock.nowMs();
    for (const ms of steps) {
      monotonicMs += ms;
      const nowMs = clock.nowMs();
      assert.equal(nowMs, latestMs + Math.max(0, ms));
      assert.equal(clock.suspendedMs(), Math.max(0, -ms));
      latestMs = nowMs;
    }
  }));
});
