/** What is let out while a write is under way. */
import assert from "node:assert/strict";
import { slowMs } from "../../../core/cluster/disk.ts";
import { emptyDurableState } from "../../../core/cluster/durable.ts";
import { Engine } from "../../../core/cluster/engine.ts";
import type { Beat } from "../../../core/cluster/message.ts";
import { clusterOf } from "../../sim/kinds.ts";
import { step } from "./quick_disk.ts";

const GROUP = "failover1";
const SPEC = clusterOf("two", 1);
const { intervalMs, permitMs, takeoverMs } = SPEC.timing;

function engineOf(me: string, spec = SPEC): Engine {
  const durable = emptyDurableState();
  durable.handover.closed[me] = 0;
  durable.patienceMs = takeoverMs;
  return new Engine({ spec, me, incarnation: me, durable, remembers: true, nowMs: 0, seed: 1 });
}

/** server1 and server2, which have heard each other; server2 has a claim of server1 in hand and has begun to write its yes. */
function asked(): { server1: Engine; server2: Engine; write: number; nowMs: number } {
  const [server1, server2] = [engineOf("server1"), engineOf("server2")];
  for (const engine of [server1, server2]) step(engine, { type: "swept", group: GROUP }, 0);
  for (let nowMs = intervalMs; nowMs < 20 * takeoverMs; nowMs += intervalMs) {
    const theirs = step(server2, { type: "tick" }, nowMs).beat;
    const answer = theirs && step(server1, { type: "beat", beat: theirs }, nowMs).beat;
    const mine = answer ?? step(server1, { type: "tick" }, nowMs).beat;
    if (mine?.groups[GROUP]?.claim !== undefined) {
      const { persist } = server2.step({ type: "beat", beat: mine }, nowMs);
      assert.ok(persist, "a yes is written");
      return { server1, server2, write: persist.number, nowMs };
    }
    if (mine) step(server2, { type: "beat", beat: mine }, nowMs);
  }
  assert.fail("nobody claims");
}

const beatAt = (engine: Engine, nowMs: number): Beat => {
  const { beat } = engine.step({ type: "tick" }, nowMs);
  assert.ok(beat, `a beat is due at ${nowMs} ms`);
  return beat;
};

Deno.test("a yes that is not on the disk is told as a promise, wins nothing, and is a yes once it is written", () => {
  const { server1, server2, write, nowMs } = asked();
  const at = nowMs + intervalMs;
  const early = beatAt(server2, at);
  assert.equal(early.groups[GROUP]!.register.holder, null);
  assert.equal(early.groups[GROUP]!.promise?.holder, "server1");
  const still = step(server1, { type: "beat", beat: early }, at);
  assert.deepEqual(still.commands, []);
  // However long it takes.
  for (let ms = at + intervalMs; ms < at + 5 * permitMs; ms += intervalMs) {
    const mine = step(server1, { type: "tick" }, ms).beat;
    if (!mine) continue;
    assert.ok(mine.groups[GROUP]!.claim !== undefined, `the claim waits at ${ms} ms`);
    const heard = server2.step({ type: "beat", beat: mine }, ms).beat;
    const theirs = heard ?? server2.step({ type: "tick" }, ms + 1).beat;
    if (theirs) assert.deepEqual(step(server1, { type: "beat", beat: theirs }, ms + 1).commands, []);
  }
  const late = server2.step({ type: "written", number: write }, at + 5 * permitMs).beat;
  assert.equal(late!.groups[GROUP]!.register.holder, "server1");
  const won = step(server1, { type: "beat", beat: late! }, at + 5 * permitMs);
  assert.deepEqual(won.commands.map(({ do: name }) => name), ["activate"]);
});

Deno.test("nobody is asked, and nothing is won, before the claim is on the disk", () => {
  const spec = {
    ...SPEC,
    servers: ["server1"],
    groups: SPEC.groups.map((group) => ({ ...group, servers: ["server1"] })),
  };
  const engine = engineOf("server1", spec);
  const { persist, commands } = engine.step({ type: "swept", group: GROUP }, 1);
  assert.ok(persist && persist.state.registers[GROUP]!.holder === "server1");
  assert.deepEqual(commands, []);
  for (let ms = intervalMs; ms < 3 * permitMs; ms += intervalMs) {
    const { beat, commands: early } = engine.step({ type: "tick" }, ms);
    assert.equal(beat?.groups[GROUP]?.claim, undefined);
    assert.deepEqual(early, []);
  }
  const then = engine.step({ type: "written", number: persist.number }, 3 * permitMs);
  assert.deepEqual(then.commands.map(({ do: name }) => name), ["activate"]);
});

Deno.test("what changes while a write is under way goes into the next, all of it at once", () => {
  const engine = engineOf("server1");
  const first = engine.step({ type: "operator", request: { op: "stop", group: GROUP, by: "a" } }, 1).persist!;
  for (const by of ["b", "c"]) {
    const { persist } = engine.step({ type: "operator", request: { op: "stop", group: GROUP, by } }, 2);
    assert.equal(persist, undefined);
  }
  assert.equal(engine.step({ type: "written", number: first.number + 7 }, 3).persist, undefined, "of somebody else");
  const second = engine.step({ type: "written", number: first.number }, 4).persist!;
  assert.equal(second.state.intents[GROUP]!.by, "c");
  assert.equal(engine.step({ type: "written", number: second.number }, 5).persist, undefined);
});

Deno.test("a disk that is slow says so, is tried again, and is well when a write is quick", () => {
  const engine = engineOf("server1");
  const limitMs = slowMs(SPEC.timing);
  const { number } = engine.step({ type: "operator", request: { op: "stop", group: GROUP, by: "a" } }, 1).persist!;
  assert.equal(engine.view().disk.slow, null);
  assert.ok(engine.step({ type: "tick" }, 2).wakeMs <= 2 + limitMs);
  const late = engine.step({ type: "tick" }, 1 + limitMs + 10);
  assert.deepEqual(late.reasons.filter(({ code }) => code === "disk-slow").length, 1);
  assert.match(engine.view().disk.slow!, /has waited 0\.3 s for its disk/);
  engine.step({ type: "written", number }, 2_000);
  assert.match(engine.view().disk.slow!, /took 2\.0 s/);
  const again = engine.step({ type: "tick" }, 2_000 + permitMs).persist!;
  const { reasons } = engine.step({ type: "written", number: again.number }, 2_003 + permitMs);
  assert.deepEqual(reasons.filter(({ code }) => code === "disk-well").length, 1);
  assert.equal(engine.view().disk.slow, null);
});
