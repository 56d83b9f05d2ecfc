import assert from "node:assert/strict";
import fc from "fast-check";
import { editDistance, nearest } from "../../../core/plugin/nearest.ts";

const TYPES = ["aws-vip", "aws-eip", "aws-az", "script", "service", "tcp", "ip"];

for (
  const [written, meant] of [
    ["aws-vpi", "aws-vip"],
    ["awsvip", "aws-vip"],
    ["AWS-EIP", "aws-eip"],
    ["scirpt", "script"],
    ["servise", "service"],
    ["tpc", "tcp"],
    ["port443", undefined],
    ["", undefined],
  ] as const
) {
  Deno.test(`nearest: ${JSON.stringify(written)} means ${meant}`, () => assert.equal(nearest(written, TYPES), meant));
}

Deno.test("editDistance is a distance: zero for equals, symmetric, at most the longer length", () => {
  const word = fc.string({ maxLength: 12 });
  fc.assert(fc.property(word, word, (a, b) => {
    const distance = editDistance(a, b);
    assert.equal(distance, editDistance(b, a));
    assert.equal(distance === 0, a === b);
    assert.ok(distance <= Math.max(a.length, b.length));
    assert.ok(distance >= Math.abs(a.length - b.length));
  }));
});

Deno.test("editDistance counts a swap of neighbours as one mistake", () => {
  assert.equal(editDistance("vip", "vpi"), 1);
  assert.equal(editDistance("abc", "acbd"), 2);
  assert.equal(editDistance("kitten", "sitting"), 3);
});
