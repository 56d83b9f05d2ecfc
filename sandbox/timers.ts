/** Timers of calls that take effect later; none survives the sandbox. */
export class Timers {
  readonly #pending = new Map<ReturnType<typeof setTimeout>, () => void>();

  /** Resolves with true after `ms` milliseconds, with false when the sandbox closes before. */
  wait(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#pending.delete(timer);
        resolve(true);
      }, ms);
      this.#pending.set(timer, () => resolve(false));
    });
  }

  /** Ends all waits. */
  clear(): void {
    for (const [timer, end] of this.#pending) {
      clearTimeout(timer);
      end();
    }
    this.#pending.clear();
  }
}
