/**
 * The exit statuses of OCF agents.
 *
 * @module
 */

import type { ExecResult } from "../../core/os/os.ts";
import { couldNotLook, lastLine } from "../program_verdict.ts";

/** The statuses that the standard names. */
export const OCF = {
  success: 0,
  generic: 1,
  notRunning: 7,
  runningPromoted: 8,
  failedPromoted: 9,
  degraded: 190,
  degradedPromoted: 191,
} as const;

const WORDS: Readonly<Record<number, string>> = {
  0: "success",
  1: "generic error",
  2: "invalid argument",
  3: "unimplemented action",
  4: "insufficient rights",
  5: "not installed",
  6: "not configured",
  7: "not running",
  8: "running as the promoted one",
  9: "failed as the promoted one",
  190: "degraded",
  191: "degraded as the promoted one",
};

/** What a status means, in words. */
export function ocfWords(status: number): string {
  return WORDS[status] ?? `status ${status}, which the standard does not know`;
}

/**
 * Whether the agent could not do its work here, which says nothing about the thing that it manages: it says so itself, or
 * a shell or the kernel does.
 */
export function ocfUnable(status: number): boolean {
  return (status >= 2 && status <= 6) || couldNotLook(status);
}

/** Agents begin the line that explains a failure with this; what follows it is only a log. */
const REASON = /^ocf-exit-reason:\s*(.+)$/gm;

/** Why an agent ended as it did: its own reason, else the last thing it said. */
export function ocfReason(result: ExecResult): string | undefined {
  return [...result.stderr.matchAll(REASON)].at(-1)?.[1]?.trim().slice(0, 300) ?? lastLine(result);
}
