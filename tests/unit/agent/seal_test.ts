import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import fc from "fast-check";
import { MAX_SEALED_BYTES, Seal, SEAL_BYTES } from "../../../core/agent/seal.ts";

const expected = (key: Uint8Array, message: Uint8Array) =>
  Uint8Array.from(createHmac("sha256", key).update(message).digest().subarray(0, SEAL_BYTES));

Deno.test("a seal is the first half of the HMAC-SHA-256 that the runtime computes, for any key and message", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: MAX_SEALED_BYTES }), (key, message) => {
      const seal = new Seal(key);
      assert.deepEqual(Uint8Array.from(seal.of(message)), expected(key, message));
      assert.ok(seal.fits(message, expected(key, message)));
    }),
    { numRuns: 500 },
  );
});

Deno.test("a seal of another message, of another key, or cut does not fit, and a longer message is refused", () => {
  const seal = new Seal(new Uint8Array(32).fill(7));
  const message = new Uint8Array(44).fill(1);
  for (let bit = 0; bit < SEAL_BYTES * 8; bit++) {
    const other = Uint8Array.from(seal.of(message));
    other[bit >> 3]! ^= 1 << (bit & 7);
    assert.equal(seal.fits(message, other), false);
  }
  assert.equal(seal.fits(message, seal.of(message).subarray(0, 8)), false);
  assert.equal(new Seal(new Uint8Array(32).fill(8)).fits(message, seal.of(message)), false);
  assert.throws(() => seal.of(new Uint8Array(MAX_SEALED_BYTES + 1)), RangeError);
});
