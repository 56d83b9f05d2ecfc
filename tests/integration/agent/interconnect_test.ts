import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { packExchange, unpackExchange } from "../../../core/agent/apply/exchange_packet.ts";
import { Door } from "../../../core/agent/door.ts";
import { Interconnect, InterconnectError, type InterconnectSettings } from "../../../core/agent/interconnect.ts";
import { pack } from "../../../core/agent/packet.ts";
import type { Beat } from "../../../core/cluster/message.ts";
import type { Endpoint } from "../../../core/plugin/options.ts";
import { beatOf, eventually, freePorts, sleep } from "../../unit/agent/helpers.ts";
import { KeyRing } from "../../../core/agent/key_ring.ts";

const KEY = new TextEncoder().encode("k".repeat(64));

interface End {
  wire: Interconnect;
  heard: Beat[];
  troubles: string[];
}

async function open(
  me: string,
  own: Endpoint[],
  peer: string,
  theirs: Endpoint[],
  key = KEY,
  more: Partial<InterconnectSettings> = {},
): Promise<End> {
  const heard: Beat[] = [];
  const troubles: string[] = [];
  const settings: InterconnectSettings = {
    cluster: "c",
    me,
    keys: new KeyRing([key]),
    own,
    peers: new Map([[peer, theirs]]),
    onBeat: (beat) => heard.push(beat),
    onUnclear: () => {},
    onTrouble: (text) => troubles.push(text),
    ...more,
  };
  return { wire: await Interconnect.open(settings), heard, troubles };
}

/** A packet with the head that another process of `from` would give it. */
function headed(from: string, to: string, body: Uint8Array, key = KEY): Uint8Array {
  return new Door("c", from, [to], new KeyRing([key])).wrap(to, body);
}

const at = (port: number): Endpoint => ({ host: "127.0.0.1", port });

/** Two servers with two paths between them. */
async function pair(work: (one: End, two: End, ports: number[]) => Promise<void>): Promise<void> {
  const ports = await freePorts(4);
  const [a, b, c, d] = ports.map(at) as [Endpoint, Endpoint, Endpoint, Endpoint];
  const one = await open("server1", [a, b], "server2", [c, d]);
  const two = await open("server2", [c, d], "server1", [a, b]);
  try {
    await work(one, two, ports);
  } finally {
    await one.wire.close();
    await two.wire.close();
  }
}

async function sendRaw(port: number, packets: Uint8Array[]): Promise<void> {
  const socket = createSocket("udp4");
  for (const [index, packet] of packets.entries()) {
    // The socket of the receiver holds some 250 packets; what is beyond them the kernel drops.
    if (index % 50 === 49) await sleep(5);
    await new Promise<void>((resolve) => socket.send(packet, port, "127.0.0.1", () => resolve()));
  }
  await new Promise<void>((resolve) => socket.close(() => resolve()));
}

Deno.test("every beat goes over every path, both ways, and each path shows when it was heard", () =>
  pair(async (one, two) => {
    assert.deepEqual(one.wire.paths().map(({ heardMs }) => heardMs), [null, null]);
    one.wire.send(beatOf("server1", 1));
    two.wire.send(beatOf("server2", 9));
    await eventually("both copies", () => one.heard.length === 2 && two.heard.length === 2);
    const said = (from: string, sequence: number) => beatOf(from, sequence, { keys: new KeyRing([KEY]).ids });
    assert.deepEqual(one.heard, [said("server2", 9), said("server2", 9)]);
    assert.deepEqual(two.heard, [said("server1", 1), said("server1", 1)]);
    for (const { wire } of [one, two]) {
      assert.deepEqual(wire.paths().map(({ path }) => path), [0, 1]);
      for (const { heardMs } of wire.paths()) assert.ok(performance.now() - heardMs! < 2_000);
    }
    assert.deepEqual([...one.troubles, ...two.troubles], []);
  }));

Deno.test("with one path cut beats still arrive, and the status shows which path is silent", async () => {
  const [a, b, c, d, nowhere] = (await freePorts(5)).map(at) as [Endpoint, Endpoint, Endpoint, Endpoint, Endpoint];
  const one = await open("server1", [a, b], "server2", [c, nowhere]);
  const two = await open("server2", [c, d], "server1", [a, b]);
  try {
    for (let sequence = 1; sequence <= 3; sequence++) {
      one.wire.send(beatOf("server1", sequence));
      await eventually("a beat", () => two.heard.length === sequence);
    }
    assert.notEqual(two.wire.paths()[0]!.heardMs, null);
    assert.equal(two.wire.paths()[1]!.heardMs, null);
  } finally {
    await one.wire.close();
    await two.wire.close();
  }
});

