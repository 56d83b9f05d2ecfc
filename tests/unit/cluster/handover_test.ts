import assert from "node:assert/strict";
import fc from "fast-check";
import { type DurableState, emptyDurableState } from "../../../core/cluster/durable.ts";
import { Disk } from "../../../core/cluster/disk.ts";
import { Handover } from "../../../core/cluster/handover.ts";
import { Local } from "../../../core/cluster/local.ts";
import type { Beat } from "../../../core/cluster/message.ts";
import { Patience } from "../../../core/cluster/patience.ts";
import { Peers } from "../../../core/cluster/peers.ts";
import { Roster } from "../../../core/cluster/roster.ts";
import type { ClusterSpec } from "../../../core/cluster/spec.ts";
import { TIMING_PRESETS } from "../../../core/cluster/timing.ts";
import { Voter } from "../../../core/cluster/voter.ts";

const SERVERS = ["server1", "server2", "server3"] as const;
const spec: ClusterSpec = {
  servers: SERVERS,
  tieBreaker: false,
  witness: false,
  timing: TIMING_PRESETS.fast,
  groups: [],
  monitors: [],
  selfFenceAction: "shutdown",
};

/** One server with nothing but its votes. */
class Node {
  /** What is on its disk. */
  durable: DurableState = emptyDurableState();
  local!: Local;
  disk!: Disk;
  peers!: Peers;
  handover!: Handover;
  /** It has begun to leave: it gives its votes once and takes none. */
  gave = false;
  #lives = 0;
  #sequence = 0;

  constructor(readonly name: string) {
    this.start(0);
  }

  start(nowMs: number): void {
    this.#lives += 1;
    this.gave = false;
    const incarnation = `${this.name}-${this.#lives}`;
    this.local = new Local(spec, this.name, incarnation, structuredClone(this.durable), this.#lives > 1, nowMs, 1);
    this.disk = new Disk(this.local);
    const patience = new Patience(this.local);
    this.peers = new Peers(this.local, new Roster(this.local), patience);
    this.handover = new Handover(this.local, this.peers, new Voter(this.local, this.peers), patience, this.disk);
  }

  /** Its disk has taken everything. */
  sync(): void {
    this.local.remember();
    const write = this.disk.next()!;
    this.durable = write.state;
    this.disk.ended(write.number);
  }

  /** Votes that it says it has. */
  get votes(): string[] {
    return this.disk.votes(this.handover.votes);
  }

  beat(nowMs: number): Beat {
    this.local.nowMs = nowMs;
    this.local.sentMs = nowMs;
    const acks: Beat["acks"] = {};
    for (const other of this.local.others) {
      const ack = this.peers.ack(other);
      if (ack) acks[other] = ack;
    }
    return structuredClone({
      from: this.name,
      incarnation: this.local.incarnation,
      sequence: ++this.#sequence,
      sentMs: nowMs,
      acks,
      votes: this.votes,
      roster: spec.servers,
      groups: {},
      leaving: this.gave,
      left: this.gave,
      handover: this.handover.news(),
      third: false,
      patienceMs: spec.timing.takeoverMs,
    });
  }

  hear(beat: Beat, nowMs: number): void {
    this.local.nowMs = nowMs;
    if (beat.from !== this.name && this.peers.hear(beat)) this.handover.hear(beat);
  }
}

/** Everything that may happen to votes on the move, in any order. */
type Act =
  | { do: "send"; from: number; to: number }
  | { do: "deliver"; pick: number; keep: boolean }
  | { do: "drop"; pick: number }
  | { do: "give"; from: number; to: number }
  | { do: "sync"; who: number }
  | { do: "restart"; who: number };

const who = fc.nat({ max: SERVERS.length - 1 });
const pick = fc.nat({ max: 30 });
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("send" as const), from: who, to: who }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("deliver" as const), pick, keep: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("drop" as const), pick }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("give" as const), from: who, to: who }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("sync" as const), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restart" as const), who }) },
);

/** The three servers and the packets between them. */
class Mesh {
  readonly nodes = SERVERS.map((name) => new Node(name));
  readonly packets: { beat: Beat; to: Node }[] = [];
  nowMs = 1;

