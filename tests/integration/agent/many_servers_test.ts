/** The largest cluster there may be: 32 servers, 8 groups, long names, real engines and real packets. */
import assert from "node:assert/strict";
import { Interconnect } from "../../../core/agent/interconnect.ts";
import { pack, unpack } from "../../../core/agent/packet.ts";
import { emptyDurableState } from "../../../core/cluster/durable.ts";
import { Engine } from "../../../core/cluster/engine.ts";
import type { Event } from "../../../core/cluster/events.ts";
import type { Beat } from "../../../core/cluster/message.ts";
import type { ClusterSpec } from "../../../core/cluster/spec.ts";
import { TIMING_PRESETS } from "../../../core/cluster/timing.ts";
import { renderStatus } from "../../../core/cli/status_text.ts";
import { styleFor } from "../../../core/cli/style.ts";
import { MAX_SERVERS } from "../../../core/config/servers.ts";
import { eventually, freePorts } from "../../unit/agent/helpers.ts";
import { step } from "../../unit/cluster/quick_disk.ts";
import { KeyRing } from "../../../core/agent/key_ring.ts";

const KEY = new TextEncoder().encode("k".repeat(64));
const GROUPS = 8;
/** Names may have 63 characters; those of EC2 instances have about as many as these. */
const SERVERS = Array.from({ length: MAX_SERVERS }, (_, n) => `ip-10-0-${n}-10.ap-northeast-1.compute.internal`);
/** What two frames of 1500 bytes hold. */
const TWO_FRAMES = 2 * (1_500 - 28);

const SPEC: ClusterSpec = {
  servers: SERVERS,
  tieBreaker: true,
  witness: false,
  timing: TIMING_PRESETS.standard,
  selfFenceAction: "shutdown",
  monitors: [],
  groups: Array.from({ length: GROUPS }, (_, n) => ({
    name: `failover${n + 1}`,
    servers: [...SERVERS.slice(n), ...SERVERS.slice(0, n)],
    startup: "auto",
    failover: "auto",
    failback: "manual",
    resources: [{
      name: `awsvip${n + 1}`,
      address: true,
      activateRetries: 5,
      deactivateRetries: 0,
      deactivateFinalAction: "shutdown",
    }],
  })),
};

interface Step {
  me: string;
  event: Event;
}

interface Run {
  engines: Map<string, Engine>;
  /** The largest packet, and the largest beat as JSON, in bytes. */
  packetBytes: number;
  jsonBytes: number;
  latest: Map<string, Beat>;
}

/** Runs `up` of the servers for `forMs`; every beat goes through the real packets. Resources take no time. */
function run(up: readonly string[], forMs: number): Run {
  // Readings of a clock with all their digits, as in an agent.
  const startMs = 86_400_000.123456;
  const engines = new Map(up.map((me, index) => [
    me,
    new Engine({
      spec: SPEC,
      me,
      incarnation: crypto.randomUUID(),
      durable: emptyDurableState(),
      remembers: true,
      nowMs: startMs,
      seed: index,
    }),
  ]));
  const result: Run = { engines, packetBytes: 0, jsonBytes: 0, latest: new Map() };
  // What comes next, a millisecond later; ticks and the device each 400 ms.
  let next: Step[] = up.flatMap((me) => SPEC.groups.map(({ name }) => ({ me, event: { type: "swept", group: name } })));
  let tickMs = startMs;
  for (let nowMs = startMs; nowMs < startMs + forMs; nowMs = next.length > 0 ? nowMs + 1.0731 : tickMs) {
    const due = next;
    next = [];
    if (nowMs >= tickMs) {
      tickMs += 400.0137;
      for (const me of up) {
        due.push({ me, event: { type: "device", startedMs: nowMs, reached: true, message: "it answered" } });
        due.push({ me, event: { type: "tick" } });
      }
    }
    // The latest beat of a server says all that the ones before it said.
    const sent = new Map<string, Beat>();
    for (const { me, event } of due) {
      const { beat, commands } = step(engines.get(me)!, event, nowMs);
      if (beat) sent.set(me, beat);
      for (const command of commands) {
        if (command.do !== "activate") continue;
        const { group, epoch, resource } = command;
        next.push({ me, event: { type: "activated", group, epoch, resource } });
      }
    }
    for (const beat of sent.values()) {
      result.latest.set(beat.from, beat);
      result.jsonBytes = Math.max(result.jsonBytes, JSON.stringify(beat).length);
      const others = up.filter((me) => me !== beat.from);
      const event = through(beat, others[0]!, result);
      for (const me of others) next.push({ me, event });
    }
  }
  return result;
}

