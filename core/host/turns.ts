/**
 * Questions that start a program in the agent's own process: starting one holds up its thread for a millisecond or more,
 * many at once each for longer, and a heartbeat would wait behind all of them.
 *
 * @module
 */

/** The pause after a start, as a multiple of what it took: so much more of the thread is left to the agent. */
const REST = 3;
/** ... but no longer, in milliseconds. */
const LONGEST_REST_MS = 100;

/** Lets questions begin one after the other, with a pause after each; each lane in its turn. */
export class Turns {
  /** The lane that is next stands first. */
  readonly #lanes = new Map<object, (() => void)[]>();
  #taken = false;
  #idle: (() => void)[] = [];

  /**
   * Resolves when something of `lane` may begin, which has to happen at once. Rejects with the reason of `signal` when
   * that has aborted first. Whoever calls limits how many of a lane wait.
   */
  async next(lane: object, signal: AbortSignal): Promise<void> {
    if (this.#taken) {
      await new Promise<void>((resolve) => {
        const waiting = this.#lanes.get(lane);
        if (waiting) waiting.push(resolve);
        else this.#lanes.set(lane, [resolve]);
      });
    }
    this.#taken = true;
    // Who is not wanted any more costs nobody time.
    if (signal.aborted) {
      this.#pass();
      throw signal.reason;
    }
    const startedMs = performance.now();
    // Only when the event loop has turned is it known what the start took.
    setTimeout(() => {
      const restMs = Math.min(LONGEST_REST_MS, REST * (performance.now() - startedMs));
      setTimeout(() => this.#pass(), restMs);
    }, 0);
  }

  /** Resolves when nobody waits and nothing begins. */
  async idle(): Promise<void> {
    if (this.#taken) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #pass(): void {
    const [first] = this.#lanes;
    if (first === undefined) {
      this.#taken = false;
      for (const resolve of this.#idle.splice(0)) resolve();
      return;
    }
    const [lane, waiting] = first;
    this.#lanes.delete(lane);
    const next = waiting.shift();
    if (waiting.length > 0) this.#lanes.set(lane, waiting);
    next?.();
  }
}
