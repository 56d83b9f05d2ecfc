import assert from "node:assert/strict";
import { PUNCTUAL } from "../../../core/simulation/cloud.ts";
import { World } from "../../../core/simulation/world.ts";
import { clusterOf } from "../../sim/kinds.ts";

function bench() {
  const world = new World(clusterOf("two-and-tie-breaker", 1, { cloud: true }), 1);
  const cloud = world.openCloud();
  world.startAll();
  world.run(8_000);
  const [carrier = ""] = world.online("failover1");
  assert.equal(cloud.route("vip1"), carrier, "the route follows the carrier");
  return { world, cloud, carrier, other: carrier === "server1" ? "server2" : "server1" };
}

Deno.test("a route that somebody else changed is found by the monitor and put right", () => {
  const { world, cloud, carrier, other } = bench();
  cloud.point(world.machine(other), "vip1", () => {});
  world.run(300);
  assert.equal(cloud.route("vip1"), other);
  world.run(4_000);
  assert.equal(cloud.route("vip1"), carrier);
  assert.deepEqual(world.online("failover1"), [carrier]);
});

Deno.test("a request that lands late says that it timed out, and lands all the same", () => {
  const { world, cloud, carrier, other } = bench();
  cloud.manners = { ...PUNCTUAL, late: 1, lateMs: [500, 500] };
  const heard: (string | undefined)[] = [];
  cloud.point(world.machine(other), "vip1", (problem) => heard.push(problem));
  world.run(1_400);
  assert.deepEqual(heard, ["the request timed out"]);
  assert.equal(cloud.route("vip1"), carrier);
  world.run(200);
  assert.equal(cloud.route("vip1"), other);
});

Deno.test("a server that does not reach the cloud changes nothing, and its monitor does not guess", () => {
  const { world, cloud, carrier, other } = bench();
  cloud.reach(carrier, false);
  cloud.point(world.machine(other), "vip1", () => {});
  world.run(10_000);
  assert.equal(cloud.route("vip1"), other, "unknown is not an error: nothing is reactivated");
  world.heal();
  world.run(5_000);
  assert.equal(cloud.route("vip1"), carrier);
});

Deno.test("no request is sent after the end of the permit, also not by a process that slept", () => {
  const { world, cloud, carrier, other } = bench();
  world.machine(other).manners.activateMs = [1_000, 1_000];
  world.machine(carrier).crash();
  let active = false;
  for (let waited = 0; !active && waited < 10_000; waited += 10) {
    world.run(10);
    active = world.machine(other).active("failover1");
  }
  assert.ok(active, "the other one takes over");
  // Asleep before the address is up, and until its permit is over.
  world.deviceReach(other, false);
  world.machine(other).pause(5_000);
  world.run(5_500);
  assert.equal(cloud.route("vip1"), carrier, "the route was never touched");
});
