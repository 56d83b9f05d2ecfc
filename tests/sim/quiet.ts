/** The end of every history: faults stop, and then everything that can run has to run, and clients have to find it. */
import { COOL_DOWN_MS } from "../../core/cluster/group.ts";
import { CLEAR } from "../../core/simulation/network.ts";
import { PUNCTUAL } from "../../core/simulation/cloud.ts";
import { SURE } from "../../core/simulation/fence.ts";
import { settled, takeFile } from "../../core/simulation/rolling.ts";
import { Violation } from "../../core/simulation/story.ts";
import { PROMPT } from "../../core/simulation/witness_store.ts";
import { CALM } from "../../core/simulation/work.ts";
import type { World } from "../../core/simulation/world.ts";

/** Between two looks, and between two servers that take a new file, in milliseconds. */
const STEP_MS = 500;
const ROLL_MS = 4_000;
/** When an operator starts what was stopped for good. */
const OPERATOR_MS = 6_000;

/** All faults stop. */
export function quiet(world: World): void {
  world.heal();
  world.weather = { ...CLEAR };
  world.network.hurry();
  world.witness.manners = { ...PROMPT };
  world.fence.manners = { ...SURE };
  if (world.cloud) world.cloud.manners = { ...PUNCTUAL };
  world.ailments.clear();
  world.tearing = 0;
  // Who sleeps wakes up.
  world.runUntil(Math.max(world.nowMs, ...world.machines.map(({ pausedUntilMs }) => pausedUntilMs)));
  for (const machine of world.machines) {
    machine.manners = { ...CALM };
    machine.stepMs = 0;
    machine.relieve();
    // All have one key again.
    machine.keyFile = 0;
    if (machine.key !== 0) machine.kill();
    machine.start();
  }
  if (settled(world)) return;
  // A change of the servers that was begun is brought to its end.
  for (const machine of world.machines) {
    takeFile(world, machine);
    world.run(ROLL_MS);
    machine.start();
  }
}

/**
 * After the last fault everything that can run runs, within: the time to notice silence, a pause after failed
 * activations, and a few claims; doubled, as both may follow each other. In milliseconds.
 */
export function settleMs(world: World): number {
  return 2 * (COOL_DOWN_MS + 4 * world.spec.timing.takeoverMs);
}

/** Lets time pass until all is well, and asserts that it stays so. */
export function settle(world: World): void {
  const boundMs = settleMs(world);
  let problem: string | undefined = "";
  for (let passedMs = 0; problem !== undefined && passedMs < boundMs; passedMs += STEP_MS) {
    world.run(STEP_MS);
    // One that was leaving when the last fault struck comes back too, and brings the orders that it alone has heard.
    for (const machine of world.machines) machine.start();
    if (passedMs === OPERATOR_MS) restart(world);
    problem = unwell(world);
  }
  if (problem !== undefined) throw new Violation(`${problem} after ${boundMs} ms of quiet: ${excuses(world)}`);
  world.run(world.spec.timing.takeoverMs * 1.5);
  const after = unwell(world);
  if (after !== undefined) throw new Violation(`${after} though all was well and nothing happened: ${excuses(world)}`);
}

/** What is not as it should be; undefined when all is well. */
function unwell(world: World): string | undefined {
  if (world.fence.pending > 0 || (world.cloud?.pending ?? 0) > 0) return "a request is still under way";
  for (const { name, resources } of world.spec.groups) {
    // An order given where nobody heard it may still be on its way.
    const asked = world.machines.find(({ engine }) => engine?.glance.intent(name)?.run === false);
    if (asked) return `${name} is stopped by an order that ${asked.name} knows of`;
    const [carrier, ...others] = world.online(name);
    if (carrier === undefined || others.length > 0) {
      return `${name} is online on ${carrier === undefined ? 0 : others.length + 1} servers`;
    }
    if (!world.cloud) continue;
    for (const resource of resources) {
      const route = world.cloud.route(resource.name) ?? "nobody";
      if (resource.address && route !== carrier) return `the route of ${resource.name} points to ${route}`;
    }
  }
  return undefined;
}

function excuses(world: World): string {
  return world.machines.map(({ name, engine }) => {
    const groups = engine?.view().groups.map((group) => `${group.name} ${group.waiting ?? group.status}`) ?? [];
    return `${name}: ${groups.join(", ") || "it does not run"}`;
  }).join("; ");
}

/** An operator starts whatever was stopped for good. */
function restart(world: World): void {
  const machine = world.machines.find(({ running }) => running);
  for (const { name } of world.spec.groups) {
    machine?.deliver({ type: "operator", request: { op: "start", group: name, by: "operator" } });
  }
}
