/**
 * The pauses between the tries of a start or stop of a resource: what failed at once would fail at once again.
 *
 * @module
 */

/** The pause before the second try, and the longest, in milliseconds; it doubles from one to the next. */
const FIRST_MS = 500;
const LONGEST_MS = 10_000;

/** How long try number `attempt` (the first is 1) waits before it begins. */
export function tryPauseMs(attempt: number): number {
  return attempt < 2 ? 0 : Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt - 2, 16));
}
