/**
 * Waiting that always ends.
 *
 * @module
 */
import { later, onAbort } from "../plugin/callbacks.ts";

/** How long after its deadline a plugin may take to notice it before it is no longer waited for. In milliseconds. */
export const GRACE_MS = 250;

/**
 * Runs `work` with a signal that aborts with `signal` or after `ms`. Unlike the work itself this always settles: what
 * does not honour its signal is given `graceMs` and then left behind, its late result ignored.
 */
export async function bounded<T>(
  signal: AbortSignal,
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
  graceMs = GRACE_MS,
): Promise<T> {
  const deadline = new AbortController();
  let graceTimer: ReturnType<typeof setTimeout> | undefined;
  let leave: (reason: unknown) => void = () => {};
  const abandoned = new Promise<never>((_, reject) => leave = reject);
  const passOn = () => deadline.abort(signal.reason);
  onAbort("a deadline", deadline.signal, () => {
    graceTimer ??= later("the grace after a deadline", graceMs, () => leave(deadline.signal.reason));
  });
  const timer = later("a deadline", Math.max(0, Math.ceil(ms)), () => {
    deadline.abort(new DOMException(`no answer within ${Math.ceil(ms)} ms`, "TimeoutError"));
  });
  const off = onAbort("the end of what has a deadline", signal, passOn);
  if (signal.aborted) passOn();
  try {
    // A drop-in in plain JavaScript may return no promise, or throw before it has one.
    const running = (async () => await work(deadline.signal))();
    // A result that comes after it was left behind must not be an unhandled rejection.
    running.catch(() => {});
    return await Promise.race([running, abandoned]);
  } finally {
    clearTimeout(timer);
    clearTimeout(graceTimer);
    off();
  }
}

/** Resolves after `ms`, or at once when `signal` aborts; never rejects. True when the time has passed. */
export function elapsed(ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const off = onAbort("the end of a wait", signal, () => {
      clearTimeout(timer);
      resolve(false);
    });
    const timer = later("a wait", Math.max(0, Math.ceil(ms)), () => {
      off();
      resolve(true);
    });
  });
}

/** Waits for `work` at most `ms`, whatever becomes of it; never rejects. True when it has ended. */
export async function atMost(ms: number, work: Promise<unknown>): Promise<boolean> {
  const patience = new AbortController();
  try {
    return await Promise.race([work.then(() => true, () => true), elapsed(ms, patience.signal).then(() => false)]);
  } finally {
    patience.abort();
  }
}
