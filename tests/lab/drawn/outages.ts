/**
 * Outages: times without an acknowledgement, seen by the client.
 *
 * @module
 */
import { type Interval, overlapMs } from "../intervals.ts";

/** A time without an acknowledgement. */
export interface Outage extends Interval {
  /** How much of it the machine was too busy to run the client, the lab or the service, in milliseconds. */
  blindMs: number;
}

/**
 * The times longer than `leastMs` between two acknowledgements, from the one before `fromMs` up to `toMs`. Times in which
 * the machine was too busy don't count: nobody was there to give an answer or to see one.
 *
 * @param moments of the acknowledgements, in their order
 * @param pauses of the client, the lab and the service
 */
export function outagesOf(
  moments: readonly number[],
  pauses: readonly Interval[],
  fromMs: number,
  toMs: number,
  leastMs: number,
): Outage[] {
  const found: Outage[] = [];
  let before = moments.findLast((ms) => ms <= fromMs) ?? fromMs;
  for (const ms of [...moments.filter((ms) => ms > fromMs && ms < toMs), toMs]) {
    const blindMs = ms - before <= leastMs ? 0 : overlapMs([{ fromMs: before, toMs: ms }], united(pauses), before, ms);
    if (ms - before - blindMs > leastMs) found.push({ fromMs: before, toMs: ms, blindMs });
    before = ms;
  }
  return found;
}

/** How long it was, without the times in which the machine was too busy. In milliseconds. */
export function lengthMs({ fromMs, toMs, blindMs }: Outage): number {
  return toMs - fromMs - blindMs;
}

/** Intervals that overlap become one, so that no time counts twice. */
export function united(intervals: readonly Interval[]): Interval[] {
  const all: Interval[] = [];
  for (const { fromMs, toMs } of intervals.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const last = all.at(-1);
    if (last && fromMs <= last.toMs) last.toMs = Math.max(last.toMs, toMs);
    else all.push({ fromMs, toMs });
  }
  return all;
}

/** How long outages were. In milliseconds, except for the count. */
export interface Spread {
  count: number;
  minMs: number;
  medianMs: number;
  p90Ms: number;
  p99Ms: number;
  maxMs: number;
}

/** The spread of some lengths; null when there are none. The p-th percentile is the least that p % do not exceed. */
export function spreadOf(lengths: readonly number[]): Spread | null {
  const sorted = lengths.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0);
  if (sorted.length === 0) return null;
  return {
    count: sorted.length,
    minMs: at(0),
    medianMs: at(0.5),
    p90Ms: at(0.9),
    p99Ms: at(0.99),
    maxMs: at(1),
  };
}