Deno.test("an address that is taken is named, and nothing of the interconnect stays open", async () => {
  const [free, taken] = await freePorts(2) as [number, number];
  const holder = createSocket("udp4");
  await new Promise<void>((resolve) => holder.bind(taken, "127.0.0.1", () => resolve()));
  try {
    await assert.rejects(
      open("server1", [at(free), at(taken)], "server2", [at(9)]),
      (error: Error) =>
        error instanceof InterconnectError &&
        error.message.startsWith(`the interconnect address 127.0.0.1:${taken} of server1 can't be bound`) &&
        error.message.includes("the port must be free"),
    );
    // The path that could be bound was let go.
    const again = await open("server1", [at(free)], "server2", [at(9)]);
    await again.wire.close();
  } finally {
    await new Promise<void>((resolve) => holder.close(() => resolve()));
  }
});

Deno.test("an address of another machine can't be bound", async () => {
  await assert.rejects(open("server1", [{ host: "192.0.2.1", port: 7710 }], "server2", [at(9)]), /192\.0\.2\.1:7710/);
});

Deno.test("a flood of garbage is told once for each kind and stops nothing", () =>
  pair(async (one, two, ports) => {
    const otherKey = new TextEncoder().encode("x".repeat(64));
    const garbage = Array.from({ length: 300 }, (_, index) => new Uint8Array(1 + index % 90).fill(index));
    const foreign = Array.from({ length: 50 }, (_, index) =>
      headed("server1", "server2", pack(otherKey, "c", "server2", beatOf("server1", index)), otherKey));
    await sendRaw(ports[2]!, [...garbage, ...foreign]);
    await eventually("both kinds of trouble", () =>
      two.troubles.length >= 2);
    one.wire.send(beatOf("server1", 1));
    await eventually("the beat", () => two.heard.length === 2);
    assert.equal(two.troubles.length, 2);
    assert.match(two.troubles[0]!, /^a packet on the interconnect was refused: it is no packet of this version/);
    assert.match(two.troubles[1]!, /does not have the key of this cluster/);
  }));

Deno.test("recorded beats that are sent again reach nobody, and nothing is said of them", () =>
  pair(async (one, two, ports) => {
    // Both prove that they are alive.
    const recorded: Uint8Array[] = [];
    const ear = createSocket("udp4");
    await new Promise<void>((resolve) => ear.bind(0, "127.0.0.1", () => resolve()));
    ear.on("message", (packet: Uint8Array) => recorded.push(packet));
    const spy = await open("server1", [at(0)], "server2", [at(ports[2]!), at(ear.address().port)]);
    try {
      two.wire.send(beatOf("server2", 5));
      const acks = { server2: { incarnation: "server2-1", sentMs: 5, taken: true } };
      for (let sequence = 1; sequence <= 20; sequence++) spy.wire.send(beatOf("server1", sequence, { acks }));
      await eventually("the beats", () => recorded.length === 20 && two.heard.length >= 20);
      const before = two.heard.length;
      for (let times = 0; times < 100; times++) await sendRaw(ports[2]!, recorded);
      spy.wire.send(beatOf("server1", 21, { acks }));
      await eventually("the next beat", () => two.heard.at(-1)?.sequence === 21);
      assert.equal(two.heard.length, before + 1);
      assert.deepEqual([two.troubles, one.troubles], [[], []]);
    } finally {
      await spy.wire.close();
      await new Promise<void>((resolve) => ear.close(() => resolve()));
    }
  }));

Deno.test("a server that is not in cluster.yaml is not listened to, whatever key it has", () =>
  pair(async (_one, two, ports) => {
    await sendRaw(ports[2]!, [
      headed("server7", "server2", pack(KEY, "c", "server2", beatOf("server7"))),
    ]);
    await eventually("trouble", () => two.troubles.length === 1);
    assert.match(two.troubles[0]!, /server7 is no server of cluster\.yaml/);
    assert.deepEqual(two.heard, []);
  }));

