import assert from "node:assert/strict";
import fc from "fast-check";
import { FENCE_SHARE } from "../../../core/cluster/self_fence.ts";
import { endMs, fenceBudget, fenceMs, powerMs, switchMs } from "../../../core/cluster/stop_budget.ts";
import { MAX_TAKEOVER_MS, MIN_TAKEOVER_MS, timingFor } from "../../../core/cluster/timing.ts";

const stopTimes = fc.integer({ min: MIN_TAKEOVER_MS, max: MAX_TAKEOVER_MS }).map((ms) => timingFor(ms).stopMs);

Deno.test("the parts of a fence are never more than the fence", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 1_000_000 }), (budgetMs) => {
    const { addressesMs, stopsMs, killMs, againMs, graceMs } = fenceBudget(budgetMs);
    const sum = addressesMs + stopsMs + killMs + againMs + graceMs;
    assert.ok(sum <= budgetMs && sum >= budgetMs - 5, `${sum} of ${budgetMs}`);
  }));
});

Deno.test("whatever answers a failed fence fits into the stop time with it", () => {
  fc.assert(fc.property(stopTimes, (stopMs) => {
    const budgetMs = Math.floor(stopMs * FENCE_SHARE);
    for (const action of ["shutdown", "reboot"] as const) {
      assert.ok(fenceMs(budgetMs, action) + powerMs(stopMs) <= stopMs);
      assert.ok(switchMs(stopMs, action) < stopMs);
    }
    const handedOver = fenceMs(budgetMs, "stop-service") + endMs(stopMs) + switchMs(stopMs, "stop-service");
    assert.ok(handedOver <= stopMs, `${handedOver} of ${stopMs}`);
  }));
});

Deno.test("the parts at the fast timing are those that the documentation shows", () => {
  assert.deepEqual(fenceBudget(1_117), { addressesMs: 139, stopsMs: 642, killMs: 111, againMs: 167, graceMs: 55 });
  assert.deepEqual([powerMs(1_490), fenceMs(1_117, "stop-service"), endMs(1_490), switchMs(1_490, "stop-service")], [
    373,
    558,
    186,
    745,
  ]);
});
