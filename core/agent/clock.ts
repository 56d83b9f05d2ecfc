/** The time of one agent: a monotonic clock, and whether the machine was suspended while it stood still. */
export interface Clock {
  /** Milliseconds; never goes back. */
  nowMs(): number;
  /**
   * Milliseconds since the last call that the clock has not shown, because the machine was suspended or the clock of the
   * system went back; 0 when there were none.
   */
  suspendedMs(): number;
}

/** The uptime of the system, in milliseconds, and how coarse it is. */
export interface Uptime {
  nowMs(): number;
  /** Less than this can't be told from rounding. In milliseconds. */
  noiseMs: number;
}

/** Two readings that are further apart than this were not made together. In milliseconds. */
const MAX_APART_MS = 20;
const MAX_READINGS = 3;

/**
 * The clock of this process. The monotonic clock stands still while a machine is suspended, the uptime of the system
 * goes on; a step of the wall clock moves neither of them.
 */
export class SystemClock implements Clock {
  #latestMs: number;
  /** What is added to the monotonic clock, which has gone back by so much: this one goes on where it was. */
  #addedMs = 0;
  /** How far it has gone back since {@linkcode SystemClock.suspendedMs} was asked last. */
  #lostMs = 0;
  /** How far the uptime was ahead of the monotonic clock at the latest reading. */
  #aheadMs: number;

  constructor(
    private readonly monotonicMs: () => number = () => performance.now(),
    private readonly uptime: Uptime = systemUptime(),
  ) {
    this.#latestMs = monotonicMs();
    this.#aheadMs = this.#ahead() ?? uptime.nowMs() - monotonicMs();
  }

  nowMs(): number {
    const readMs = this.monotonicMs();
    // Some hypervisors let it go back when they move a machine. How much real time that hides nobody knows.
    const backMs = this.#latestMs - (readMs + this.#addedMs);
    if (backMs > 0) {
      this.#addedMs += backMs;
      this.#lostMs += backMs;
    }
    return this.#latestMs = readMs + this.#addedMs;
  }

  suspendedMs(): number {
    this.nowMs();
    const lostMs = this.#lostMs;
    this.#lostMs = 0;
    return Math.max(this.#behindMs(), lostMs);
  }

  /** What the uptime has gained on the monotonic clock since the latest reading, unless that is rounding. */
  #behindMs(): number {
    const aheadMs = this.#ahead();
    if (aheadMs === undefined) return 0;
    // From one reading to the next, so that a slow drift between the two clocks never adds up to a suspension.
    const gainedMs = aheadMs - this.#aheadMs;
    this.#aheadMs = aheadMs;
    return gainedMs < this.uptime.noiseMs ? 0 : gainedMs;
  }

  /** Undefined when this process was held up between the readings each time, or there is no uptime to read. */
  #ahead(): number | undefined {
    for (let readings = 0; readings < MAX_READINGS; readings++) {
      const beforeMs = this.monotonicMs();
      const uptimeMs = this.uptime.nowMs();
      if (Number.isFinite(uptimeMs) && this.monotonicMs() - beforeMs <= MAX_APART_MS) return uptimeMs - beforeMs;
    }
    return undefined;
  }
}

/**
 * The uptime of this machine. Linux gives it in hundredths of a second; a suspension that lasts longer than the pause
 * that the timing covers must not pass for rounding. The whole seconds of other systems are all there is.
 */
function systemUptime(): Uptime {
  const readMs = () => {
    try {
      return Number.parseFloat(Deno.readTextFileSync("/proc/uptime")) * 1_000;
    } catch {
      return NaN;
    }
  };
  if (Deno.build.os === "linux" && Number.isFinite(readMs())) return { nowMs: readMs, noiseMs: 100 };
  return { nowMs: () => Deno.osUptime() * 1_000, noiseMs: 2_500 };
}