/** A beat on its way. What differs between its packets is only to whom they go. */
function through(beat: Beat, to: string, result: Run): Event {
  const packet = pack(KEY, "cluster", to, beat);
  result.packetBytes = Math.max(result.packetBytes, packet.length);
  const unpacked = unpack(KEY, "cluster", to, packet);
  assert.ok(typeof unpacked === "object", String(unpacked));
  return { type: "beat", beat: unpacked };
}

let whole: Run | undefined;
/** All servers, until the groups are up. */
const runWhole = () => whole ??= run(SERVERS, 3_000);

/** Where the groups are online, by the engines themselves. */
function carriers({ engines }: Run): (string | null)[] {
  return SPEC.groups.map(({ name }) => {
    const online = [...engines].filter(([, engine]) =>
      engine.view().groups.some((group) => group.name === name && group.status === "online")
    );
    assert.ok(online.length <= 1, `${name} is online on ${online.length} servers`);
    return online[0]?.[0] ?? null;
  });
}

Deno.test("32 servers: each group on its first server, and every beat passes the schema and fits two frames", () => {
  const all = runWhole();
  assert.deepEqual(carriers(all), SERVERS.slice(0, GROUPS));
  assert.ok(all.packetBytes <= TWO_FRAMES, `${all.packetBytes} bytes`);
  assert.ok(all.jsonBytes > TWO_FRAMES, `${all.jsonBytes} bytes would have fit as they were`);
  assert.equal(Object.keys(all.latest.get(SERVERS[0]!)!.acks).length, MAX_SERVERS - 1);
  const view = all.engines.get(SERVERS[MAX_SERVERS - 1]!)!.view();
  assert.deepEqual(
    [view.votes.total, view.votes.majority, view.votes.visible.length],
    [MAX_SERVERS + 1, 17, MAX_SERVERS + 1],
  );

  const text = renderStatus({
    version: "1",
    cluster: "c",
    server: view.me,
    configDigest: "",
    startedAt: "",
    view,
    devices: [
      { name: "nat", type: "ping", reached: true, message: "it answered" },
      { name: "endpoint", type: "tcp", reached: false, message: "no answer" },
    ],
    fence: null,
    witness: null,
    paths: [],
    modules: [],
    checks: {},
    reasons: [],
  }, styleFor(false));
  const lines = text.split("\n");
  assert.ok(lines.includes("Votes: 33 of 33 votes in sight, 17 are a majority"), text);
  assert.ok(lines.includes("  reached     nat              it answered"), text);
  assert.ok(lines.includes("  not reached endpoint         no answer"), text);
  for (const server of SERVERS) assert.ok(lines.some((line) => line.startsWith(`  online   ${server} `)), server);
});

Deno.test("32 servers: with the tie-breaker half of them are a majority, one fewer is none", () => {
  const half = run(SERVERS.slice(0, 16), 13_000);
  assert.deepEqual(carriers(half), SERVERS.slice(0, GROUPS));
  const fewer = run(SERVERS.slice(0, 15), 13_000);
  assert.deepEqual(carriers(fewer), Array(GROUPS).fill(null));
  for (const { packetBytes } of [half, fewer]) assert.ok(packetBytes <= TWO_FRAMES, `${packetBytes} bytes`);
});

Deno.test("32 servers: beats that all come at once are all heard", async () => {
  const beats = runWhole().latest;
  const ports = await freePorts(MAX_SERVERS);
  const at = (index: number) => [{ host: "127.0.0.1", port: ports[index]! }];
  const heard = new Map(SERVERS.map((server) => [server, new Set<string>()]));
  const troubles: string[] = [];
  const wires: Interconnect[] = [];
  try {
    for (const [index, me] of SERVERS.entries()) {
      wires.push(
        await Interconnect.open({
          cluster: "cluster",
          me,
          keys: new KeyRing([KEY]),
          own: at(index),
          peers: new Map(SERVERS.flatMap((name, other) => name === me ? [] : [[name, at(other)]])),
          onBeat: ({ from }) => void heard.get(me)!.add(from),
          onUnclear: () => {},
          onTrouble: (text) => void troubles.push(text),
        }),
      );
    }
    // In one go, so that nobody reads before the last has sent.
    for (const [index, wire] of wires.entries()) wire.send(beats.get(SERVERS[index]!)!);
    await eventually("all are heard", () => [...heard.values()].every(({ size }) => size === MAX_SERVERS - 1));
    assert.deepEqual(troubles, []);
  } finally {
    for (const wire of wires) await wire.close();
  }
});
