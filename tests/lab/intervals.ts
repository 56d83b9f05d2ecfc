/**
 * Times at which something was so.
 *
 * @module
 */

/** From and to, in milliseconds. */
export interface Interval {
  fromMs: number;
  toMs: number;
}

/** Moments, in order, as intervals: two that are no further apart than `togetherMs` belong together. */
export function merged(moments: readonly number[], togetherMs: number): Interval[] {
  const intervals: Interval[] = [];
  for (const ms of moments) {
    const last = intervals.at(-1);
    if (last && ms - last.toMs <= togetherMs) last.toMs = ms;
    else intervals.push({ fromMs: ms, toMs: ms });
  }
  return intervals;
}

/** How long both were so between `fromMs` and `toMs`, in milliseconds. */
export function overlapMs(
  one: readonly Interval[],
  other: readonly Interval[],
  fromMs: number,
  toMs: number,
): number {
  let sum = 0;
  for (const a of one) {
    for (const b of other) {
      sum += Math.max(0, Math.min(a.toMs, b.toMs, toMs) - Math.max(a.fromMs, b.fromMs, fromMs));
    }
  }
  return sum;
}

/** The longest overlap of any two of `all`, in milliseconds. */
export function pairwiseMs(all: readonly (readonly Interval[])[], fromMs: number, toMs: number): number {
  let most = 0;
  for (const [index, one] of all.entries()) {
    for (const other of all.slice(index + 1)) most = Math.max(most, overlapMs(one, other, fromMs, toMs));
  }
  return most;
}
