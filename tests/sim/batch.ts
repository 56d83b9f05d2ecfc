/** Many histories, and the figures of what they came to. */
import { history } from "./history.ts";
import type { Kind } from "./kinds.ts";

/** A seed that broke an invariant. */
export interface Failure {
  seed: number;
  kind: string;
  violation: string;
}

/** Figures of some histories. */
export interface Figures {
  seeds: number;
  simulatedMs: number;
  beats: number;
  /** Time of one processor that it took. */
  busyMs: number;
  failures: Failure[];
  /** Kind of cluster -> histories; action -> how often. */
  kinds: Record<string, number>;
  faults: Record<string, number>;
}

/** What a worker is asked to do. */
export interface Order {
  first: number;
  seeds: number;
  kind?: Kind;
}

/** Figures of no history. */
export function nothing(): Figures {
  return { seeds: 0, simulatedMs: 0, beats: 0, busyMs: 0, failures: [], kinds: {}, faults: {} };
}

/** Runs `seeds` histories, one after the other. */
export function runBatch({ first, seeds, kind }: Order): Figures {
  const startedMs = performance.now();
  const figures = nothing();
  for (let seed = first; seed < first + seeds; seed++) {
    const { plan, simulatedMs, beats, violation } = history(seed, kind ? { kind } : {});
    figures.seeds += 1;
    figures.simulatedMs += simulatedMs;
    figures.beats += beats;
    count(figures.kinds, plan.kind);
    for (const { what } of plan.actions) count(figures.faults, what);
    if (violation !== undefined) figures.failures.push({ seed, kind: plan.kind, violation });
  }
  figures.busyMs = performance.now() - startedMs;
  return figures;
}

/** Adds the figures `more` to `sum`. */
export function add(sum: Figures, more: Figures): void {
  sum.seeds += more.seeds;
  sum.simulatedMs += more.simulatedMs;
  sum.beats += more.beats;
  sum.busyMs += more.busyMs;
  sum.failures.push(...more.failures);
  for (const [kind, times] of Object.entries(more.kinds)) count(sum.kinds, kind, times);
  for (const [fault, times] of Object.entries(more.faults)) count(sum.faults, fault, times);
}

function count(counts: Record<string, number>, key: string, times = 1): void {
  counts[key] = (counts[key] ?? 0) + times;
}
