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
export const EQUIVALENT: readonly Equivalent[] = [
  {
    file: "core/aws/retry.ts",
    from: "const divided = !plan.mutating && leftMs >= UNDIVIDED_MS && attempts < MAX_ATTEMPTS;",
    to: "const divided = !plan.mutating && leftMs > UNDIVIDED_MS && attempts < MAX_ATTEMPTS;",
    why:
      "what is left is a difference of two readings of a clock with fractions: it meets the bound by chance only, and " +
      "what is divided there or not differs by nothing that anybody was promised",
  },
];
