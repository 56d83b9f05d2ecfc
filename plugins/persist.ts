/**
 * Changes in a cloud, tried in place until their deadline: a second of errors there costs a second, and not an activation
 * that is given up and begun anew.
 *
 * @module
 */
import { isHopeless } from "../core/aws/failure.ts";
import type { PluginContext } from "../core/plugin/contract.ts";
import { pause } from "../core/plugin/deadline.ts";
import { Fault, FAULT_CODES } from "../core/plugin/fault.ts";

/** First and longest pause between two attempts, in milliseconds: it doubles from one to the next. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 2_000;
/** Attempts until the deadline would have to have come; no loop is without a bound. */
const MAX_ATTEMPTS = 10_000;

/** What trying again needs. */
type Trying = Pick<PluginContext, "signal" | "log">;

/**
 * Waits before attempt number `round` (the second has number 1), between half and the whole of a time that doubles, so
 * that servers don't try in step.
 */
export function growingPause(round: number, signal: AbortSignal): Promise<void> {
  const ms = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(round - 1, 8));
  return pause(ms * (0.5 + Math.random() / 2), signal);
}

/**
 * Runs `attempt`, which must be idempotent, until it succeeds. Ends at once with what will not get better (denied, not
 * found, full), and with the deadline of `signal` with a `Fault` that says how the latest attempt has failed. `what` is
 * what it is about, for messages.
 */
export async function persist<T>(what: string, { signal, log }: Trying, attempt: () => Promise<T>): Promise<T> {
  let latest: Fault | undefined;
  for (let round = 1; round <= MAX_ATTEMPTS; round++) {
    try {
      return await attempt();
    } catch (error) {
      if (signal.aborted) throw tooLate(what, error, latest, signal);
      if (isHopeless(error)) throw error;
      const fault = error as Fault;
      if (said(fault) !== said(latest)) log.warn(`${what} is tried again: ${fault.message}`);
      latest = fault;
    }
    try {
      await growingPause(round, signal);
    } catch (error) {
      throw tooLate(what, error, latest, signal);
    }
  }
  throw latest;
}

/**
 * Makes `change` until `seen` finds it made. A change whose answer was lost is looked for before it is made again, and one
 * that a read does not show is made again: a late call of the former carrier may have undone it. A read that fails says
 * nothing; it is asked again.
 */
export async function persistUntilSeen(
  what: string,
  trying: Trying,
  change: () => Promise<void>,
  seen: () => Promise<boolean>,
): Promise<void> {
  let due = true;
  await persist(what, trying, async () => {
    let failure: unknown;
    if (due) {
      try {
        await change();
        due = false;
      } catch (error) {
        if (trying.signal.aborted || isHopeless(error)) throw error;
        failure = error;
      }
    }
    if (await seen()) return;
    due = true;
    throw failure ?? new Fault(FAULT_CODES.timeout, `${what}: EC2 does not show it yet`, { uncertain: true });
  });
}

/** Without the id of the request, which is another one each time. */
function said(fault: Fault | undefined): string | undefined {
  return fault?.message.replace(/, request [\w-]+/g, "");
}

function tooLate(what: string, error: unknown, latest: Fault | undefined, signal: AbortSignal): Fault {
  // What is thrown with the deadline is often only the abort itself.
  const last = latest ?? (error instanceof Fault ? error : undefined);
  const why = last?.message ?? (error instanceof Error ? error.message : String(error));
  return new Fault(last?.code ?? FAULT_CODES.timeout, `${why} (${what} was tried until its time was over)`, {
    uncertain: true,
    cause: signal.reason,
    ...(last?.remedy ? { remedy: last.remedy } : {}),
  });
}
