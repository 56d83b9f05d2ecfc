/**
 * Deadlines of calls: a timer and a caller's signal in one, both released when the call has ended, so that neither an
 * idle agent nor a test keeps timers of calls that are long done.
 *
 * @module
 */
import { later, onAbort } from "../plugin/callbacks.ts";

/** The reason with which a deadline aborts a call, to tell it from an abort by the caller. */
export class DeadlineExceeded extends Error {
  override name = "DeadlineExceeded";
  constructor(readonly afterMs: number) {
    super(`no answer within ${afterMs} ms`);
  }
}

/**
 * Runs `work` until it settles, `ms` milliseconds have passed or `signal` aborts, whichever comes first, and rejects
 * with the reason of the abort in the latter cases. It doesn't wait for `work` to notice: parts of the SDK (the
 * metadata service behind the credentials) take no signal.
 */
export async function withDeadline<T>(
  signal: AbortSignal,
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  // Rounded for people; the timer itself is never later than asked for, because a permit may end with it.
  const afterMs = Math.max(0, Math.round(ms));
  const controller = new AbortController();
  const passOn = () => controller.abort(signal.reason);
  const timer = later(
    "a deadline of AWS",
    Math.max(0, Math.floor(ms)),
    () => controller.abort(new DeadlineExceeded(afterMs)),
  );
  const off = onAbort("the end of a call to AWS", signal, passOn);
  const ended = Promise.withResolvers<never>();
  onAbort("the end of a call to AWS", controller.signal, () => ended.reject(controller.signal.reason));
  try {
    return await Promise.race([work(controller.signal), ended.promise]);
  } finally {
    clearTimeout(timer);
    off();
  }
}
