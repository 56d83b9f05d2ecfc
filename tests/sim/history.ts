/**
 * One seed, one history: a cluster, a mix of faults drawn from the seed, safety asserted at every event, then quiet, and
 * liveness asserted after a bound computed from the timing.
 */
import { Director } from "../../core/simulation/director.ts";
import type { Action, Plan } from "../../core/simulation/plan.ts";
import { World } from "../../core/simulation/world.ts";
import { planOf } from "./faults.ts";
import { clusterOf, isKind, type Kind } from "./kinds.ts";
import { grey } from "./grey.ts";
import { quiet, settle } from "./quiet.ts";

/** What a history came to. */
export interface HistoryResult {
  plan: Plan;
  simulatedMs: number;
  beats: number;
  /** Undefined: all invariants held. */
  violation?: string;
  world: World;
  /** What was done, with names in place of roles. */
  spoken: Action[];
}

/** How a history is run. */
export interface PlayOptions {
  keepStory?: boolean;
  /** Two carriers at once are noted in the world instead of ending the history. */
  tolerant?: boolean;
  /** Called after everything that happens. */
  look?: (world: World) => void;
}

/** Runs the history of `seed`. */
export function history(seed: number, options: PlayOptions & { kind?: Kind } = {}): HistoryResult {
  return play(planOf(seed, options.kind), options);
}

/** Runs a plan. */
export function play(plan: Plan, { keepStory = false, tolerant = false, look }: PlayOptions = {}): HistoryResult {
  const { kind, groups, cloud } = plan;
  if (!isKind(kind)) throw new Error(`${kind} is no kind of cluster`);
  const world = new World(clusterOf(kind, groups, { cloud }), plan.seed);
  world.keepStory = keepStory;
  if (look) world.observer = () => look(world);
  if (cloud) world.openCloud();
  if (tolerant) world.tolerated = [];
  const director = new Director(world);
  const spoken: Action[] = [];
  let violation: string | undefined;
  try {
    for (const action of plan.actions) {
      world.runUntil(action.atMs);
      spoken.push(director.spoken(action));
      director.perform(action);
    }
    world.runUntil(plan.quietMs);
    quiet(world);
    settle(world);
    if (plan.grey) {
      grey(world);
      settle(world);
    }
  } catch (thrown) {
    // Also what the engine itself asserts.
    if (!(thrown instanceof Error)) throw thrown;
    violation = thrown.message;
  }
  const result = { plan, simulatedMs: world.nowMs, beats: world.beats, world, spoken };
  return violation === undefined ? result : { ...result, violation };
}

/** What is the same in violations of the same kind: no names, no numbers. */
export function kindOf(violation: string): string {
  return violation.split(/[;:]/, 1)[0]!.replace(/(?:server|failover|vip|app)\d+/g, "_").replace(/\d+(?:\.\d+)?/g, "#");
}
