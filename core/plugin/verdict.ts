/**
 * What a check found out.
 *
 * `unknown` is a result of its own: the check could not find out (API throttled, timed out, refused). It is never
 * counted as success and by default never starts a recovery, because a silent control plane says nothing about the
 * service.
 */
export type VerdictStatus = "normal" | "warning" | "error" | "unknown";

/** The result of one check of a monitor or of a quorum device. */
export interface Verdict {
  status: VerdictStatus;
  /**
   * The number of the error (5, 6, 7, 8, 12, 99 ...), also where it is only a warning or could not be found out: those
   * are shown with the number + 100. Left out when the status is normal.
   */
  code?: number;
  /** One sentence for people: what was seen. */
  message: string;
  /**
   * Numbers that are shown in the status, each with its unit as the last word of its name (`connectMs`). What has no name
   * or is no finite number is left out, and the message says so.
   */
  measurements?: Record<string, number>;
}

/** A normal verdict. */
export function normal(message: string, measurements?: Record<string, number>): Verdict {
  return measurements ? { status: "normal", message, measurements } : { status: "normal", message };
}
