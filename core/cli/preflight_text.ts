/**
 * What preflights found, as text.
 *
 * @module
 */
import { shownCode } from "../cluster/numbered.ts";
import type { FindingStatus } from "../plugin/finding.ts";
import { type PreflightReport, type Readiness, type ReportedFinding, worstOf } from "../preflight/report.ts";
import type { Style } from "./style.ts";

/** One line for each finding, the worst first, and a line with the sum. */
export function renderReport(report: PreflightReport, style: Style): string[] {
  const { server, findings, elapsedMs, at } = report;
  const count = (status: FindingStatus) => findings.filter((finding) => finding.status === status).length;
  const sum = (["error", "unknown", "warning", "ok"] as const).filter((status) => count(status) > 0)
    .map((status) => `${count(status)} ${status}`).join(", ");
  return [
    `${style.bold(server)}: ${sum || "nothing to look at"} (${at.slice(0, 19).replace("T", " ")} UTC, ${elapsedMs} ms)`,
    ...findings.map((finding) => renderFinding(finding, style)),
  ];
}

/** The status, the number that `baton explain` takes, what it is about, what was seen, what to do. */
export function renderFinding({ status, code, subject, message, remedy }: ReportedFinding, style: Style): string {
  const shown = shownCode(status, code);
  const number = shown === undefined ? "" : `${shown} : `;
  const todo = remedy === "" ? "" : `; ${remedy}`;
  return `  ${colour(status, style)(status.padEnd(7))} ${subject}: ${number}${message}${todo}`;
}

/** Whether each server is ready to take each group. */
export function renderReadiness(readiness: readonly Readiness[], style: Style): string[] {
  return readiness.map(({ ready, message }) => {
    const show = ready === null ? style.warn : ready ? style.good : style.bad;
    return `  ${show((ready === null ? "unknown" : ready ? "ready" : "fails").padEnd(8))} ${message}`;
  });
}

/** 0: all is well. 1: something may bite, or could not be found out. 2: something would fail. */
export function exitStatus(reports: readonly PreflightReport[]): 0 | 1 | 2 {
  const worst = worstOf(reports.flatMap(({ findings }) => findings));
  return worst === "ok" ? 0 : worst === "error" ? 2 : 1;
}

function colour(status: FindingStatus, style: Style): (text: string) => string {
  return status === "ok" ? style.good : status === "error" ? style.bad : style.warn;
}
