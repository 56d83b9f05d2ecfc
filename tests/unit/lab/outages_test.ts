import assert from "node:assert/strict";
import fc from "fast-check";
import type { Answer } from "../../lab/client.ts";
import { Ledger } from "../../lab/drawn/ledger.ts";
import { lengthMs, outagesOf, spreadOf, united } from "../../lab/drawn/outages.ts";

const answer = (number: number, who: string, epoch: number, givenMs = number): Answer => ({
  atMs: givenMs + 1,
  who,
  number,
  epoch,
  givenMs,
});
const lengths = (found: ReturnType<typeof outagesOf>) => found.map(lengthMs);

Deno.test("outages: from the answer before to the answer after, and up to the end", () => {
  const found = outagesOf([10, 20, 30, 800, 810], [], 25, 1_500, 300);
  assert.deepEqual(found, [{ fromMs: 30, toMs: 800, blindMs: 0 }, { fromMs: 810, toMs: 1_500, blindMs: 0 }]);
  assert.deepEqual(outagesOf([10, 500], [], 400, 600, 300), [{ fromMs: 10, toMs: 500, blindMs: 0 }]);
  assert.deepEqual(outagesOf([10, 300], [], 0, 310, 300), []);
  assert.deepEqual(outagesOf([], [], 0, 310, 300), [{ fromMs: 0, toMs: 310, blindMs: 0 }]);
});

Deno.test("outages: what the lab did not see does not count, and never twice", () => {
  const blind = [{ fromMs: 100, toMs: 400 }, { fromMs: 200, toMs: 500 }];
  assert.deepEqual(outagesOf([50, 550], blind, 0, 560, 300), []);
  assert.deepEqual(lengths(outagesOf([50, 900], blind, 0, 910, 300)), [450]);
  assert.deepEqual(united([...blind, { fromMs: 600, toMs: 700 }]), [
    { fromMs: 100, toMs: 500 },
    { fromMs: 600, toMs: 700 },
  ]);
});

Deno.test("outages: percentiles are lengths that occurred", () => {
  assert.equal(spreadOf([]), null);
  assert.deepEqual(spreadOf([7]), { count: 1, minMs: 7, medianMs: 7, p90Ms: 7, p99Ms: 7, maxMs: 7 });
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  assert.deepEqual(spreadOf(hundred), { count: 100, minMs: 1, medianMs: 50, p90Ms: 90, p99Ms: 99, maxMs: 100 });
  fc.assert(fc.property(fc.array(fc.nat(), { minLength: 1 }), (all) => {
    const { minMs, medianMs, p90Ms, p99Ms, maxMs } = spreadOf(all)!;
    assert.ok(minMs <= medianMs && medianMs <= p90Ms && p90Ms <= p99Ms && p99Ms <= maxMs);
    for (const ms of [minMs, medianMs, p90Ms, p99Ms, maxMs]) assert.ok(all.includes(ms));
  }));
});

Deno.test("ledger: one carrier after the other is fine, in whatever order the client reads", () => {
  const ledger = new Ledger();
  assert.deepEqual(ledger.inOrder([answer(2, "a", 1), answer(1, "a", 1)]), []);
  assert.deepEqual(ledger.inOrder([answer(4, "b", 2), answer(3, "a", 1), answer(5, "b", 2)]), []);
  assert.deepEqual(ledger.inOrder([answer(6, "b", 3), answer(7, "a", 4)]), []);
  assert.equal(ledger.acknowledged, 7);
});

Deno.test("ledger: two in turn, one epoch for two, and an epoch that comes back are found", () => {
  const turn = new Ledger().inOrder([answer(1, "a", 1), answer(2, "b", 2), answer(3, "a", 1)]);
  assert.match(turn[0]!, /number 3 was acknowledged by a under epoch 1 after 2 by b under epoch 2/);
  assert.equal(new Ledger().inOrder([answer(1, "a", 1), answer(2, "b", 1)]).length, 1);
  assert.equal(new Ledger().inOrder([answer(1, "a", 2), answer(2, "a", 1)]).length, 1);
  const portions = new Ledger();
  assert.deepEqual(portions.inOrder([answer(1, "b", 2)]), []);
  assert.equal(portions.inOrder([answer(2, "a", 2)]).length, 1);
});

Deno.test("ledger: an acknowledgement without a line, of another server's line, and a number counted twice are found", () => {
  const line = (server: string, epoch: number, number: number) => ({ server, epoch, number });
  assert.deepEqual(new Ledger().onDisk([answer(1, "a", 1)], [line("a", 1, 1), line("a", 1, 2)]), []);
  assert.match(new Ledger().onDisk([answer(1, "a", 1)], [])[0]!, /in no log/);
  assert.match(new Ledger().onDisk([answer(1, "a", 1)], [line("b", 1, 1)])[0]!, /counted by b/);
  assert.match(new Ledger().onDisk([answer(1, "a", 1)], [line("a", 2, 1)])[0]!, /under 2/);
  assert.match(new Ledger().onDisk([], [line("a", 1, 1), line("b", 2, 1)])[0]!, /counted by a and by b/);
  const late = new Ledger();
  assert.deepEqual(late.onDisk([], [line("a", 1, 1)]), []);
  assert.deepEqual(late.onDisk([answer(1, "a", 1)], []), []);
});
