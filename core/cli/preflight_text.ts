/**
 * What preflights found, as text.
 *
 * @module
 */
import { numbered, shownCode } from "../cluster/numbered.ts";
import type { FindingStatus } from "../plugin/finding.ts";
import { type PreflightReport, type Readiness, type ReportedFinding, worstOf } from "../preflight/report.ts";
import type { Style } from "./style.ts";

/** A report that is older was not made for who asks now. In milliseconds. */
const CACHED_MS = 2_000;

/**
 * One line for each finding, the worst first, and a line with the sum. `nowMs`: wall clock time; how old a report is shows
 * when it was there already.
 */
export function renderReport(report: PreflightReport, style: Style, nowMs = Date.now()): string[] {
  const { server, findings, elapsedMs, at } = report;
  const count = (status: FindingStatus) => findings.filter((finding) => finding.status === status).length;
  const sum = (["error", "unknown", "warning", "ok"] as const).filter((status) => count(status) > 0)
    .map((status) => `${count(status)} ${status}`).join(", ");
  const ageMs = nowMs - Date.parse(at);
  const aged = ageMs < CACHED_MS ? "" : `; looked ${Math.round(ageMs / 1_000)} s ago`;
  return [
    `${style.bold(server)}: ${sum || "nothing to look at"} (${
      at.slice(0, 19).replace("T", " ")
    } UTC, ${elapsedMs} ms${aged})`,
    ...findings.map((finding) => renderFinding(finding, style)),
  ];
}

/** The status, the number that `baton explain` takes, what it is about, what was seen, what to do. */
function renderFinding({ status, code, subject, message, remedy }: ReportedFinding, style: Style): string {
  const shown = shownCode(status, code);
  const said = `${message}${remedy === "" ? "" : `; ${remedy}`}`;
  return `  ${colour(status, style)(status.padEnd(8))} ${subject}: ${
    shown === undefined ? said : numbered(shown, said)
  }`;
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
