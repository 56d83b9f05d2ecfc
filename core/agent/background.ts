/**
 * Work that nobody waits for while it runs, and that has an owner all the same.
 *
 * @module
 */

/** Keeps promises from floating: what they throw is told, and the end can wait for all of them. */
export class Background {
  readonly #work = new Set<Promise<unknown>>();

  /** @param failed Gets what a piece of work throws; must not throw itself. */
  constructor(private readonly failed: (thrown: unknown) => void) {}

  /** Takes a piece of work over. What is returned never rejects. */
  spawn(work: Promise<unknown>): Promise<unknown> {
    const kept: Promise<unknown> = work.catch(this.failed).finally(() => this.#work.delete(kept));
    this.#work.add(kept);
    return kept;
  }

  /** Resolves when all that is under way now has ended. It has no deadline: whoever waits sets one. */
  async settled(): Promise<void> {
    await Promise.all(this.#work);
  }
}
