/** So many in a second on average, and so many at once. What is beyond it is refused, and costs nothing but the question. */
export class Allowance {
  #left: number;
  #latestMs = -Infinity;

  constructor(private readonly perSecond: number, private readonly atOnce: number) {
    this.#left = atOnce;
  }

  /** Takes one, if there is one. `nowMs` never goes back. */
  take(nowMs: number): boolean {
    this.#left = Math.min(this.atOnce, this.#left + (nowMs - this.#latestMs) / 1_000 * this.perSecond);
    this.#latestMs = nowMs;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
