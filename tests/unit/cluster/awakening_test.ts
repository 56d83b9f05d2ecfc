import assert from "node:assert/strict";
import type { Machine } from "../../../core/simulation/machine.ts";
import { TIMING_PRESETS } from "../../../core/cluster/timing.ts";
import { World } from "../../../core/simulation/world.ts";
import { clusterOf } from "../../sim/kinds.ts";
import { step } from "./quick_disk.ts";

const { permitMs, takeoverMs } = TIMING_PRESETS.fast;

/** Two servers with a tie-breaker, one of them carrying. */
function cluster(): { world: World; carrier: Machine; other: Machine } {
  const world = new World(clusterOf("two-and-tie-breaker", 1), 1);
  world.keepStory = true;
  world.startAll();
  world.run(2 * takeoverMs);
  const carrier = world.machines.find((machine) => machine.active("failover1"))!;
  return { world, carrier, other: world.machines.find((machine) => machine !== carrier)! };
}

Deno.test("a server that slept while another took over in good order lets it carry on", () => {
  const { world, carrier, other } = cluster();
  carrier.freeze(3 * takeoverMs);
  world.run(2 * takeoverMs);
  assert.ok(other.active("failover1"), "the other has taken over");
  world.run(4 * takeoverMs);
  assert.ok(other.active("failover1"), "and still has it after the first one woke up");
  assert.ok(!carrier.active("failover1"));
  assert.ok(!world.story.some(({ reason }) => reason.code === "both-active"));
});

Deno.test("one that wakes up with a group up says nothing before that is down, and hears nothing", () => {
  const { world, carrier } = cluster();
  const engine = carrier.engine!;
  carrier.pause(60_000);
  const woken = engine.step({ type: "tick" }, carrier.clockMs + permitMs + 1);
  assert.equal(woken.beat, undefined);
  assert.ok(woken.commands.some((command) => command.do === "fence"));
  const epoch = engine.view().groups[0]!.epoch;
  const still = engine.step({ type: "tick" }, carrier.clockMs + permitMs + 20);
  assert.equal(still.beat, undefined);
  const after = step(engine, { type: "fenced", group: "failover1", epoch }, carrier.clockMs + permitMs + 30);
  assert.ok(after.beat, "with nothing up it speaks at once");
  assert.equal(world.machines.length, 2);
});

Deno.test("it is not silent for longer than stopping may take, and not at all with nothing up", () => {
  const { carrier, other } = cluster();
  const { stopMs } = TIMING_PRESETS.fast;
  const engine = carrier.engine!;
  const wokenMs = carrier.clockMs + 10 * permitMs;
  carrier.pause(600_000);
  const woken = engine.step({ type: "tick" }, wokenMs);
  assert.equal(woken.beat, undefined);
  assert.ok(woken.wakeMs > wokenMs && woken.wakeMs <= wokenMs + stopMs, "it does not spin until then");
  for (const laterMs of [500, 1_000, stopMs - 1]) {
    assert.equal(engine.step({ type: "tick" }, wokenMs + laterMs).beat, undefined, `${laterMs} ms after`);
  }
  assert.ok(engine.step({ type: "tick" }, wokenMs + stopMs + 1).beat);
  other.pause(600_000);
  assert.ok(other.engine!.step({ type: "tick" }, other.clockMs + 10 * permitMs).beat);
});
