/**
 * Every time the safety of the cluster depends on, derived from one knob, and the two inequalities that tie them.
 *
 * A holder may serve until `permitMs` after the *send* time of the latest heartbeat that a majority of votes confirmed.
 * When that passes it notices after at most `pauseMs` and has stopped everything after `stopMs`. A voter gives the
 * group to another only when the holder has been silent to it for `takeoverMs` on its own clock. With clocks whose
 * rates differ from true time by at most `drift`, nothing of the holder survives when
 *
 *     (permitMs + pauseMs + stopMs) * (1 + drift) / (1 - drift) <= takeoverMs                              (safety)
 *
 * and a healthy holder never loses its permit by a few lost packets when
 *
 *     intervalMs * (2 + lostHeartbeats) + roundTripMs < permitMs                                           (liveness)
 *
 * (a confirmation travels in the peer's next heartbeat, hence 2; each lost one costs one more interval).
 *
 * @module
 */

/** Times in milliseconds. */
export interface Timing {
  /**
   * Between two heartbeats to the same peer. Shorter: takeover is measured from fresher news, more packets.
   * Longer: fewer lost packets are forgiven.
   */
  intervalMs: number;
  /**
   * How long a confirmed heartbeat lets its sender serve. Shorter: a faster takeover. Longer: more lost packets and
   * slower networks are forgiven.
   */
  permitMs: number;
  /** Longest time in which the agent may not run at all (garbage collection, a stolen CPU, a short VM pause). */
  pauseMs: number;
  /** What a server without permit gets to stop its groups before the final action. */
  stopMs: number;
  /** Silence after which a voter gives a group to another server: the detection time. */
  takeoverMs: number;
}

/** The presets. `relaxed` has the guide's numbers: a heartbeat each 3 s, a time-out of 30 s. */
export const TIMING_PRESETS: Readonly<Record<"fast" | "standard" | "relaxed", Timing>> = {
  fast: { intervalMs: 200, permitMs: 1_200, pauseMs: 300, stopMs: 1_490, takeoverMs: 3_000 },
  standard: { intervalMs: 1_000, permitMs: 5_000, pauseMs: 1_000, stopMs: 3_970, takeoverMs: 10_000 },
  relaxed: { intervalMs: 3_000, permitMs: 15_000, pauseMs: 3_000, stopMs: 11_900, takeoverMs: 30_000 },
};

/**
 * Largest error of a clock's *rate* that is covered. Ten times what a free-running quartz has, hundred times what
 * chrony leaves. Offsets don't matter: no two wall clocks are ever compared.
 */
export const CLOCK_DRIFT = 0.001;

/** Heartbeats in a row that may be lost without a healthy holder losing its permit. */
export const LOST_HEARTBEATS = 2;

/** Network round trip that is forgiven on top, in milliseconds: far above anything inside one region. */
export const ROUND_TRIP_MS = 50;

/** Smallest detection time that can be asked for, in milliseconds. Below it, pauses of a healthy VM look like death. */
export const MIN_TAKEOVER_MS = 1_500;
/** Largest one. */
export const MAX_TAKEOVER_MS = 600_000;

/**
 * The timing whose detection time is `takeoverMs` (1,500 to 600,000): half of it for the permit, a tenth for a pause,
 * the rest for stopping, a heartbeat each twelfth.
 */
export function timingFor(takeoverMs: number): Timing {
  const usable = Math.floor((takeoverMs * (1 - CLOCK_DRIFT)) / (1 + CLOCK_DRIFT));
  const permitMs = Math.floor(takeoverMs / 2);
  const pauseMs = Math.floor(takeoverMs / 10);
  return {
    intervalMs: Math.max(50, Math.floor(takeoverMs / 12)),
    permitMs,
    pauseMs,
    stopMs: usable - permitMs - pauseMs,
    takeoverMs,
  };
}

/** A broken inequality: which value to change, and a sentence with the numbers. */
export interface TimingProblem {
  key: keyof Timing;
  message: string;
}

/** The smallest `takeoverMs` that is safe with the other values. */
export function safeTakeoverMs(timing: Omit<Timing, "takeoverMs">): number {
  const holderMs = timing.permitMs + timing.pauseMs + timing.stopMs;
  return Math.ceil((holderMs * (1 + CLOCK_DRIFT)) / (1 - CLOCK_DRIFT));
}

/** The largest time without a confirmation that a healthy holder can see. It must stay below `permitMs`. */
export function worstConfirmationMs(timing: Pick<Timing, "intervalMs">): number {
  return timing.intervalMs * (2 + LOST_HEARTBEATS) + ROUND_TRIP_MS;
}

/** The inequalities that `timing` breaks; empty when it is sound. */
export function checkTiming(timing: Timing): TimingProblem[] {
  const problems: TimingProblem[] = [];
  for (const key of ["intervalMs", "permitMs", "pauseMs", "stopMs", "takeoverMs"] as const) {
    if (!Number.isFinite(timing[key]) || timing[key] <= 0) {
      problems.push({ key, message: `${key} is ${timing[key]}: it must be a number of milliseconds above 0` });
    }
  }
  if (problems.length > 0) return problems;
  const safeMs = safeTakeoverMs(timing);
  if (safeMs > timing.takeoverMs) {
    problems.push({
      key: "takeoverMs",
      message: `two servers could carry at once: (permit ${timing.permitMs} ms + pause ${timing.pauseMs} ms + stop ` +
        `${timing.stopMs} ms) * ${1 + CLOCK_DRIFT} / ${
          1 - CLOCK_DRIFT
        } = ${safeMs} ms is more than the detection time ` +
        `${timing.takeoverMs} ms; a detection time of ${safeMs} ms or more would be sound`,
    });
  }
  const worstMs = worstConfirmationMs(timing);
  if (worstMs >= timing.permitMs) {
    problems.push({
      key: "permitMs",
      message: `a healthy server would lose its permit: heartbeat interval ${timing.intervalMs} ms * ` +
        `${2 + LOST_HEARTBEATS} + round trip ${ROUND_TRIP_MS} ms = ${worstMs} ms is not less than the permit ` +
        `${timing.permitMs} ms; an interval of ${
          Math.floor((timing.permitMs - ROUND_TRIP_MS - 1) / (2 + LOST_HEARTBEATS))
        } ms or less would do`,
    });
  }
  return problems;
}
