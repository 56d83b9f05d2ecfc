import { later, onAbort } from "./callbacks.ts";

/**
 * Runs `work` with a signal that aborts with `signal`, or after `ms` milliseconds with a `TimeoutError`. The timer does
 * not outlive the work. The work has to honour its signal: it is not abandoned.
 */
export async function withDeadline<T>(
  signal: AbortSignal,
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = new AbortController();
  const timer = later("a deadline", Math.max(0, Math.ceil(ms)), () => {
    deadline.abort(new DOMException(`no answer within ${Math.ceil(ms)} ms`, "TimeoutError"));
  });
  try {
    return await work(AbortSignal.any([signal, deadline.signal]));
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves after `ms` milliseconds, or rejects with the reason of `signal` as soon as that aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const off = onAbort("the end of a pause", signal, () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
    const timer = later("a pause", Math.max(0, Math.ceil(ms)), () => {
      off();
      resolve();
    });
  });
}
