import assert from "node:assert/strict";
import { fencedAgain } from "../../../core/cluster/last_resort.ts";
import { TIMING_PRESETS } from "../../../core/cluster/timing.ts";

const timing = TIMING_PRESETS.fast;
const spec = { timing } as Parameters<typeof fencedAgain>[0]["spec"];

/** Whether the machine stays on at `nowMs`, its fence having begun at 10,000 ms. */
function stays(nowMs: number, confirmedMs: number, more: { fences?: number; othersReady?: boolean } = {}): boolean {
  return fencedAgain({ nowMs, spec }, {
    sinceMs: 10_000,
    fences: 1,
    othersReady: false,
    permitUntilMs: confirmedMs + timing.permitMs,
    ...more,
  }) !== undefined;
}

Deno.test("a machine that can't stop its group stays on only while a majority confirms what it sent since the fence began", () => {
  assert.equal(stays(11_000, 10_000), true);
  assert.equal(stays(11_000, 10_400), true);
  // Nobody has confirmed anything.
  assert.equal(stays(11_000, -Infinity), false);
  // Confirmed before: that has ended, whatever a clock says that stood still.
  assert.equal(stays(10_100, 9_999), false);
  // Confirmed since, and over.
  assert.equal(stays(10_400 + timing.permitMs, 10_400), false);
  assert.equal(stays(10_400 + timing.permitMs - 1, 10_400), true);
});

Deno.test("while another server waits for the group the machine stays on for one more try, and otherwise for as long as it may", () => {
  assert.equal(stays(11_000, 10_400, { othersReady: true }), true);
  assert.equal(stays(11_000, 10_400, { othersReady: true, fences: 2 }), false);
  assert.equal(stays(11_000, 10_400, { fences: 1_000 }), true);
});
