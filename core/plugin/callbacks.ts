/**
 * Callbacks that nobody waits for: of timers, signals and sockets. What one of them throws has no caller to go to, and
 * would end the process without a word of where it came from. Here each has a name, which is told with what it threw, and
 * the loop that it ran in goes on. What is told arrives at the process as an uncaught error: an agent notes it in its
 * journal and leaves in order, a command ends with it, a test fails.
 *
 * @module
 */

/** Something threw that had nobody to throw to. */
class CallbackError extends Error {
  override name = "CallbackError";
}

/** Runs a callback. What it throws is told with `place`, a noun with its article, and goes no further. */
export function guarded(place: string, work: () => void): void {
  try {
    work();
  } catch (thrown) {
    const said = thrown instanceof Error ? thrown.message : String(thrown);
    reportError(new CallbackError(`in ${place}: ${said}`, { cause: thrown }));
  }
}

/** Runs `work` once after `ms`; `clearTimeout` calls it off. */
export function later(place: string, ms: number, work: () => void): ReturnType<typeof setTimeout> {
  return setTimeout(() => guarded(place, work), ms);
}

/** Runs `work` each `ms` until `clearInterval`; also after it has thrown. */
export function every(place: string, ms: number, work: () => void): ReturnType<typeof setInterval> {
  return setInterval(() => guarded(place, work), ms);
}

/** Runs `work` after the present step. */
export function soon(place: string, work: () => void): void {
  queueMicrotask(() => guarded(place, work));
}

/** Runs `work` once when `signal` aborts, which it has not yet. Returns what calls it off. */
export function onAbort(place: string, signal: AbortSignal, work: () => void): () => void {
  const listener = () => guarded(place, work);
  signal.addEventListener("abort", listener, { once: true });
  return () => signal.removeEventListener("abort", listener);
}
