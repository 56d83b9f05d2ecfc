/**
 * Drawn faults that change nothing that anybody could notice, each with the reason. A line that is not in the source any
 * more fails the run, so that the list stays true.
 */

/** One of them. */
export interface Equivalent {
  file: string;
  /** The line of the source, trimmed, and what the fault makes of it. */
  from: string;
  to: string;
  why: string;
}

/** All of them. */
export const EQUIVALENT: readonly Equivalent[] = [];
