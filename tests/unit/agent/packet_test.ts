import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { Buffer } from "node:buffer";
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { MAX_BEAT_BYTES, MAX_PACKET_BYTES, pack, unpack } from "../../../core/agent/packet.ts";
import { MAX_REASON_LENGTH } from "../../../core/agent/schemas.ts";
import type { GroupNews } from "../../../core/cluster/message.ts";
import { beatOf } from "./helpers.ts";

const KEY = new TextEncoder().encode("k".repeat(64));
const BEAT = beatOf("server1", 7, { acks: { server2: { incarnation: "x", sentMs: 1.5, taken: true } } });
const packet = () => pack(KEY, "c", "server2", BEAT);

/** A packet of a holder of the key with any content. */
function signed(body: string | Uint8Array): Uint8Array {
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
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

const LONG = beatOf("server1", 8, {
  acks: Object.fromEntries(
    Array.from({ length: 31 }, (_, n) => [`server${n + 2}`, { incarnation: `life ${n}`, sentMs: n / 7, taken: true }]),
  ),
});

Deno.test("a long beat is deflated, the same way each time, and arrives as it was sent", () => {
  const long = pack(KEY, "c", "server2", LONG);
  assert.ok(long.length < JSON.stringify(LONG).length / 2, `${long.length} bytes`);
  assert.deepEqual(pack(KEY, "c", "server2", LONG), long);
  assert.deepEqual(unpack(KEY, "c", "server2", long), LONG);
  fc.assert(fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), (at, change) => {
    const bytes = Buffer.from(long);
    bytes[at % bytes.length]! ^= change;
    assert.equal(typeof unpack(KEY, "c", "server2", bytes), "string");
  }));
});

Deno.test("a holder of the key can't make it inflate more than a beat", () => {
  const json = (length: number) => JSON.stringify({ cluster: "c", to: "server2", beat: BEAT }).padEnd(length);
  assert.deepEqual(unpack(KEY, "c", "server2", signed(deflateSync(json(MAX_BEAT_BYTES)))), BEAT);
  const bomb = signed(deflateSync(json(MAX_BEAT_BYTES + 1)));
  assert.ok(bomb.length < 2_000);
  assert.match(unpack(KEY, "c", "server2", bomb) as string, /^it can't be read/);
  for (const body of [[0x78], [0x78, 0x9c], [0x78, 0x9c, 1, 2, 3]]) {
    assert.equal(typeof unpack(KEY, "c", "server2", signed(Uint8Array.from(body))), "string");
  }
});

Deno.test("a reason that is too long is cut, and the beat still counts", () => {
  const news = (why: string): GroupNews => ({
    register: { epoch: 1, holder: "server1", won: true, released: false },
    open: false,
    idle: false,
    status: "offline-failure",
    ready: false,
    why,
    errors: 1,
    intent: { version: 0, run: true, by: "cluster.yaml" },
    served: -1,
  });
  const sent = (why: string) =>
    unpack(
      KEY,
      "c",
      "server2",
      pack(
        KEY,
        "c",
        "server2",
        beatOf("server1", 1, {
          groups: { g: news(why) },
        }),
      ),
    );
  const longest = "x".repeat(MAX_REASON_LENGTH);
  assert.deepEqual(sent(longest), beatOf("server1", 1, { groups: { g: news(longest) } }));
  assert.deepEqual(
    sent("x".repeat(MAX_REASON_LENGTH + 1)),
    beatOf("server1", 1, {
      groups: { g: news(`${"x".repeat(MAX_REASON_LENGTH - 3)}...`) },
    }),
  );
});

Deno.test("a beat that is longer than any may be stays too large for a packet", () => {
  const long = beatOf("server1", 1, { incarnation: "x".repeat(MAX_BEAT_BYTES) });
  assert.ok(pack(KEY, "c", "server2", long).length > MAX_PACKET_BYTES);
});

Deno.test("a holder of the key that sends no heartbeat is refused", () => {
  for (const body of ["nonsense", "null", "7", "[]", "{}", '{"cluster":"c","to":"server2"}', '{"beat":null}', " "]) {
    assert.equal(typeof unpack(KEY, "c", "server2", signed(body)), "string", body);
  }
});
