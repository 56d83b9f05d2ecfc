import assert from "node:assert/strict";
import { World } from "../../../core/simulation/world.ts";
import { clusterOf } from "../../sim/kinds.ts";

Deno.test("on a machine that stands still the clock does, and so does what it was doing", () => {
  const world = new World(clusterOf("two", 1), 1);
  world.startAll();
  const [machine] = world.machines;
  assert.ok(machine);
  const beganMs = world.nowMs;
  const clockMs = machine.clockMs;
  let doneMs: number | null = null;
  machine.after(100, () => doneMs = world.nowMs - beganMs);
  machine.suspend(250);
  world.run(300);
  assert.equal(doneMs, null);
  world.run(100);
  assert.equal(doneMs, 350);
  assert.ok(
    Math.abs(machine.clockMs - clockMs - 150) < 1e-6,
    `its clock went on by ${machine.clockMs - clockMs} ms of 400`,
  );
});
