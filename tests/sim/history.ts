/**
 * One seed, one history: a cluster, a mix of faults drawn from the seed, safety asserted at every event, then quiet, and
 * liveness asserted after a bound computed from the timing.
 */
import { COOL_DOWN_MS } from "../../core/cluster/group.ts";
import type { ClusterSpec, GroupSpec } from "../../core/cluster/spec.ts";
import { type Timing, TIMING_PRESETS } from "../../core/cluster/timing.ts";
import { CAMPAIGN_MS } from "./campaigns.ts";
import { Faults } from "./faults.ts";
import { Random } from "./random.ts";
import { Violation, World } from "./world.ts";

/** The kinds of clusters a history is drawn from. */
export type Kind = "two-and-tie-breaker" | "two" | "three" | "four-and-tie-breaker" | "five";

/** All kinds. */
export const KINDS: readonly Kind[] = ["two-and-tie-breaker", "two", "three", "four-and-tie-breaker", "five"];

const SERVERS: Record<Kind, number> = {
  "two-and-tie-breaker": 2,
  two: 2,
  three: 3,
  "four-and-tie-breaker": 4,
  five: 5,
};

/** What a history came to. */
export interface HistoryResult {
  seed: number;
  kind: Kind;
  simulatedMs: number;
  beats: number;
  faults: number;
  /** Undefined: all invariants held. */
  violation?: string;
  world: World;
}

/** A cluster of `kind` with `groups` groups. */
export function clusterOf(kind: Kind, groups: number, timing: Timing = TIMING_PRESETS.fast): ClusterSpec {
  const servers = Array.from({ length: SERVERS[kind] }, (_, i) => `server${i + 1}`);
  return {
    servers,
    tieBreaker: kind.endsWith("tie-breaker"),
    witness: false,
    timing,
    selfFenceAction: "shutdown",
    monitors: [],
    groups: Array.from({ length: groups }, (_, i): GroupSpec => ({
      name: `failover${i + 1}`,
      servers: i % 2 === 0 ? servers : [...servers].reverse(),
      startup: "auto",
      failover: "auto",
      failback: i % 3 === 2 ? "auto" : "manual",
      resources: ["vip", "app"].map((name) => ({
        name: `${name}${i + 1}`,
        address: name === "vip",
        activateRetries: 1,
        deactivateRetries: 1,
        deactivateFinalAction: "shutdown",
      })),
    })),
  };
}

/** Runs the history of `seed`. */
export function history(seed: number, options: { kind?: Kind; keepStory?: boolean } = {}): HistoryResult {
  const random = new Random(seed ^ 0x9e3779b9);
  const kind = options.kind ?? random.pick(KINDS);
  const world = new World(clusterOf(kind, 1 + Math.floor(random.next() * 2)), seed);
  world.keepStory = options.keepStory ?? false;
  const faults = new Faults(world, random);
  const result = (violation?: string): HistoryResult => ({
    seed,
    kind,
    simulatedMs: world.nowMs,
    beats: world.beats,
    faults: faults.count,
    world,
    ...(violation === undefined ? {} : { violation }),
  });
  try {
    faults.prepare();
    for (const machine of world.machines) world.after(random.between(0, 2_000), () => machine.start());
    const rounds = 6 + Math.floor(random.next() * 8);
    for (let round = 0; round < rounds; round++) {
      // Some blows come together: that is where histories get interesting.
      if (faults.planned) world.run(round === 0 ? 4_000 : CAMPAIGN_MS);
      else world.run(random.chance(0.3) ? random.between(0, 1_300) : random.between(100, 5_000));
      faults.strike();
    }
    if (faults.planned) world.run(CAMPAIGN_MS);
    world.run(random.between(0, 2_000));
    faults.quiet();
    settle(world);
    return result();
  } catch (thrown) {
    if (!(thrown instanceof Violation)) throw thrown;
    return result(thrown.message);
  }
}

/**
 * After the last fault everything that can run runs, within: the time to notice silence, a pause after failed
 * activations, and a few claims; doubled, as both may follow each other.
 */
export function settleMs(world: World): number {
  return 2 * (COOL_DOWN_MS + 4 * world.spec.timing.takeoverMs);
}

function settle(world: World): void {
  const boundMs = settleMs(world);
  const stepMs = 500;
  for (let passedMs = 0; passedMs < boundMs; passedMs += stepMs) {
    world.run(stepMs);
    if (passedMs === 10_000) restart(world);
    if (passedMs > 10_000 && world.spec.groups.every(({ name }) => world.online(name).length === 1)) {
      // And it stays so.
      world.run(world.spec.timing.takeoverMs * 2);
      break;
    }
  }
  for (const { name } of world.spec.groups) {
    const online = world.online(name);
    if (online.length !== 1) {
      const excuses = world.machines.map((machine) =>
        `${machine.name}: ${machine.engine?.view().groups.find((group) => group.name === name)?.waiting ?? "nothing"}`
      );
      throw new Violation(
        `${name} is online on ${online.length} servers after ${boundMs} ms of quiet; ${excuses.join("; ")}`,
      );
    }
  }
}

/** An operator starts whatever was stopped for good. */
function restart(world: World): void {
  const machine = world.machines.find(({ running }) => running);
  for (const { name } of world.spec.groups) {
    machine?.deliver({ type: "operator", request: { op: "start", group: name, by: "operator" } });
  }
}
