import assert from "node:assert/strict";
import fc from "fast-check";
import { Door, type Guest, HEAD_BYTES } from "../../../core/agent/door.ts";
import { KeyRing } from "../../../core/agent/key_ring.ts";

const KEY = new TextEncoder().encode("k".repeat(64));
const BODY = new TextEncoder().encode("what is said");
const NAMES = ["server1", "server2", "server3"];

const door = (me: string, key = KEY, cluster = "c") =>
  new Door(cluster, me, NAMES.filter((name) => name !== me), new KeyRing([key]));

/** Looks at a packet; it must be let in. */
function letIn(at: Door, packet: Uint8Array, path = 0, nowMs = 0): Guest {
  const guest = at.look(packet, path, nowMs);
  assert.equal(typeof guest, "object", String(guest));
  return guest as Guest;
}

/** Lets `from` prove itself at `at`. */
function acquaint(at: Door, from: Door, me: string): void {
  const guest = letIn(at, from.wrap(me, BODY));
  at.prove(guest);
  at.admit(guest);
}

Deno.test("door: what was wrapped is let in with its sender and its bytes, from any place in a larger buffer", () => {
  const packet = door("server2").wrap("server1", BODY);
  const larger = new Uint8Array(packet.length + 20);
  larger.set(packet, 7);
  const { from, body } = letIn(door("server1"), larger.subarray(7, 7 + packet.length));
  assert.deepEqual([from, Uint8Array.from(body)], ["server2", BODY]);
});

Deno.test("door: any other bytes, a changed head, another key, cluster or receiver are turned away", () => {
  const at = door("server1");
  const packet = door("server2").wrap("server1", BODY);
  for (let bit = 0; bit < HEAD_BYTES * 8; bit++) {
    const changed = Uint8Array.from(packet);
    changed[bit >> 3]! ^= 1 << (bit & 7);
    assert.equal(typeof at.look(changed, 0, 0), "string", `bit ${bit}`);
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => typeof at.look(bytes, 0, 0) === "string"));
  for (let length = 0; length <= HEAD_BYTES; length++) assert.equal(at.look(packet.subarray(0, length), 0, 0), "shape");
  const others = [
    door("server2", new TextEncoder().encode("x".repeat(64))).wrap("server1", BODY),
    door("server2", KEY, "d").wrap("server1", BODY),
    door("server2").wrap("server3", BODY),
  ];
  for (const other of others) assert.equal(at.look(other, 0, 0), "key");
});

Deno.test("door: a packet is let in once, over each path a copy of it; in whatever order they come", () => {
  const at = door("server1");
  const from = door("server2");
  acquaint(at, from, "server1");
  const packets = Array.from({ length: 200 }, () => from.wrap("server1", BODY));
  const order = [...packets.keys()].sort((a, b) => (a * 7919) % 200 - (b * 7919) % 200);
  for (const index of order) {
    const guest = letIn(at, packets[index]!);
    assert.deepEqual([guest.copy, guest.proven], [false, true]);
    at.admit(guest);
    const copy = letIn(at, packets[index]!, 1);
    assert.equal(copy.copy, true);
    at.admit(copy);
  }
  for (const packet of packets) {
    for (const path of [0, 1]) assert.equal(at.look(packet, path, 0), "repeated");
  }
});

Deno.test("door: a packet that was not what its head said does not stand in the way of the one that is", () => {
  const at = door("server1");
  const from = door("server2");
  acquaint(at, from, "server1");
  const packet = from.wrap("server1", BODY);
  for (let times = 0; times < 3; times++) letIn(at, packet);
});

Deno.test("door: what was recorded in the present life is turned away, however old it is", () => {
  const at = door("server1");
  const from = door("server2");
  acquaint(at, from, "server1");
  const recorded = Array.from({ length: 5_000 }, () => from.wrap("server1", BODY));
  for (const packet of recorded) at.admit(letIn(at, packet));
  assert.deepEqual(new Set(recorded.map((packet) => at.look(packet, 0, 0))), new Set(["repeated"]));
});

Deno.test("door: recorded packets of earlier lives come in as slowly as from a server, and block neither the present life nor a new one", () => {
  const at = door("server1");
  const present = door("server2");
  acquaint(at, present, "server1");
  const old = [door("server2"), door("server2")];
  let came = 0;
  // 20,000 a second for ten seconds, while the present life speaks each 200 ms.
  for (let nowMs = 0; nowMs < 10_000; nowMs += 10) {
    for (let packet = 0; packet < 200; packet++) {
      if (typeof at.look(old[packet % 2]!.wrap("server1", BODY), 0, nowMs) === "object") came++;
    }
    if (nowMs % 200 === 0) at.admit(letIn(at, present.wrap("server1", BODY), 0, nowMs));
  }
  assert.ok(came > 300 && came <= 2 * (25 * 10 + 50), `${came} packets of earlier lives`);
  // The server starts again, and the flood goes on.
  const next = door("server2");
  const guest = letIn(at, next.wrap("server1", BODY), 0, 10_000);
  assert.equal(guest.proven, false);
  assert.equal(at.admit(guest), false, "nothing is kept of what has not proved itself");
  at.prove(guest);
  assert.equal(letIn(at, next.wrap("server1", BODY), 0, 10_000).proven, true);
  assert.equal(letIn(at, present.wrap("server1", BODY), 0, 10_000).proven, false);
});

Deno.test("door: a holder of the key that is no server of the file is let in slowly, and has no name", () => {
  const at = door("server1");
  const other = new Door("c", "server9", ["server1"], new KeyRing([KEY]));
  const looked = Array.from({ length: 1_000 }, () => at.look(other.wrap("server1", BODY), 0, 0));
  const guests = looked.filter((one) => typeof one === "object");
  assert.ok(guests.length >= 1 && guests.length <= 50, `${guests.length}`);
  assert.equal((guests[0] as Guest).from, undefined);
  assert.equal(at.admit(guests[0] as Guest), false);
});
