import assert from "node:assert/strict";
import type { Beat } from "../../../core/cluster/message.ts";
import { World } from "../../../core/simulation/world.ts";
import { clusterOf } from "../../sim/kinds.ts";

Deno.test("what was recorded of an earlier life of a dead server costs a carrier nothing, and keeps nobody from claiming", () => {
  const world = new World(clusterOf("two-and-tie-breaker", 1), 1);
  const { intervalMs, takeoverMs } = world.spec.timing;
  const carrier = world.machine("server1");
  const standby = world.machine("server2");
  const recorded: Beat[] = [];
  const broadcast = world.broadcast.bind(world);
  world.broadcast = (from, beat) => {
    if (from === standby && beat.incarnation === "server2-1") recorded.push(beat);
    broadcast(from, beat);
  };
  world.startAll();
  world.run(4 * takeoverMs);
  standby.crash();
  world.run(2 * takeoverMs);
  standby.start();
  world.run(2 * takeoverMs);
  standby.crash();
  world.run(2 * takeoverMs);
  assert.ok(carrier.active("failover1"));
  world.keepStory = true;
  for (const beat of recorded.slice(-40)) {
    carrier.deliver({ type: "beat", beat });
    world.run(intervalMs);
    assert.ok(carrier.active("failover1"), world.story.map(({ reason }) => reason.text).join("\n"));
  }
});
