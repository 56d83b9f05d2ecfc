import assert from "node:assert/strict";
import fc from "fast-check";
import { majorityOf } from "../../../core/cluster/permit.ts";

const votes = fc.dictionary(fc.constantFrom("a", "b", "c", "d", "e"), fc.integer({ min: 0, max: 20 }));

Deno.test("majorityOf is the latest time that at least so many votes confirm", () => {
  fc.assert(fc.property(votes, fc.integer({ min: 1, max: 5 }), (times, needed) => {
    const { confirmedMs, votes } = majorityOf(new Map(Object.entries(times)), needed);
    const atLeast = (ms: number) => Object.values(times).filter((time) => time >= ms).length;
    if (Object.keys(times).length < needed) return assert.equal(confirmedMs, -Infinity);
    assert.ok(atLeast(confirmedMs) >= needed);
    assert.ok(atLeast(confirmedMs + 1) < needed);
    assert.deepEqual(votes.toSorted(), Object.keys(times).filter((vote) => times[vote]! >= confirmedMs).toSorted());
  }));
});

Deno.test("a vote that confirms nothing makes no majority", () => {
  assert.equal(majorityOf(new Map([["a", 5], ["b", -Infinity]]), 2).confirmedMs, -Infinity);
});
