/** How long a takeover takes: the bound that follows from the timing, and what it really takes after one fault. */
import { HEAD_START_MS } from "../../core/cluster/fencing.ts";
import type { ClusterSpec } from "../../core/cluster/spec.ts";
import { CLOCK_DRIFT } from "../../core/cluster/timing.ts";
import { SURE } from "../../core/simulation/fence.ts";
import type { Machine } from "../../core/simulation/machine.ts";
import { CLEAR } from "../../core/simulation/network.ts";
import { PROMPT } from "../../core/simulation/witness_store.ts";
import { CALM } from "../../core/simulation/work.ts";
import { World } from "../../core/simulation/world.ts";
import { clusterOf, type Kind } from "./kinds.ts";

/** What befalls the carrier: its power fails, it is cut off from everything, or its agent does not run. */
export type Blow = "crash" | "cut" | "freeze";

/** Far longer than the detection time. */
const FREEZE_MS = 20_000;
/** The world is looked at so often. */
const STEP_MS = 10;

/**
 * The longest time, in milliseconds, from the moment at which a carrier is lost until a successor is online, when nothing
 * else is wrong. In order:
 *
 * - the detection time on a slow clock. It counts from the latest heartbeat, which may still be under way;
 * - two intervals: for the rule that those who come before get one to settle, and until the next heartbeat says so;
 * - the claim: it goes out, the yes comes back;
 * - with a witness: the next of its reads is due within a third of a permit, the read and the write go there and back;
 * - with a fence that a takeover waits for: the head start of the other server, then the order, and the stop;
 * - the activation of all resources.
 */
export function takeoverBoundMs({ timing, witness, fence, tieBreaker, servers, groups }: ClusterSpec): number {
  const delayMs = CLEAR.delayMs[1];
  const resources = Math.max(...groups.map((group) => group.resources.length));
  const waits = fence !== undefined && (fence.wait === "always" || tieBreaker || servers.length === 2);
  return timing.takeoverMs / (1 - CLOCK_DRIFT) + delayMs + 2 * timing.intervalMs + 2 * delayMs +
    (witness ? timing.permitMs / 3 + 2 * PROMPT.latencyMs[1] : 0) +
    (waits ? (servers.length - 1) * HEAD_START_MS + SURE.sendMs[1] + SURE.stopMs[1] : 0) +
    resources * CALM.activateMs[1];
}

/** Lets `blow` befall the carrier of a cluster that has been well; returns how long until another one is online. */
export function takeover(kind: Kind, blow: Blow, seed: number): { tookMs: number; boundMs: number } {
  const world = new World(clusterOf(kind, 1), seed);
  const boundMs = takeoverBoundMs(world.spec);
  for (const machine of world.machines) {
    const drift = world.streams(`clock ${machine.name}`);
    machine.rate = 1 + drift.between(-CLOCK_DRIFT, CLOCK_DRIFT);
    machine.offsetMs = drift.between(0, 1e6);
    world.after(drift.between(0, 500), () => machine.start());
  }
  const group = world.spec.groups[0]!.name;
  world.run(4 * world.spec.timing.takeoverMs + world.streams("when").between(0, 1_000));
  const carrier = world.machine(world.online(group)[0] ?? "nobody");
  strike(world, carrier, blow);
  const sinceMs = world.nowMs;
  while (!world.machines.some((machine) => machine !== carrier && isOnline(machine, group))) {
    if (world.nowMs - sinceMs > 2 * boundMs) return { tookMs: Infinity, boundMs };
    world.run(STEP_MS);
  }
  return { tookMs: world.nowMs - sinceMs - STEP_MS, boundMs };
}

function strike(world: World, carrier: Machine, blow: Blow): void {
  if (blow === "crash") carrier.crash();
  else if (blow === "freeze") carrier.freeze(FREEZE_MS);
  else {
    for (const { name } of world.machines) {
      world.cut(carrier.name, name);
      world.cut(name, carrier.name);
    }
    world.deviceReach(carrier.name, false);
    world.witness.reach(carrier.name, false);
    world.fence.reach(carrier.name, false);
  }
}

function isOnline({ engine }: Machine, group: string): boolean {
  return engine?.glance.status(group) === "online";
}
