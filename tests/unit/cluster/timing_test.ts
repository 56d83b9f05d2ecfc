import assert from "node:assert/strict";
import fc from "fast-check";
import {
  checkTiming,
  MAX_TAKEOVER_MS,
  MIN_TAKEOVER_MS,
  safeTakeoverMs,
  TIMING_PRESETS,
  timingFor,
  worstConfirmationMs,
} from "../../../core/cluster/timing.ts";

Deno.test("every preset keeps both inequalities, and relaxed has the guide's numbers", () => {
  for (const timing of Object.values(TIMING_PRESETS)) assert.deepEqual(checkTiming(timing), []);
  assert.equal(TIMING_PRESETS.relaxed.intervalMs, 3_000);
  assert.equal(TIMING_PRESETS.relaxed.takeoverMs, 30_000);
});

Deno.test("timingFor is sound for every detection time that can be asked for", () => {
  fc.assert(fc.property(fc.integer({ min: MIN_TAKEOVER_MS, max: MAX_TAKEOVER_MS }), (takeoverMs) => {
    const timing = timingFor(takeoverMs);
    assert.deepEqual(checkTiming(timing), [], JSON.stringify(timing));
    assert.equal(timing.takeoverMs, takeoverMs);
  }));
});

Deno.test("safeTakeoverMs is the smallest detection time that is accepted", () => {
  const part = fc.integer({ min: 1, max: 60_000 });
  fc.assert(fc.property(part, part, part, (permitMs, pauseMs, stopMs) => {
    const timing = { intervalMs: 1, permitMs: permitMs + 100, pauseMs, stopMs };
    const takeoverMs = safeTakeoverMs(timing);
    assert.deepEqual(checkTiming({ ...timing, takeoverMs }), []);
    assert.deepEqual(checkTiming({ ...timing, takeoverMs: takeoverMs - 1 }).map(({ key }) => key), ["takeoverMs"]);
  }));
});

Deno.test("a permit that a healthy server would lose is refused with the interval that would do", () => {
  const timing = { ...TIMING_PRESETS.fast, intervalMs: 300 };
  const [problem] = checkTiming(timing);
  assert.equal(problem?.key, "permitMs");
  const would = Number(/an interval of (\d+) ms/.exec(problem!.message)?.[1]);
  assert.ok(worstConfirmationMs({ intervalMs: would }) < timing.permitMs);
  assert.ok(worstConfirmationMs({ intervalMs: would + 1 }) >= timing.permitMs);
});

Deno.test("times that are no times are refused before anything is computed from them", () => {
  for (const wrong of [0, -1, NaN, Infinity]) {
    assert.deepEqual(checkTiming({ ...TIMING_PRESETS.fast, stopMs: wrong }).map(({ key }) => key), ["stopMs"]);
  }
});
