import assert from "node:assert/strict";
import fc from "fast-check";
import { emptyDurableState } from "../../../core/cluster/durable.ts";
import { Engine } from "../../../core/cluster/engine.ts";
import type { Beat } from "../../../core/cluster/message.ts";
import { MAX_COUNT } from "../../../core/cluster/numbers.ts";
import { World } from "../../../core/simulation/world.ts";
import { clusterOf } from "../../sim/kinds.ts";
import { step } from "./quick_disk.ts";

const SPEC = clusterOf("two", 1);
const { permitMs, intervalMs } = SPEC.timing;
const GROUP = SPEC.groups[0]!.name;

/** Two servers that have found each other; the first carries. Returns them and the time. */
function carried(): { carrier: Engine; peer: Engine; nowMs: number } {
  const [carrier, peer] = ["server1", "server2"].map((me) =>
    new Engine({
      spec: SPEC,
      me,
      incarnation: `${me}-1`,
      durable: emptyDurableState(),
      remembers: false,
      nowMs: 0,
      seed: 1,
    })
  ) as [Engine, Engine];
  for (const engine of [carrier, peer]) {
    step(engine, { type: "tick" }, 0);
    step(engine, { type: "swept", group: GROUP }, 0);
  }
  let nowMs = 0;
  for (let round = 0; round < 20; round++) {
    nowMs += intervalMs;
    for (const [from, to] of [[carrier, peer], [peer, carrier]] as const) {
      let { beat } = step(from, { type: "tick" }, nowMs);
      // Answers to answers come to an end; the time stands still for them.
      for (let [at, next] = [to, from]; beat; [at, next] = [next, at]) {
        beat = step(at, { type: "beat", beat }, nowMs).beat;
      }
    }
  }
  assert.ok(carrier.permitUntilMs(GROUP) > nowMs, "server1 carries");
  return { carrier, peer, nowMs };
}

/** The next beat of `from`. */
function beatOf(from: Engine, nowMs: number): Beat {
  const { beat } = step(from, { type: "tick" }, nowMs);
  assert.ok(beat, `a beat is due at ${nowMs} ms`);
  return beat;
}

Deno.test("an acknowledgement of what was not sent yet gives no permit, and its beat is no sign of life", () => {
  fc.assert(fc.property(
    fc.oneof(
      fc.constantFrom(1e15, Number.MAX_VALUE, Infinity, NaN, 2 ** 53),
      fc.double({ min: 0.001, max: 1e300, noNaN: true }).map((later) => 20 * intervalMs + later),
    ),
    (sentMs) => {
      const { carrier, peer, nowMs } = carried();
      const at = nowMs + intervalMs;
      const beat = beatOf(peer, at);
      const silentMs = () => carrier.view().servers.find(({ name }) => name === "server2")!.silentMs!;
      const before = silentMs();
      const forged = { ...beat, acks: { server1: { ...beat.acks.server1!, sentMs } } };
      const { reasons } = step(carrier, { type: "beat", beat: forged }, nowMs);
      assert.ok(carrier.permitUntilMs(GROUP) <= nowMs + permitMs, `${carrier.permitUntilMs(GROUP)}`);
      assert.equal(silentMs(), before);
      assert.ok(reasons.some(({ code }) => code === "peer-unclear"), JSON.stringify(reasons));
      // The beat itself is refused, not only its acknowledgement; the true one is believed.
      step(carrier, { type: "beat", beat }, at);
      assert.equal(silentMs(), 0);
    },
  ));
});

Deno.test("a carrier cut off after such a beat has stopped before its successor begins", () => {
  const world = new World(clusterOf("two-and-tie-breaker", 1), 3);
  world.startAll();
  world.run(4 * SPEC.timing.takeoverMs);
  const [name] = world.online(GROUP);
  const carrier = world.machine(name!);
  const other = world.machines.find((machine) => machine !== carrier)!;
  // The packet of somebody who has the key.
  const { beat } = step(
    other.engine!,
    { type: "operator", request: { op: "start", group: GROUP, by: "x" } },
    other.clockMs,
  );
  const ack = beat!.acks[carrier.name]!;
  carrier.deliver({ type: "beat", beat: { ...beat!, acks: { [carrier.name]: { ...ack, sentMs: 1e15 } } } });
  world.cut(carrier.name, other.name);
  world.cut(other.name, carrier.name);
  world.deviceReach(carrier.name, false);
  world.run(3 * SPEC.timing.takeoverMs);
  assert.deepEqual(world.online(GROUP), [other.name]);
});

Deno.test("numbers that have come to their end are not counted on: what was asked is refused, and beats stay good", () => {
  const durable = emptyDurableState();
  durable.intents[GROUP] = { version: MAX_COUNT, run: true, by: "x" };
  const engine = new Engine({
    spec: SPEC,
    me: "server1",
    incarnation: "1",
    durable,
    remembers: true,
    nowMs: 0,
    seed: 1,
  });
  const { refused } = step(engine, { type: "operator", request: { op: "stop", group: GROUP, by: "alice" } }, 1);
  assert.match(refused ?? "", /version .* at its end.*state/);
  assert.equal(beatOf(engine, 1_000).groups[GROUP]!.intent.version, MAX_COUNT);
});

Deno.test("a server whose epoch has no headroom does not claim, and says why", () => {
  const durable = emptyDurableState();
  durable.handover.closed.server1 = 0;
  durable.registers[GROUP] = { epoch: MAX_COUNT, holder: "server1", won: true, released: true };
  const spec = {
    ...SPEC,
    servers: ["server1"],
    groups: SPEC.groups.map((group) => ({ ...group, servers: ["server1"] })),
  };
  const engine = new Engine({ spec, me: "server1", incarnation: "1", durable, remembers: true, nowMs: 0, seed: 1 });
  step(engine, { type: "swept", group: GROUP }, 1);
  step(engine, { type: "tick" }, 10_000);
  const { register, waiting } = engine.view().groups[0]!;
  assert.equal(register.epoch, MAX_COUNT);
  assert.match(waiting ?? "", /no later epoch than/);
});
