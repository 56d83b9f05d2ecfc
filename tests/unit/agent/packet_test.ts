import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { MAX_PACKET_BYTES, pack, unpack } from "../../../core/agent/packet.ts";
import { beatOf } from "./helpers.ts";

const KEY = new TextEncoder().encode("k".repeat(64));
const BEAT = beatOf("server1", 7, { acks: { server2: { incarnation: "x", sentMs: 1.5, taken: true } } });
const packet = () => pack(KEY, "c", "server2", BEAT);

/** A packet of a holder of the key with any content. */
function signed(body: string): Uint8Array {
  const bytes = Buffer.from(body);
  return Buffer.concat([Buffer.from("BTN1"), createHmac("sha256", KEY).update(bytes).digest(), bytes]);
}

Deno.test("a beat arrives as it was sent", () => {
  assert.deepEqual(unpack(KEY, "c", "server2", packet()), BEAT);
});

Deno.test("a packet within a larger buffer is read from its own place", () => {
  const whole = Buffer.concat([Buffer.from("before"), packet(), Buffer.from("after")]);
  assert.deepEqual(unpack(KEY, "c", "server2", whole.subarray(6, 6 + packet().length)), BEAT);
});

Deno.test("what has another key is refused and says so", () => {
  const other = new TextEncoder().encode("K".repeat(64));
  assert.match(unpack(other, "c", "server2", packet()) as string, /does not have the key/);
});

Deno.test("a beat for another cluster or another server is refused", () => {
  assert.match(unpack(KEY, "d", "server2", packet()) as string, /for the cluster c/);
  assert.match(unpack(KEY, "c", "server3", packet()) as string, /for server2/);
});

Deno.test("a packet that was cut anywhere is refused", () => {
  const whole = packet();
  for (let length = 0; length < whole.length; length++) {
    assert.equal(typeof unpack(KEY, "c", "server2", whole.subarray(0, length)), "string", `${length} bytes`);
  }
});

Deno.test("a packet in which any bits changed is refused", () => {
  fc.assert(fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), (at, change) => {
    const bytes = packet();
    bytes[at % bytes.length]! ^= change;
    assert.equal(typeof unpack(KEY, "c", "server2", bytes), "string");
  }));
});

Deno.test("any other bytes are refused", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
    assert.equal(typeof unpack(KEY, "c", "server2", bytes), "string");
    assert.equal(typeof unpack(KEY, "c", "server2", Buffer.concat([Buffer.from("BTN1"), bytes])), "string");
  }));
});

Deno.test("more bytes than a packet may have are refused before they are looked at", () => {
  const large = signed(JSON.stringify({ cluster: "c", to: "server2", beat: BEAT, x: "x".repeat(MAX_PACKET_BYTES) }));
  assert.match(unpack(KEY, "c", "server2", large) as string, /no heartbeat/);
});

Deno.test("a holder of the key that sends no heartbeat is refused", () => {
  for (const body of ["nonsense", "null", "7", "[]", "{}", '{"cluster":"c","to":"server2"}', '{"beat":null}', " "]) {
    assert.equal(typeof unpack(KEY, "c", "server2", signed(body)), "string", body);
  }
});