  constructor() {
    this.exchange(4);
  }

  perform(action: Act): void {
    this.nowMs += 10;
    const { nodes, packets, nowMs } = this;
    switch (action.do) {
      case "send":
        if (packets.length < 30) packets.push({ beat: nodes[action.from]!.beat(nowMs), to: nodes[action.to]! });
        return;
      case "deliver": {
        const at = action.pick % Math.max(1, packets.length);
        const packet = action.keep ? packets[at] : packets.splice(at, 1)[0];
        packet?.to.hear(structuredClone(packet.beat), nowMs);
        return;
      }
      case "drop":
        packets.splice(action.pick % Math.max(1, packets.length), 1);
        return;
      case "give": {
        const giver = nodes[action.from]!;
        if (giver.gave || action.from === action.to || !giver.handover.knowsSerial) return;
        giver.gave = true;
        giver.handover.give(nodes[action.to]!.name);
        return;
      }
      case "sync":
        return nodes[action.who]!.sync();
      case "restart":
        nodes[action.who]!.start(nowMs);
    }
  }

  /** Everybody hears everybody, `rounds` times. */
  exchange(rounds: number): void {
    for (let round = 0; round < rounds; round++) {
      for (const from of this.nodes) {
        this.nowMs += 10;
        from.sync();
        const beat = from.beat(this.nowMs);
        for (const to of this.nodes) to.hear(structuredClone(beat), this.nowMs + 1);
      }
    }
  }

  /** Whoever would vote with each vote now. */
  get hands(): Map<string, string[]> {
    return new Map(
      SERVERS.map((vote) => [vote, this.nodes.filter(({ votes }) => votes.includes(vote)).map(({ name }) => name)]),
    );
  }
}

Deno.test("a vote is never in two hands, whatever becomes of the messages", () => {
  fc.assert(
    fc.property(fc.array(act, { minLength: 20, maxLength: 120 }), (acts) => {
      const mesh = new Mesh();
      for (const action of acts) {
        mesh.perform(action);
        for (const [vote, hands] of mesh.hands) {
          assert.ok(hands.length <= 1, `the vote of ${vote} is held by ${hands.join(" and ")}`);
        }
      }
    }),
    { numRuns: 400 },
  );
});

Deno.test("when everybody is back and heard, everybody has the own vote again", () => {
  fc.assert(
    fc.property(fc.array(act, { minLength: 20, maxLength: 120 }), (acts) => {
      const mesh = new Mesh();
      for (const action of acts) mesh.perform(action);
      mesh.packets.length = 0;
      for (const node of mesh.nodes) node.start(mesh.nowMs);
      mesh.exchange(12);
      for (const [vote, hands] of mesh.hands) assert.deepEqual(hands, [vote]);
    }),
    { numRuns: 300 },
  );
});

Deno.test("a server that may have forgotten its serial number keeps its vote until it has heard everybody", () => {
  const mesh = new Mesh();
  const [first, second, third] = mesh.nodes as [Node, Node, Node];
  assert.ok(first.handover.knowsSerial);
  first.handover.give(second.name);
  mesh.exchange(3);
  assert.deepEqual(mesh.hands.get("server1"), ["server2"]);
  first.start(mesh.nowMs);
  mesh.exchange(4);
  assert.deepEqual(mesh.hands.get("server1"), ["server1"]);

  first.durable = emptyDurableState();
  first.start(mesh.nowMs);
  assert.ok(!first.handover.knowsSerial);
  for (let round = 0; round < 4; round++) {
    first.hear(third.beat(mesh.nowMs += 10), mesh.nowMs);
    third.hear(first.beat(mesh.nowMs += 10), mesh.nowMs);
  }
  assert.ok(first.peers.everHeard("server3"));
  assert.ok(!first.handover.knowsSerial, "server2, which had the vote, has not been heard");
  mesh.exchange(4);
  assert.ok(first.handover.knowsSerial);
  assert.equal(first.durable.handover.serial, 1, "and has told that number 1 is used up");
});
