/**
 * What a program that checks something has found out.
 *
 * @module
 */
import type { ExecResult } from "../core/os/os.ts";
import type { OptionSpecs } from "../core/plugin/options.ts";
import { normal, type Verdict } from "../core/plugin/verdict.ts";
import { Fault, FAULT_CODES } from "../core/plugin/fault.ts";
import { parseReport } from "./program_report.ts";

/** Exit statuses that mean something else than they do by default. */
export interface StatusLists {
  normal?: number[];
  warning?: number[];
  unknown?: number[];
}

const LISTS = ["normal", "warning", "unknown"] as const satisfies readonly (keyof StatusLists)[];

/** The declaration of {@linkcode StatusLists}. */
export const STATUS_OPTIONS: OptionSpecs = Object.fromEntries(
  Object.entries({
    normal: "exit statuses of a check that are normal; default: 0",
    warning: "exit statuses of a check that are a warning; default: none",
    unknown: "exit statuses of a check that found nothing out; default: 126, 127, and 128 + N where signal N ended it",
  }).map(([name, description]) => [name, { type: "integers", min: 0, max: 255, description }]),
);

/** What is wrong with the lists, one sentence each. */
export function statusProblems(lists: StatusLists): string[] {
  const all = LISTS.flatMap((list) => (lists[list] ?? []).map((status) => ({ list, status })));
  return all.flatMap(({ list, status }, index) => {
    const other = all.slice(0, index).find((each) => each.status === status);
    if (other === undefined) return [];
    const where = other.list === list ? `twice in ${list}` : `in ${other.list} and in ${list}`;
    return [`the exit status ${status} stands ${where}: leave it in one place`];
  });
}

/**
 * Whether a program can't have looked: a shell says 127 of one that is not there and 126 of one that may not be executed,
 * and whoever is ended by a signal (the kernel without memory sends 9) comes to no result, itself or below a shell. That
 * says nothing of what it should have looked at.
 */
export function couldNotLook(status: number): boolean {
  return status === 126 || status === 127 || (status > 128 && status <= 128 + LAST_SIGNAL);
}

/** The last of the signals that Linux has. */
const LAST_SIGNAL = 64;

/**
 * The status of the exit counts: 0 is normal, what {@linkcode couldNotLook} unknown, all else an error, if `lists` don't
 * say otherwise. A report can explain it and, when the exit was normal, make it worse: a program that failed after it had
 * printed "normal" is not normal.
 */
export function programVerdict(program: string, result: ExecResult, lists: StatusLists = {}): Verdict {
  const listed = LISTS.find((list) => lists[list]?.includes(result.status));
  const exit = listed ?? (result.status === 0 ? "normal" : couldNotLook(result.status) ? "unknown" : "error");
  const report = parseReport(result.stdout);
  const status = exit === "normal" ? report?.status ?? exit : exit;
  const message = report?.message ?? lastLine(result) ?? `${program} ${howItEnded(result.status)}`;
  if (status === "normal") return normal(message, report?.measurements);
  return {
    status,
    message,
    // Without a number of its own, the exit status is the best there is.
    code: report?.code ??
      (listed === undefined && status === "unknown" ? FAULT_CODES.internal : Math.max(1, result.status)),
    ...(report?.measurements === undefined ? {} : { measurements: report.measurements }),
  };
}

/** How a program has ended, in words. */
function howItEnded(status: number): string {
  return couldNotLook(status) && status > 128
    ? `was ended by signal ${status - 128} (status ${status})`
    : `ended with status ${status}`;
}

/** The last thing a program said, cut to 300 characters; undefined when it said nothing. */
export function lastLine({ stdout, stderr }: ExecResult): string | undefined {
  const line = (stderr.trim() || stdout.trim()).split("\n").at(-1)?.trim();
  return line ? line.slice(0, 300) : undefined;
}

/** Throws when a program that starts or stops something did not end with status 0. */
export function assertEndedWell(verb: string, program: string, result: ExecResult): void {
  if (result.status === 0) return;
  const said = lastLine(result) ?? "it said nothing";
  throw new Fault(FAULT_CODES.program, `${verb}: ${program} ended with status ${result.status}: ${said}`, {
    remedy: "run it by hand to see why",
  });
}
