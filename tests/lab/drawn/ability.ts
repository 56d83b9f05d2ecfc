/**
 * When some server could have carried. Of the three votes it needs two: its own, which it has while its agent runs, and
 * that of the other server or of the witness, which it has while that one runs and each hears the other.
 *
 * @module
 */
import type { Interval } from "../intervals.ts";
import type { Direction } from "../network.ts";

/** What was broken when: a host that did not run, or a direction that was cut. `toMs` is Infinity while it lasts. */
export interface Broken extends Interval {
  what: { host: string } | { direction: Direction };
}

/**
 * The longest time within `within` in which one and the same of `candidates` could carry without a break, in milliseconds.
 *
 * @param voters the two servers and the witness
 */
export function longestAbleMs(
  candidates: readonly string[],
  voters: readonly string[],
  broken: readonly Broken[],
  within: Interval,
): number {
  let longestMs = 0;
  for (const me of candidates) {
    const changes = [within.fromMs, ...broken.flatMap(({ fromMs, toMs }) => [fromMs, toMs]), within.toMs]
      .filter((ms) => ms >= within.fromMs && ms <= within.toMs)
      .sort((a, b) => a - b);
    let sinceMs: number | null = null;
    for (const [index, atMs] of changes.entries()) {
      const untilMs = changes[index + 1];
      if (untilMs === undefined) break;
      if (untilMs === atMs) continue;
      const fine = able(
        me,
        voters.filter((voter) => voter !== me),
        broken.filter((one) => one.fromMs <= atMs && one.toMs > atMs),
      );
      if (!fine) sinceMs = null;
      else {
        sinceMs ??= atMs;
        longestMs = Math.max(longestMs, untilMs - sinceMs);
      }
    }
  }
  return longestMs;
}

function able(me: string, voters: readonly string[], broken: readonly Broken[]): boolean {
  const runs = (host: string) => !broken.some(({ what }) => "host" in what && what.host === host);
  const hears = (from: string, to: string) =>
    !broken.some(({ what }) => "direction" in what && what.direction[0] === from && what.direction[1] === to);
  return runs(me) && voters.some((voter) => runs(voter) && hears(me, voter) && hears(voter, me));
}
