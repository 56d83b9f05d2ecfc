import assert from "node:assert/strict";
import { Turns } from "../../../core/host/turns.ts";

/** What starting a program does to the thread. */
function holdUp(ms: number): void {
  for (const untilMs = performance.now() + ms; performance.now() < untilMs;);
}

const FOREVER = new AbortController().signal;

Deno.test("turns: however much wants to begin at once, the event loop turns in between", async () => {
  const turns = new Turns();
  const lane = {};
  let begun = 0;
  const seen: number[] = [];
  const timer = setInterval(() => seen.push(begun), 1);
  await Promise.all(Array.from({ length: 12 }, async () => {
    await turns.next(lane, FOREVER);
    holdUp(3);
    begun += 1;
  }));
  await turns.idle();
  clearInterval(timer);
  assert.equal(begun, 12);
  // The timer had its chance between all of them; on a busy machine it may have missed a few.
  assert.ok(new Set(seen).size >= 8, `the loop turned after ${[...new Set(seen)].join(", ")} starts`);
});

Deno.test("turns: a lane that wants much does not make another wait for all of it", async () => {
  const turns = new Turns();
  const [greedy, modest] = [{}, {}];
  const order: string[] = [];
  const begin = async (lane: object, name: string) => {
    await turns.next(lane, FOREVER);
    order.push(name);
  };
  const all = Array.from({ length: 10 }, () => begin(greedy, "greedy"));
  all.push(begin(modest, "modest"));
  await Promise.all(all);
  await turns.idle();
  assert.ok(order.indexOf("modest") <= 2, order.join(" "));
});

Deno.test("turns: who is not wanted any more neither begins nor holds up the next", async () => {
  const turns = new Turns();
  const abort = new AbortController();
  await turns.next({}, FOREVER);
  const called = turns.next({}, abort.signal);
  const next = turns.next({}, FOREVER);
  abort.abort(new Error("not wanted"));
  await assert.rejects(called, /not wanted/);
  await next;
  await turns.idle();
});
