import assert from "node:assert/strict";
import { SURE } from "../../../core/simulation/fence.ts";
import type { Machine } from "../../../core/simulation/machine.ts";
import { World } from "../../../core/simulation/world.ts";
import { clusterOf } from "../../sim/kinds.ts";

/** Two servers that run, and what each is told of its shots. */
function bench() {
  const world = new World(clusterOf("two", 1), 1);
  const told: string[] = [];
  world.startAll();
  world.run(1_000);
  for (const machine of world.machines) {
    const deliver = machine.deliver.bind(machine);
    machine.deliver = (event) => {
      if (event.type !== "shot") return deliver(event);
      told.push(`${machine.name}: ${event.server} ${event.stopped ? "is off" : "may run"}`);
      return undefined;
    };
  }
  const shoot = (by: Machine, server: string) => world.fence.shoot(by, { do: "shoot", server, request: 1 });
  const [server1, server2] = world.machines as [Machine, Machine];
  return { world, told, shoot, server1, server2 };
}

Deno.test("a shot stops the server, and it stays off until somebody starts it", () => {
  const { world, told, shoot, server1, server2 } = bench();
  shoot(server1, "server2");
  assert.ok(server2.running, "not at once");
  world.run(2_000);
  assert.deepEqual(told, ["server1: server2 is off"]);
  assert.deepEqual([server2.running, server2.powered], [false, false]);
  world.run(60_000);
  assert.equal(server2.powered, false);
  server2.start();
  assert.ok(server2.running);
});

Deno.test("who is off before the request left shoots nobody; a request that left is carried out", () => {
  const { world, told, shoot, server1, server2 } = bench();
  world.fence.manners = { ...SURE, sendMs: [100, 100] };
  shoot(server1, "server2");
  server1.crash();
  world.run(20_000);
  assert.ok(server2.running);
  server1.start();
  shoot(server1, "server2");
  world.run(101);
  server1.crash();
  world.run(20_000);
  assert.equal(server2.running, false);
  assert.deepEqual(told, [], "and nobody is there to hear of it");
});

Deno.test("refused, slow and unanswered shots are not reported as a stop", () => {
  for (const [share, off] of [["fails", false], ["slow", true], ["answerLost", true]] as const) {
    const { world, told, shoot, server1, server2 } = bench();
    world.fence.manners = { ...SURE, [share]: 1, slowMs: [12_000, 12_000] };
    shoot(server1, "server2");
    world.run(11_000);
    assert.deepEqual(told, ["server1: server2 may run"], share);
    assert.equal(server2.running, share !== "answerLost", share);
    world.run(5_000);
    assert.equal(server2.running, !off, share);
    assert.equal(world.fence.pending, 0);
  }
});
