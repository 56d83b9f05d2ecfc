/** Three ways not to be understood, each told from silence and from the others, over real sockets. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { Interconnect } from "../../../core/agent/interconnect.ts";
import { isSign, momentOf, packSign, type SignPacket, unpackSign } from "../../../core/agent/sign_packet.ts";
import type { Unclear } from "../../../core/agent/signs.ts";
import type { Beat } from "../../../core/cluster/message.ts";
import { UNCLEAR_CODE } from "../../../core/cluster/presence.ts";
import type { Endpoint } from "../../../core/plugin/options.ts";
import { FAULT_CODES } from "../../../core/plugin/fault.ts";
import { beatOf, eventually, freePorts } from "../../unit/agent/helpers.ts";
import { narrowPath } from "./two_agents.ts";
import { KeyRing } from "../../../core/agent/key_ring.ts";

const KEY = new TextEncoder().encode("k".repeat(64));
const OTHER = new TextEncoder().encode("x".repeat(64));
/** Packets beyond that get lost on a narrow path. In bytes. */
const NARROW = 548;
const REASON = Array.from({ length: 60 }, (_, n) => `reason ${n * 7919}`).join(" ");

interface End {
  wire: Interconnect;
  heard: Beat[];
  unclear: Unclear[];
}

async function open(me: string, own: Endpoint, peer: string, theirs: Endpoint, key = KEY): Promise<End> {
  const [heard, unclear]: [Beat[], Unclear[]] = [[], []];
  const wire = await Interconnect.open({
    cluster: "c",
    me,
    keys: new KeyRing([key]),
    own: [own],
    peers: new Map([[peer, [theirs]]]),
    onBeat: (beat) => heard.push(beat),
    onUnclear: (event) => unclear.push(event),
    onTrouble: () => {},
  });
  return { wire, heard, unclear };
}

/** A heartbeat that no narrow path carries. */
function large(from: string, sequence: number, acks: Beat["acks"] = {}): Beat {
  const register = { epoch: 1, holder: null, won: false, released: true };
  const intent = { version: 0, run: true, by: "cluster.yaml" };
  return beatOf(from, sequence, {
    acks,
    groups: {
      g: {
        register,
        open: true,
        idle: true,
        status: "offline",
        ready: false,
        why: REASON,
        errors: 0,
        intent,
        served: -1,
      },
    },
  });
}

async function closing(ends: readonly { close(): Promise<void> }[], work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } finally {
    for (const end of ends) await end.close();
  }
}

Deno.test("another key: both are told of each other that they are there, and why", async () => {
  const [a, b] = (await freePorts(2)).map((port) => ({ host: "127.0.0.1", port })) as [Endpoint, Endpoint];
  const one = await open("server1", a, "server2", b);
  const two = await open("server2", b, "server1", a, OTHER);
  await closing([one.wire, two.wire], async () => {
    await eventually("both are told", () => {
      one.wire.send(beatOf("server1", 1));
      two.wire.send(beatOf("server2", 1));
      return one.unclear.length > 0 && two.unclear.length > 0;
    });
    assert.deepEqual([one.unclear[0]!.server, one.unclear[0]!.cause], ["server2", "key"]);
    assert.match(two.unclear[0]!.message, /what comes from 127\.0\.0\.1 is signed with another key/);
    assert.equal(one.unclear[0]!.echo, undefined, "whoever it is, that is no proof");
    assert.deepEqual([...one.heard, ...two.heard], []);
  });
});

Deno.test("what looks like a heartbeat and comes from no server of the file says of nobody that it is there", async () => {
  const [port] = await freePorts(1) as [number];
  const one = await open("server1", { host: "127.0.0.1", port }, "server2", { host: "127.0.0.2", port });
  const stranger = createSocket("udp4");
  await closing([one.wire], async () => {
    await new Promise<void>((resolve) => stranger.bind(0, "127.0.0.3", () => resolve()));
    const packet = new TextEncoder().encode(`BTN2${"x".repeat(100)}`);
    for (let times = 0; times < 20; times++) stranger.send(packet, port, "127.0.0.1");
    stranger.close();
    const two = await open("server2", { host: "127.0.0.2", port }, "server1", { host: "127.0.0.1", port });
    await closing([two.wire], () =>
      eventually("what is good arrives after it", () => {
        two.wire.send(beatOf("server2", 1));
        return one.heard.length > 0;
      }));
    assert.deepEqual(one.unclear, []);
  });
});

