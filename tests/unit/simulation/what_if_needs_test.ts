/** What questions need of the simulated world beyond what histories do. */
import assert from "node:assert/strict";
import { SURE } from "../../../core/simulation/fence.ts";
import { World } from "../../../core/simulation/world.ts";
import { clusterOf } from "../../sim/kinds.ts";

function running(): World {
  const world = new World(clusterOf("two", 1), 1);
  world.startAll();
  world.run(1_000);
  return world;
}

Deno.test("who is being stopped stops nobody, where the fence looks at that", () => {
  for (const spares of [true, false]) {
    const world = running();
    world.fence.manners = { ...SURE, sendMs: [10, 10], stopMs: [5_000, 5_000], spares };
    world.fence.shoot(world.machine("server1"), { do: "shoot", server: "server2", request: 1 });
    world.run(2_000);
    world.fence.shoot(world.machine("server2"), { do: "shoot", server: "server1", request: 1 });
    world.run(10_000);
    assert.equal(world.machine("server2").running, false);
    assert.equal(world.machine("server1").running, spares);
    assert.equal(world.fence.pending, 0);
  }
});

Deno.test("an observer looks at the world after each thing that happens", () => {
  const world = running();
  const seen: number[] = [];
  world.observer = () => seen.push(world.nowMs);
  world.after(10, () => {});
  world.after(20, () => {});
  world.run(20);
  assert.ok(seen.includes(1_010) && seen.includes(1_020));
  assert.deepEqual(seen, [...seen].sort((a, b) => a - b));
});
