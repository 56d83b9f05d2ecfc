import assert from "node:assert/strict";
import { atMost, bounded, elapsed, GRACE_MS } from "../../../core/agent/bounded.ts";
import { Stopwatch } from "../../unit/stopwatch.ts";

const never = () => new Promise<never>(() => {});
const live = () => new AbortController().signal;

/** How long it took, with and without what the machine was late, in milliseconds. */
async function took(work: () => Promise<unknown>): Promise<{ ms: number; ownMs: number }> {
  const watch = new Stopwatch();
  await work();
  return { ms: watch.passedMs, ownMs: watch.ownMs };
}

Deno.test("what ends in time gives its result, what fails its reason", async () => {
  assert.equal(await bounded(live(), 1_000, () => Promise.resolve(7)), 7);
  await assert.rejects(bounded(live(), 1_000, () => Promise.reject(new Error("mine"))), /mine/);
});

Deno.test("what throws before it has a promise, or returns none, ends like any other", async () => {
  await assert.rejects(
    bounded(live(), 1_000, () => {
      throw new Error("at once");
    }),
    /at once/,
  );
  assert.equal(await bounded(live(), 1_000, (() => undefined) as unknown as () => Promise<void>), undefined);
});

Deno.test("work that ignores its signal is left behind soon after its deadline", async () => {
  const { ms, ownMs } = await took(() => assert.rejects(bounded(live(), 50, never), { name: "TimeoutError" }));
  assert.ok(ms >= 49 + GRACE_MS && ownMs < 50 + GRACE_MS + 300, `${ms}, ${ownMs} its own`);
  const short = await took(() => assert.rejects(bounded(live(), 50, never, 10), { name: "TimeoutError" }));
  assert.ok(short.ms >= 59 && short.ownMs < 250, `${short.ms}, ${short.ownMs} its own`);
});

Deno.test("work that ignores an abort is left behind with the reason of the abort", async () => {
  const stop = new AbortController();
  const running = bounded(stop.signal, 60_000, never);
  stop.abort(new Error("a later order"));
  const { ownMs } = await took(() => assert.rejects(running, /a later order/));
  assert.ok(ownMs < GRACE_MS + 300, `${ownMs}`);
});

Deno.test("work that honours its signal decides itself how it ends, within the grace", async () => {
  const tidy = (signal: AbortSignal) =>
    new Promise<string>((resolve) => {
      signal.addEventListener("abort", () => setTimeout(() => resolve("tidied up"), 20));
    });
  assert.equal(await bounded(live(), 20, tidy), "tidied up");
  const stop = new AbortController();
  const running = bounded(stop.signal, 60_000, tidy);
  stop.abort();
  assert.equal(await running, "tidied up");
});

Deno.test("a signal that has aborted before reaches the work as such", async () => {
  const stop = new AbortController();
  stop.abort(new Error("over"));
  await assert.rejects(bounded(stop.signal, 1_000, (signal) => Promise.reject(signal.reason)), /over/);
});

Deno.test("a failure that comes after it was left behind bothers nobody", async () => {
  let fail = (_: Error) => {};
  await assert.rejects(
    bounded(live(), 1, () => new Promise<never>((_, reject) => fail = reject), 1),
    { name: "TimeoutError" },
  );
  fail(new Error("late"));
  await new Promise((resolve) => setTimeout(resolve, 5));
});

Deno.test("elapsed tells whether the time has passed and never rejects", async () => {
  assert.equal(await elapsed(5, live()), true);
  const stop = new AbortController();
  const waiting = elapsed(60_000, stop.signal);
  stop.abort(new Error("x"));
  assert.equal(await waiting, false);
  assert.equal(await elapsed(60_000, stop.signal), false);
});

Deno.test("atMost waits no longer than it says, whatever becomes of the work", async () => {
  assert.equal(await atMost(60_000, Promise.resolve()), true);
  assert.equal(await atMost(60_000, Promise.reject(new Error("x"))), true);
  assert.equal(await atMost(5, never()), false);
});