Deno.test("a second server of a name is told of, with its address, and tells itself", async () => {
  const [port] = await freePorts(1) as [number];
  const at = (last: number): Endpoint => ({ host: `127.0.0.${last}`, port });
  const one = await open("server1", at(1), "server2", at(2));
  const two = await open("server2", at(2), "server1", at(1));
  const second = await open("server1", at(3), "server2", at(2));
  await closing([one.wire, two.wire, second.wire], async () => {
    two.wire.send(beatOf("server2", 1));
    await eventually("both are told", () => {
      one.wire.send(beatOf("server1", 1));
      second.wire.send(beatOf("server1", 7, { incarnation: "the second" }));
      return two.unclear.length > 0 && second.unclear.length > 0;
    });
    const [told] = two.unclear;
    assert.deepEqual([told!.server, told!.cause], ["server1", "name"]);
    assert.match(told!.message, /a second server that calls itself server1 sends from 127\.0\.0\.3:\d+/);
    const [tells] = second.unclear;
    assert.deepEqual([tells!.server, tells!.cause], ["server2", "name"]);
    assert.match(tells!.message, /has server1 elsewhere than at 127\.0\.0\.3:\d+/);
    assert.deepEqual(tells!.echo, { incarnation: "the second", sentMs: 7 }, "it repeats what was sent: a proof");
    assert.ok(two.heard.every(({ incarnation }) => incarnation === "server1-1"), "nothing of the second is taken in");
    assert.deepEqual(one.unclear, []);
  });
});

Deno.test("a path that loses large packets: small signs of life pass, prove themselves, and end when it is wide again", async () => {
  const [a, b] = (await freePorts(2)).map((port) => ({ host: "127.0.0.1", port })) as [Endpoint, Endpoint];
  let most = NARROW;
  const path = await narrowPath(a, b, () => most);
  const one = await open("server1", a, "server2", path.two);
  const two = await open("server2", b, "server1", path.one);
  await closing([one.wire, two.wire, path], async () => {
    let sequence = 0;
    await eventually("both know that the other one is there", () => {
      sequence += 1;
      one.wire.send(large("server1", sequence));
      two.wire.send(large("server2", sequence));
      return [one, two].every(({ unclear }) => unclear.some(({ echo }) => echo));
    });
    assert.deepEqual([...one.heard, ...two.heard], [], "no heartbeat has passed");
    const proof = one.unclear.findLast(({ echo }) => echo)!;
    assert.deepEqual([proof.server, proof.cause, proof.echo!.incarnation], ["server2", "size", "server1-1"]);
    assert.ok(proof.echo!.sentMs <= sequence);
    assert.equal(proof.moment!.incarnation, "server2-1");
    assert.match(
      proof.message,
      /its heartbeats of \d+ bytes don't: the path from 127\.0\.0\.1 loses large ones \(MTU\)/,
    );
    most = Infinity;
    const ack = (server: string) => ({ [server]: { incarnation: `${server}-1`, sentMs: sequence, taken: true } });
    await eventually("heartbeats pass again", () => {
      one.wire.send(large("server1", ++sequence, ack("server2")));
      two.wire.send(large("server2", sequence, ack("server1")));
      return one.heard.length > 10 && two.heard.length > 10;
    });
    const before = one.unclear.length + two.unclear.length;
    for (let more = 0; more < 20; more++) {
      const heard = two.heard.length;
      one.wire.send(large("server1", ++sequence, ack("server2")));
      two.wire.send(large("server2", sequence, ack("server1")));
      await eventually("the next one", () => two.heard.length > heard);
    }
    assert.ok(one.unclear.length + two.unclear.length - before <= 1, "who is acknowledged sends no signs");
  });
});

Deno.test("a sign is for one server of one cluster with one key, and is small", () => {
  const moment = { incarnation: crypto.randomUUID(), sentMs: 1.5 };
  const sign: SignPacket = {
    cluster: "c",
    from: "server1",
    to: "server2",
    kind: "here",
    moment,
    echo: moment,
    bytes: 900,
  };
  const packet = packSign(KEY, sign);
  assert.ok(isSign(packet) && packet.length < NARROW - 100);
  assert.deepEqual(unpackSign(KEY, "c", "server2", packet), sign);
  assert.equal(unpackSign(OTHER, "c", "server2", packet), undefined);
  assert.equal(unpackSign(KEY, "d", "server2", packet), undefined);
  assert.equal(unpackSign(KEY, "c", "server3", packet), undefined);
  for (let at = 0; at < packet.length; at++) {
    const changed = new Uint8Array(packet);
    changed[at]! ^= 1;
    assert.equal(unpackSign(KEY, "c", "server2", changed), undefined);
  }
  for (const bad of [-1, 2 ** 53, Infinity]) {
    const forged = packSign(KEY, { ...sign, moment: { ...momentOf(moment), sentMs: bad } });
    assert.equal(unpackSign(KEY, "c", "server2", forged), undefined);
  }
});

Deno.test("the engine and the catalogue have one number for it", () => {
  assert.equal(UNCLEAR_CODE, FAULT_CODES.unclear);
});
