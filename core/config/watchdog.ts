/**
 * `watchdog`: a device that resets the machine when the agent no longer watches its permits.
 *
 * It is fed in the very step that looks at the permits, as long as all of them last. So the reset comes at the latest
 * `timeout` after the end of a permit, plus one step, and nothing survives it when
 *
 *     (permit + timeout + feeding interval) * (1 + drift) / (1 - drift) <= detection                       (safety)
 *
 * and a pause that the other times forgive does not reset a healthy server when
 *
 *     feeding interval + pause < timeout                                                                  (liveness)
 *
 * @module
 */
import { CLOCK_DRIFT, type Timing } from "../cluster/timing.ts";
import { FAULT_CODES } from "../plugin/fault.ts";
import type { WatchdogConfig } from "./config.ts";
import type { FileContext } from "./context.ts";
import type { Cursor } from "./document.ts";
import { duration } from "./durations.ts";
import { readSection } from "./shape/read.ts";
import type { SectionShape, ShapeKeys } from "./shape/shape.ts";

const KEYS = {
  device: {
    type: "string",
    default: "/dev/watchdog",
    pattern: { test: /^\/dev\/watchdog\d*$/, expected: "/dev/watchdog, or /dev/watchdog0, /dev/watchdog1 ..." },
    description: "the device; Linux only",
  },
  timeout: {
    type: "duration",
    required: true,
    min: 1_000,
    max: 300_000,
    description: "unfed for so long, it resets the machine; whole seconds",
  },
  required: {
    type: "boolean",
    default: true,
    description: "true: without the device the agent does not start; false: it only warns",
  },
} as const satisfies ShapeKeys;

export const WATCHDOG_SHAPE: SectionShape<typeof KEYS> = {
  form: "section",
  description: "a device that resets the machine when the agent no longer watches over its groups",
  keys: KEYS,
};

/** Reads `watchdog`. */
export function readWatchdog(
  at: Cursor | undefined,
  timing: Timing,
  context: FileContext,
): WatchdogConfig | undefined {
  if (at === undefined) return undefined;
  const { values, written } = readSection(at, WATCHDOG_SHAPE, context);
  const { device, timeout: timeoutMs, required } = values;
  if (timeoutMs === undefined) return undefined;
  const { place } = written.get("timeout") ?? at;
  if (timeoutMs % 1_000 !== 0) {
    context.problems.add(place, `is ${duration(timeoutMs)}: watchdog devices count whole seconds`);
  }
  for (const problem of watchdogProblems(timing, timeoutMs)) {
    context.problems.add(place, problem, FAULT_CODES.fileTimes);
  }
  return { device, timeoutMs, required };
}

/** How often a device is fed: four times in its timeout, and twice in a pause that is forgiven. In milliseconds. */
export function feedEveryMs(timing: Timing, timeoutMs: number): number {
  return Math.max(1, Math.floor(Math.min(timeoutMs / 4, timing.pauseMs / 2)));
}

/** How long after the end of a permit a reset may come, on this server's clock. In milliseconds. */
export function resetWithinMs({ takeoverMs, permitMs }: Timing): number {
  return Math.floor((takeoverMs * (1 - CLOCK_DRIFT)) / (1 + CLOCK_DRIFT)) - permitMs;
}

/** The inequalities that a device with this timeout breaks, each a sentence with its numbers. */
export function watchdogProblems(timing: Timing, timeoutMs: number): string[] {
  const problems: string[] = [];
  const everyMs = feedEveryMs(timing, timeoutMs);
  const sum = safetyMs(timing, timeoutMs);
  if (sum > timing.takeoverMs) {
    problems.push(
      `the reset would come too late: ${safety(timing, timeoutMs)} = ${
        duration(sum)
      } is more than the detection time ` +
        `${duration(timing.takeoverMs)}; ${remedy(timing)}`,
    );
  }
  if (everyMs + timing.pauseMs >= timeoutMs) {
    problems.push(
      `a healthy server would be reset: feeding interval ${duration(everyMs)} + pause ${duration(timing.pauseMs)} = ` +
        `${duration(everyMs + timing.pauseMs)} is not less than the timeout ${duration(timeoutMs)}; ${remedy(timing)}`,
    );
  }
  return problems;
}

/** The line that `check` prints. */
export function describeWatchdog(timing: Timing, { device, timeoutMs }: WatchdogConfig): string {
  return `watchdog ${device}: ${safety(timing, timeoutMs)} = ${duration(safetyMs(timing, timeoutMs))} <= detection ` +
    `${duration(timing.takeoverMs)}; fed every ${duration(feedEveryMs(timing, timeoutMs))}`;
}

function safetyMs(timing: Timing, timeoutMs: number): number {
  const wholeMs = timing.permitMs + timeoutMs + feedEveryMs(timing, timeoutMs);
  return Math.ceil((wholeMs * (1 + CLOCK_DRIFT)) / (1 - CLOCK_DRIFT));
}

function safety(timing: Timing, timeoutMs: number): string {
  return `(permit ${duration(timing.permitMs)} + watchdog timeout ${duration(timeoutMs)} + feeding interval ` +
    `${duration(feedEveryMs(timing, timeoutMs))}) * ${1 + CLOCK_DRIFT} / ${1 - CLOCK_DRIFT}`;
}

/** The timeouts that would do; there may be none. */
function remedy(timing: Timing): string {
  const sound: number[] = [];
  for (let seconds = 1; seconds <= timing.takeoverMs / 1_000; seconds++) {
    const ms = seconds * 1_000;
    const late = safetyMs(timing, ms) > timing.takeoverMs;
    if (!late && feedEveryMs(timing, ms) + timing.pauseMs < ms) sound.push(seconds);
  }
  const [least] = sound;
  if (least === undefined) return "no whole second would do: raise the detection time or lower the permit";
  const most = sound.at(-1);
  return least === most ? `${least} s would do` : `${least} s to ${most} s would do`;
}
