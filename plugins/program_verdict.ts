/**
 * What a program that checks something has found out.
 *
 * @module
 */
import type { ExecResult } from "../core/os/os.ts";
import { normal, type Verdict } from "../core/plugin/verdict.ts";
import { Fault, FAULT_CODES } from "../core/plugin/fault.ts";
import { parseReport } from "./program_report.ts";

const STATUSES: Readonly<Record<number, Verdict["status"]>> = { 0: "normal", 1: "warning", 2: "error", 3: "unknown" };

/**
 * The status of the exit counts. A report can explain it and, when the exit was 0, make it worse: a program that failed
 * after it had printed "normal" is not normal.
 */
export function programVerdict(program: string, result: ExecResult): Verdict {
  const exit = STATUSES[result.status] ?? "error";
  const report = parseReport(result.stdout);
  const status = exit === "normal" ? report?.status ?? exit : exit;
  const message = report?.message ?? lastLine(result) ?? `${program} ended with status ${result.status}`;
  if (status === "normal") return normal(message, report?.measurements);
  return {
    status,
    message,
    // Without a number of its own, the exit status is the best there is.
    code: report?.code ?? Math.max(1, result.status),
    ...(report?.measurements === undefined ? {} : { measurements: report.measurements }),
  };
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
