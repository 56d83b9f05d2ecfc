/**
 * One rule for every number that comes from outside, in a message, a record or a file: it is finite, it is within
 * bounds, and it leaves headroom. Baton only counts up, so a number at its end would be the end of what counts with it:
 * the one after it is refused by everybody. No cluster comes near these bounds by itself.
 *
 * Nor does a server pass them: what would need a number beyond them is refused in words, and its heartbeats stay good.
 *
 * @module
 */
import { MAX_TAKEOVER_MS } from "./timing.ts";

/** The largest epoch, version, sequence, serial number, generation or count: at 1,000 a second it takes 8,900 years. */
export const MAX_COUNT: number = 2 ** 48;

/** The latest time on a monotonic clock, in milliseconds: 1,100 years. */
export const MAX_CLOCK_MS: number = 2 ** 45;

/** The longest time for which a server may promise anything, in milliseconds: no file can ask for more. */
export const MAX_PROMISE_MS: number = MAX_TAKEOVER_MS;

/** There is a number after `count`. */
export function hasNext(count: number): boolean {
  return count < MAX_COUNT;
}
