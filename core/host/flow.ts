/** Counts what comes in, up to a limit for each stretch of time. */
export class Flow {
  #untilMs = 0;
  #sum = 0;

  constructor(private readonly limit: number, private readonly stretchMs: number) {}

  /** False when it is more than the limit in this stretch. */
  take(amount: number): boolean {
    const nowMs = performance.now();
    if (nowMs >= this.#untilMs) {
      this.#untilMs = nowMs + this.stretchMs;
      this.#sum = 0;
    }
    this.#sum += amount;
    return this.#sum <= this.limit;
  }
}
