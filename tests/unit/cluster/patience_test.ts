import assert from "node:assert/strict";
import { emptyDurableState } from "../../../core/cluster/durable.ts";
import { Local } from "../../../core/cluster/local.ts";
import { Patience } from "../../../core/cluster/patience.ts";
import { TIMING_PRESETS } from "../../../core/cluster/timing.ts";
import { World } from "../../../core/simulation/world.ts";
import { clusterOf, type Kind } from "../../sim/kinds.ts";

const { fast, relaxed } = TIMING_PRESETS;

function localWith(patienceMs: number): Local {
  return new Local(clusterOf("three", 1), "server1", "1", { ...emptyDurableState(), patienceMs }, true, 1_000, 1);
}

function cutOff(world: World, server: string): void {
  for (const { name } of world.machines) {
    if (name === server) continue;
    world.cut(server, name);
    world.cut(name, server);
  }
  world.witness.reach(server, false);
  world.deviceReach(server, false);
}

Deno.test("a first start promises what its file says, and writes it down", () => {
  const local = localWith(0);
  const patience = new Patience(local);
  assert.equal(patience.moreMs, 0);
  assert.equal(local.durable.patienceMs, fast.takeoverMs);
  assert.ok(local.dirty);
});

Deno.test("a longer promise of an earlier file binds once more for as long as it was, and then no more", () => {
  const local = localWith(relaxed.takeoverMs);
  const patience = new Patience(local);
  assert.equal(patience.moreMs, relaxed.takeoverMs - fast.takeoverMs);
  local.nowMs += relaxed.takeoverMs - 1;
  patience.watch();
  assert.equal(local.durable.patienceMs, relaxed.takeoverMs);
  local.nowMs += 1;
  patience.watch();
  assert.equal(patience.moreMs, 0);
  assert.equal(local.durable.patienceMs, fast.takeoverMs);
});

Deno.test("whoever takes over a vote waits as long as its giver did", () => {
  const local = localWith(fast.takeoverMs);
  const patience = new Patience(local);
  patience.inherit(relaxed.takeoverMs);
  assert.equal(patience.moreMs, relaxed.takeoverMs - fast.takeoverMs);
  assert.equal(local.durable.patienceMs, relaxed.takeoverMs);
});

for (const kind of ["three", "two-and-witness", "four-and-witness", "five", "two-and-tie-breaker"] satisfies Kind[]) {
  Deno.test(`two files with different times, then a cut: one carrier (${kind})`, () => {
    for (const slow of ["server1", "server2"]) {
      const world = new World(clusterOf(kind, 1), 1);
      world.machine(slow).file = { ...world.spec, timing: relaxed };
      world.startAll();
      world.run(60_000);
      const [carrier] = world.online("failover1");
      assert.ok(carrier, "one of them carries");
      cutOff(world, carrier);
      world.run(60_000);
    }
  });
}

Deno.test("voters that take shorter times just when the carrier is cut off still wait for it", () => {
  const world = new World(clusterOf("three", 1, { timing: relaxed }), 1);
  world.startAll();
  world.run(30_000);
  assert.deepEqual(world.online("failover1"), ["server1"]);
  cutOff(world, "server1");
  for (const name of ["server2", "server3"]) {
    const machine = world.machine(name);
    machine.file = { ...world.spec, timing: fast };
    machine.kill();
    machine.start();
  }
  world.run(60_000);
  assert.deepEqual(world.online("failover1"), ["server2"]);
});
