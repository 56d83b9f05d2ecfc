/**
 * Who reaches a service beside the servers.
 *
 * @module
 */

/** A service that each server reaches, or does not. */
export class Reach {
  readonly #unreached = new Set<string>();

  /** Whether `server` reaches it from now on. */
  reach(server: string, reached: boolean): void {
    if (reached) this.#unreached.delete(server);
    else this.#unreached.add(server);
  }

  /** Everybody reaches it. */
  heal(): void {
    this.#unreached.clear();
  }

  /** Whether `server` reaches it. */
  reachedBy(server: string): boolean {
    return !this.#unreached.has(server);
  }
}
