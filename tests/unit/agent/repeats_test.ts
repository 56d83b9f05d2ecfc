import assert from "node:assert/strict";
import { COPIES, Repeats } from "../../../core/agent/repeats.ts";

const PACKET = new Uint8Array(1);

/** Sends a beat each 100 ms for a second; `answer` says what the other has acknowledged by then. Returns the copies. */
function copies(answer: (nowMs: number) => number | undefined): number {
  const repeats = new Repeats(100);
  let count = 0;
  for (let nowMs = 0; nowMs < 1_000; nowMs += 100 / COPIES) {
    const acknowledgedMs = answer(nowMs);
    if (acknowledgedMs !== undefined) repeats.heard("server2", acknowledgedMs, nowMs);
    if (nowMs % 100 === 0) repeats.sent("server2", PACKET, nowMs);
    count += repeats.due(nowMs).length;
  }
  return count;
}

Deno.test("repeats: who acknowledges within an interval gets no copies, who does not gets them until it does", () => {
  assert.equal(copies((nowMs) => nowMs - 100), 0);
  assert.equal(copies((nowMs) => nowMs < 500 ? nowMs - 300 : nowMs - 100), 5 * (COPIES - 1));
});

Deno.test("repeats: who was never heard gets no copies, and who has fallen silent none for ever", () => {
  assert.equal(copies(() => undefined), 0);
  const repeats = new Repeats(100);
  repeats.heard("server2", 0, 0);
  let latestMs = 0;
  for (let nowMs = 0; nowMs < 10_000; nowMs += 25) {
    if (nowMs % 100 === 0) repeats.sent("server2", PACKET, nowMs);
    if (repeats.due(nowMs).length > 0) latestMs = nowMs;
  }
  assert.ok(latestMs > 1_500 && latestMs <= 2_000, `${latestMs}`);
});
