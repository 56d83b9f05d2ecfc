/**
 * Activations that run, also those that nobody waits for any more.
 *
 * A plugin that does not honour its signal is left behind, but what it does may still take effect: it could put up what
 * has just been taken down. So nothing of such a resource counts as down before its activation has really ended.
 *
 * @module
 */
import { onAbort } from "../plugin/callbacks.ts";
import { Fault, FAULT_CODES } from "../plugin/fault.ts";

/** The activations of one group. */
export class Underway {
  readonly #running = new Map<string, Promise<void>>();

  /** Notes an activation for as long as it runs. */
  track(resource: string, work: Promise<unknown>): void {
    const noted: Promise<void> = work.then(() => {}, () => {}).finally(() => {
      if (this.#running.get(resource) === noted) this.#running.delete(resource);
    });
    this.#running.set(resource, noted);
  }

  has(resource: string): boolean {
    return this.#running.has(resource);
  }

  /** Resolves when no activation of the resource runs; throws a {@linkcode Fault} when `signal` aborts before. */
  async ended(resource: string, signal: AbortSignal): Promise<void> {
    const work = this.#running.get(resource);
    if (!work) return;
    let late = () => {};
    const tooLate = new Promise<never>((_, reject) => {
      late = () =>
        reject(
          new Fault(FAULT_CODES.timeout, `an activation of ${resource} was told to end and still runs`, {
            uncertain: true,
            remedy: "its type does not honour the signal it is given",
          }),
        );
    });
    const off = onAbort("the wait for an activation", signal, late);
    if (signal.aborted) late();
    try {
      await Promise.race([work, tooLate]);
    } finally {
      off();
    }
  }
}
