import assert from "node:assert/strict";
import { emptyDurableState } from "../../../core/cluster/durable.ts";
import { Engine } from "../../../core/cluster/engine.ts";
import type { Event } from "../../../core/cluster/events.ts";
import { TIMING_PRESETS } from "../../../core/cluster/timing.ts";
import { pack, unpack } from "../../../core/agent/packet.ts";
import { step } from "../cluster/quick_disk.ts";

const KEY = new TextEncoder().encode("k".repeat(64));

function engineOf(me: string, incarnation: string, nowMs: number): Engine {
  return new Engine({
    spec: {
      servers: ["server1", "server2"],
      tieBreaker: false,
      witness: false,
      timing: TIMING_PRESETS.fast,
      groups: [],
      monitors: [],
      selfFenceAction: "shutdown",
    },
    me,
    incarnation,
    durable: emptyDurableState(),
    remembers: true,
    nowMs,
    seed: 1,
  });
}

/** Runs two engines against each other and records every packet that goes to server1. */
function talk(one: Engine, two: Engine, fromMs: number, toMs: number): Uint8Array[] {
  const record: Uint8Array[] = [];
  const engines = { server1: one, server2: two };
  for (let nowMs = fromMs; nowMs < toMs; nowMs += 50) {
    const waiting: { to: "server1" | "server2"; event: Event }[] = [
      { to: "server1", event: { type: "tick" } },
      { to: "server2", event: { type: "tick" } },
    ];
    for (let turn = 0; waiting.length > 0 && turn < 100; turn++) {
      const { to: me, event } = waiting.shift()!;
      const { beat: sent } = step(engines[me], event, nowMs);
      if (!sent) continue;
      const to = me === "server1" ? "server2" : "server1";
      const packet = pack(KEY, "c", to, sent);
      if (to === "server1") record.push(packet);
      const beat = unpack(KEY, "c", to, packet);
      assert.equal(typeof beat, "object");
      if (typeof beat === "object") waiting.push({ to, event: { type: "beat", beat } });
    }
  }
  return record;
}

/** Sends recorded packets to server1 again, one each 100 ms; returns how it then sees server2. */
function replay(one: Engine, record: readonly Uint8Array[], fromMs: number, forMs: number) {
  for (let nowMs = fromMs, at = 0; nowMs < fromMs + forMs; nowMs += 100, at++) {
    const beat = unpack(KEY, "c", "server1", record[at % record.length]!);
    if (typeof beat === "object") step(one, { type: "beat", beat }, nowMs);
    step(one, { type: "tick" }, nowMs);
  }
  return one.view().servers[1]!;
}

Deno.test("recorded packets that are sent again keep no dead server alive", () => {
  const one = engineOf("server1", "a", 0);
  const record = talk(one, engineOf("server2", "b", 0), 0, 3_000);
  assert.equal(one.view().servers[1]!.status, "online");
  assert.ok(record.length > 10);
  assert.equal(replay(one, record, 3_000, 6_000).status, "offline");
});

Deno.test("packets recorded from an earlier life of a server do not stand for its present one", () => {
  const one = engineOf("server1", "a", 0);
  const old = talk(one, engineOf("server2", "b", 0), 0, 3_000);
  const fresh = engineOf("server2", "c", 3_000);
  talk(one, fresh, 3_000, 6_000);
  assert.equal(one.view().servers[1]!.status, "online");
  assert.equal(replay(one, old, 6_000, 6_000).status, "offline");
});

Deno.test("recorded packets do not bring a dead server to life for one that has just started", () => {
  const record = talk(engineOf("server1", "a", 0), engineOf("server2", "b", 0), 0, 3_000);
  const again = engineOf("server1", "d", 10_000);
  const seen = replay(again, record, 10_000, 6_000);
  assert.notEqual(seen.status, "online");
  assert.equal(again.view().votes.quorum, false);
});
