import assert from "node:assert/strict";
import fc from "fast-check";
import { numbered, shownCode } from "../../../core/cluster/numbered.ts";

Deno.test("a number stands before what was said; without one the brackets stay", () => {
  assert.equal(numbered(5, "no such VPC"), "(5 : no such VPC)");
  assert.equal(numbered(null, "no such VPC"), "(no such VPC)");
  assert.equal(numbered(undefined, "no such VPC"), "(no such VPC)");
});

Deno.test("a warning has its hundred once, whoever adds it; an error keeps its number", () => {
  for (const status of ["warning", "unknown"]) {
    assert.deepEqual([shownCode(status, 5), shownCode(status, 105)], [105, 105]);
    fc.assert(fc.property(fc.integer({ min: 1, max: 255 }), (code) => {
      const once = shownCode(status, code)!;
      assert.equal(shownCode(status, once), once);
      assert.ok(once >= 100);
    }));
  }
  assert.deepEqual([shownCode("error", 5), shownCode("error", 137), shownCode("normal", undefined)], [
    5,
    137,
    undefined,
  ]);
});
