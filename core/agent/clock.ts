/** The time of one agent: a monotonic clock, and whether the machine was suspended while it stood still. */
export interface Clock {
  /** Milliseconds; never goes back. */
  nowMs(): number;
  /** Milliseconds that the machine was suspended since the last call; 0 when it was not. */
  suspendedMs(): number;
}

/** The uptime of the system is given in whole seconds, so less than this can't be told from rounding. In milliseconds. */
const MIN_SUSPENSION_MS = 2_500;

/**
 * The clock of this process. The monotonic clock stands still while a machine is suspended, the uptime of the system
 * goes on; a step of the wall clock moves neither of them.
 */
export class SystemClock implements Clock {
  #aheadMs: number;

  constructor(
    private readonly monotonicMs: () => number = () => performance.now(),
    private readonly uptimeMs: () => number = () => Deno.osUptime() * 1_000,
  ) {
    this.#aheadMs = uptimeMs() - monotonicMs();
  }

  nowMs(): number {
    return this.monotonicMs();
  }

  suspendedMs(): number {
    const aheadMs = this.uptimeMs() - this.monotonicMs();
    const gainedMs = aheadMs - this.#aheadMs;
    if (gainedMs < MIN_SUSPENSION_MS) {
      // Rounding goes both ways; the smallest lead seen is the true one.
      if (gainedMs < 0) this.#aheadMs = aheadMs;
      return 0;
    }
    this.#aheadMs = aheadMs;
    return gainedMs;
  }
}
