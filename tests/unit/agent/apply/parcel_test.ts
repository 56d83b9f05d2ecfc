import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { deflateSync } from "node:zlib";
import { PART_BYTES } from "../../../../core/agent/apply/exchange_packet.ts";
import { IncomingParcel, OutgoingParcel } from "../../../../core/agent/apply/parcel.ts";

/** What comes of bytes that arrive in parts. */
function received(bytes: Uint8Array): unknown {
  const count = Math.ceil(bytes.length / PART_BYTES);
  const parcel = new IncomingParcel(count);
  for (let index = 0; index < count; index++) {
    parcel.take(index, Buffer.from(bytes.subarray(index * PART_BYTES, (index + 1) * PART_BYTES)).toString("base64"));
  }
  return parcel.content();
}

Deno.test("parcel: what is sent arrives, up to the largest question, and a larger one is never sent", () => {
  const largest = "x".repeat(1024 * 1024 - 2);
  const sent = new OutgoingParcel(largest);
  const parcel = new IncomingParcel(sent.count);
  for (let due = sent.due(); due.length > 0; due = sent.due()) {
    for (const { index, data } of due) {
      parcel.take(index, data);
      sent.got(index);
    }
  }
  assert.equal(parcel.content(), largest);
  assert.throws(() => new OutgoingParcel(`${largest}x`), RangeError);
});

Deno.test("parcel: a few bytes that would inflate to much more than servers send are refused before they do", () => {
  const bomb = deflateSync(Buffer.from(JSON.stringify("x".repeat(64 * 1024 * 1024))));
  assert.ok(bomb.length < 100 * 1024, `${bomb.length} bytes`);
  assert.throws(() => received(bomb), /ERR_BUFFER_TOO_LARGE|larger than/);
  // One byte above what is allowed is too much as well.
  assert.throws(() => received(deflateSync(Buffer.from(JSON.stringify("x".repeat(1024 * 1024 - 1))))));
});
