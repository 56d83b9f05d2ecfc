/**
 * Waiting that always ends.
 *
 * @module
 */

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
  const onAbort = () => {
    deadline.abort(signal.reason);
  };
  deadline.signal.addEventListener("abort", () => {
    graceTimer ??= setTimeout(() => leave(deadline.signal.reason), graceMs);
  }, { once: true });
  const timer = setTimeout(() => {
    deadline.abort(new DOMException(`no answer within ${Math.ceil(ms)} ms`, "TimeoutError"));
  }, Math.max(0, Math.ceil(ms)));
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  try {
    // A drop-in in plain JavaScript may return no promise, or throw before it has one.
    const running = (async () => await work(deadline.signal))();
    // A result that comes after it was left behind must not be an unhandled rejection.
    running.catch(() => {});
    return await Promise.race([running, abandoned]);
  } finally {
    clearTimeout(timer);
    clearTimeout(graceTimer);
    signal.removeEventListener("abort", onAbort);
  }
}

/** Resolves after `ms`, or at once when `signal` aborts; never rejects. True when the time has passed. */
export function elapsed(ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const onAbort = () => {
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve(true);
    }, Math.max(0, Math.ceil(ms)));
    signal.addEventListener("abort", onAbort, { once: true });
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