Deno.test("a beat that acknowledges what was not sent yet is refused at the door", () =>
  pair(async (one, two) => {
    two.wire.send(beatOf("server2", 5));
    const ack = (sentMs: number, incarnation = "server2-1") => ({ server2: { incarnation, sentMs, taken: true } });
    one.wire.send(beatOf("server1", 1, { acks: ack(5) }));
    await eventually("the beat", () => two.heard.length === 1);
    one.wire.send(beatOf("server1", 2, { acks: ack(5.001) }));
    await eventually("trouble", () => two.troubles.length > 0);
    assert.match(two.troubles[0]!, /acknowledges one of server2 that was not sent yet/);
    // Of an earlier life nothing is known here, and nothing is believed.
    one.wire.send(beatOf("server1", 3, { acks: ack(1e9, "server2-0") }));
    await eventually("the next beat", () => two.heard.length === 2);
    assert.deepEqual(two.heard.map(({ sequence }) => sequence), [1, 3]);
  }));

Deno.test("a question goes to who takes questions, a beat does not; who takes none refuses them", async () => {
  const [a, b] = (await freePorts(2)).map(at) as [Endpoint, Endpoint];
  const questions: Uint8Array[] = [];
  const one = await open("server1", [a], "server2", [b], KEY, {
    onQuestion: (packet) => questions.push(Uint8Array.from(packet)) > 0,
  });
  const two = await open("server2", [b], "server1", [a]);
  try {
    const hello = { cluster: "c", from: "server2", to: "server1", id: "a question", kind: "hello" } as const;
    two.wire.send(beatOf("server2"));
    two.wire.post("server1", packExchange(KEY, hello));
    one.wire.post("server2", packExchange(KEY, { ...hello, from: "server1", to: "server2" }));
    await eventually("both", () => one.heard.length === 1 && questions.length === 1);
    assert.deepEqual(unpackExchange(KEY, "c", "server1", questions[0]!), hello);
    await eventually("the refusal", () => two.troubles.length === 1);
    assert.deepEqual([one.troubles, two.heard], [[], []]);
  } finally {
    await one.wire.close();
    await two.wire.close();
  }
});

Deno.test("a heartbeat that is too large is not sent and told once, however its size changes", () =>
  pair(async (one, two) => {
    for (let more = 0; more < 5; more++) {
      one.wire.send(beatOf("server1", 1, { incarnation: "x".repeat(300_000 + more) }));
    }
    one.wire.send(beatOf("server1", 2));
    await eventually("the small one", () => two.heard.length === 2);
    assert.equal(one.troubles.length, 1);
    assert.match(one.troubles[0]!, /larger than 60000 bytes/);
  }));

Deno.test("a peer that does not run is no trouble, and a closed interconnect sends nothing", async () => {
  const [a, dead] = (await freePorts(2)).map(at) as [Endpoint, Endpoint];
  const one = await open("server1", [a], "server2", [dead]);
  for (let sequence = 1; sequence <= 3; sequence++) {
    one.wire.send(beatOf("server1", sequence));
    await sleep(10);
  }
  assert.deepEqual(one.troubles, []);
  await one.wire.close();
  one.wire.send(beatOf("server1", 4));
});

Deno.test("where the other has more paths than this server, the last own socket stands in, and ranks keep to their own", async () => {
  const [a, b, ...theirs] = (await freePorts(5)).map(at) as [Endpoint, Endpoint, Endpoint, Endpoint, Endpoint];
  const from = new Map<number, number>();
  const receivers = await Promise.all(theirs.map(async ({ port }) => {
    const socket = createSocket("udp4");
    socket.on("message", (_packet, sender) => from.set(port, sender.port));
    await new Promise<void>((resolve) => socket.bind(port, "127.0.0.1", () => resolve()));
    return socket;
  }));
  const one = await open("server1", [a, b], "server2", theirs);
  try {
    one.wire.send(beatOf("server1"));
    await eventually("a beat over each path", () => from.size === theirs.length);
    assert.deepEqual(theirs.map(({ port }) => from.get(port)), [a.port, b.port, b.port]);
  } finally {
    await one.wire.close();
    await Promise.all(receivers.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))));
  }
});

Deno.test("a path goes out of a socket that speaks its kind of address", async () => {
  const [a, b] = await freePorts(2) as [number, number];
  const one = await open("server1", [at(a)], "server2", [{ host: "::1", port: 9 }, at(b)]);
  const two = await open("server2", [at(b)], "server1", [at(a)]);
  try {
    one.wire.send(beatOf("server1"));
    await eventually("the beat", () => two.heard.length === 1);
    assert.deepEqual(one.troubles, []);
  } finally {
    await one.wire.close();
    await two.wire.close();
  }
});
