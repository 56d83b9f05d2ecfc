import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeFrame, FrameReader, MAX_FRAME_BYTES } from "../../../core/host/frames.ts";

const HEAD = Uint8Array.from({ length: 16 }, (_, index) => index % 3 === 0 ? 7 : index);

/** Cuts bytes into pieces at these places. */
function cut(bytes: Uint8Array, places: number[]): Uint8Array[] {
  const at = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => bytes.slice(at[index], end));
}

function concat(parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

Deno.test("frames: messages come out as they went in, whatever is written between them and however it is cut", () => {
  fc.assert(fc.property(
    fc.array(fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.jsonValue()), { maxLength: 8 }),
    fc.uint8Array({ maxLength: 20 }),
    fc.array(fc.nat(), { maxLength: 12 }),
    (pairs, end, places) => {
      const stray: number[] = [];
      const reader = new FrameReader(HEAD, (bytes) => stray.push(...bytes));
      const bytes = concat([...pairs.flatMap(([noise, value]) => [noise, encodeFrame(value, HEAD)]), end]);
      const read = cut(bytes, places).flatMap((chunk) => [...reader.add(chunk)]);
      // As JSON has it: there is no minus zero.
      assert.deepEqual(read, pairs.map(([, value]) => JSON.parse(JSON.stringify(value))));
      const noise = [...pairs.flatMap(([bytes]) => [...bytes]), ...end];
      // What may be the beginning of a head is kept back at the end.
      assert.deepEqual(stray, noise.slice(0, stray.length));
      assert.ok(noise.length - stray.length < HEAD.length);
    },
  ));
});

Deno.test("frames: without a head every byte belongs to a message", () => {
  const reader = new FrameReader(new Uint8Array(0), () => assert.fail("nothing can be stray"));
  const bytes = concat([encodeFrame({ a: 1 }), encodeFrame("b")]);
  assert.deepEqual(cut(bytes, [3, 9]).flatMap((chunk) => [...reader.add(chunk)]), [{ a: 1 }, "b"]);
});

Deno.test("frames: what is too long is neither written nor read", () => {
  assert.throws(() => encodeFrame("x".repeat(MAX_FRAME_BYTES)), RangeError);
  const head = new Uint8Array(20);
  head.set(HEAD);
  new DataView(head.buffer).setUint32(16, MAX_FRAME_BYTES + 1);
  assert.throws(() => [...new FrameReader(HEAD, () => {}).add(head)], RangeError);
});

Deno.test("frames: a text that is no JSON is refused", () => {
  const frame = encodeFrame({ a: 1 }, HEAD);
  frame[frame.length - 1] = 0;
  assert.throws(() => [...new FrameReader(HEAD, () => {}).add(frame)], SyntaxError);
});
