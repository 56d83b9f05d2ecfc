/**
 * Retries of EC2 calls: like the SDK's standard mode, but every wait ends with the deadline and with the caller's
 * signal, and calls that change something are sent again only when the first sending has surely changed nothing.
 *
 * @module
 */
import { pause } from "../plugin/deadline.ts";
import { DeadlineExceeded, withDeadline } from "./deadline.ts";
import { type AwsFailure, classify } from "./failure.ts";

/** How a call is retried. */
export interface RetryPlan {
  /** Deadline of the call with all its attempts, in milliseconds. */
  budgetMs: number;
  /** The call changes something: an attempt whose outcome isn't known is not repeated. */
  mutating: boolean;
}

/** Attempts of one call, the first included. */
const MAX_ATTEMPTS = 4;
/** Largest wait before the second attempt, in milliseconds; it doubles with each further one. */
const BACKOFF_MS = 100;
/** The same after AWS said that we call too often. */
const THROTTLED_BACKOFF_MS = 400;
/** Below this, in milliseconds, an attempt gets the whole rest of the budget. */
const UNDIVIDED_MS = 1_500;

/**
 * Runs `attempt` until it succeeds, can't be repeated, or the budget is used up. A read gets only two thirds of what is
 * left: a pooled connection whose path has died (a NAT that was replaced) answers nothing, and the next attempt makes
 * a new one.
 */
export async function withRetries<T>(
  plan: RetryPlan,
  signal: AbortSignal,
  attempt: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const endsAt = performance.now() + plan.budgetMs;
  // How an attempt has failed is worth more to the operator than that a later one had no time left.
  let told: { error: unknown } | undefined;
  const run = async (within: AbortSignal) => {
    for (let attempts = 1;; attempts++) {
      const leftMs = endsAt - performance.now();
      const divided = !plan.mutating && leftMs >= UNDIVIDED_MS && attempts < MAX_ATTEMPTS;
      try {
        return await withDeadline(within, divided ? (leftMs * 2) / 3 : leftMs, attempt);
      } catch (error) {
        // The end of the whole call is reported with the time that the whole call had.
        if (within.aborted) throw within.reason;
        if (!divided && error instanceof DeadlineExceeded) throw new DeadlineExceeded(Math.round(plan.budgetMs));
        if (!(error instanceof DeadlineExceeded)) told = { error };
        const failure = classify(error);
        if (attempts >= MAX_ATTEMPTS || !repeatable(failure, error, plan.mutating)) throw error;
        const waitMs = backoffMs(failure, attempts);
        // What AWS said is worth more to the operator than "timed out" a moment later.
        if (waitMs >= endsAt - performance.now()) throw error;
        await pause(waitMs, within);
      }
    }
  };
  try {
    return await withDeadline(signal, plan.budgetMs, run);
  } catch (error) {
    // A change may have been done by the later one.
    if (error instanceof DeadlineExceeded && told !== undefined && !plan.mutating) throw told.error;
    throw error;
  }
}

function repeatable(failure: AwsFailure, error: unknown, mutating: boolean): boolean {
  // Refused, so it has changed nothing; and no better reason to think so than AWS's own word.
  if (failure.kind === "throttled" || failure.kind === "passing" || failure.unsent) return true;
  // The request was refused for its date, and the SDK has learned the offset of our clock from the answer.
  if ((error as { $metadata?: { clockSkewCorrected?: boolean } }).$metadata?.clockSkewCorrected) return true;
  return !mutating && (failure.kind === "server" || failure.kind === "unreachable" || failure.kind === "timeout");
}

/** Between half and the whole of a doubling time, so that two servers don't retry in step. */
function backoffMs(failure: AwsFailure, attempts: number): number {
  const ceilingMs = (failure.kind === "throttled" ? THROTTLED_BACKOFF_MS : BACKOFF_MS) * 2 ** (attempts - 1);
  return ceilingMs * (0.5 + Math.random() / 2);
}
