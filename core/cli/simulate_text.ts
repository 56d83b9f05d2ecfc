/**
 * What `baton simulate` prints.
 *
 * @module
 */
import { placeOf } from "../config/places.ts";
import type { Advice } from "../whatif/advice.ts";
import { gather, type Report } from "../whatif/report.ts";
import { adviceText, afterText, briefly, carriedByTwo, outageText, storyLines, twoText } from "../whatif/tell.ts";
import type { Style } from "./style.ts";

/** The file that advice points into. */
export interface SimulatedFile {
  /** As the user named it. */
  label: string;
  text: string;
}

/** One question: its story and what came of it. */
export function renderReport(report: Report, file: SimulatedFile, style: Style, story: boolean): string {
  const { outcome, advice } = report;
  const lines = [style.bold(report.name), ...storyLines(outcome, { all: story }).map((line) => `  ${line}`), ""];
  for (const [group, text] of outcome.startedByHand) {
    lines.push(`before: an operator started ${group}; it waited: ${text}`);
  }
  for (const group of outcome.groups) {
    lines.push(
      `${style.bold(group.group)}: carried by ${group.before.join(" and ") || "nobody"} before, by ${
        afterText(group)
      } after ${outcome.runMs / 1_000} s`,
      `  outage: ${(group.down && !group.stopped ? style.bad : style.good)(outageText(group))}`,
      `  two carriers: ${(group.two ? style.bad : style.good)(twoText(group.two))}`,
      `  decided by: ${group.decides}`,
    );
  }
  lines.push(...broken(report, style));
  const twice = carriedByTwo(outcome);
  lines.push(...advice.map((each) => `advice: ${placed(each, file)}: ${adviceText(each, twice)}`));
  return lines.join("\n");
}

/** Many questions: a table, and the advice below it. */
export function renderTable(reports: readonly Report[], file: SimulatedFile, style: Style): string {
  const { common, numbers } = gather(reports);
  const groups = reports.some(({ outcome }) => outcome.groups.length > 1);
  const head = ["question", ...(groups ? ["group"] : []), "outage", "afterwards", "two carriers", "advice"];
  const rows = reports.flatMap((report, index) =>
    report.outcome.groups.map((group, nth) => ({
      report,
      group,
      cells: [
        nth === 0 ? report.name : "",
        ...(groups ? [group.group] : []),
        outageText(group),
        afterText(group),
        twoText(group.two),
        nth === 0 ? (numbers[index] ?? []).map((number) => `[${number}]`).join("") : "",
      ],
    }))
  );
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map(({ cells }) => (cells[column] ?? "").length))
  );
  const row = (cells: readonly string[]) =>
    cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd();
  const lines = [style.bold(row(head))];
  for (const { report, group, cells } of rows) {
    const bad = group.two !== null || (group.down && !group.stopped);
    lines.push(bad ? style.warn(row(cells)) : row(cells), style.dim(`  ${group.decides}`), ...broken(report, style));
  }
  for (const [index, advice] of common.entries()) {
    lines.push("", `[${index + 1}] ${placed(advice, file)}: ${advice.text}`);
    for (const { label, tried } of advice.changes) {
      lines.push(`    ${label}:`);
      for (const { name, outcome, twice } of tried) lines.push(`      ${name}: ${briefly(outcome, twice)}`);
    }
  }
  return lines.join("\n");
}

/** Everything as data. */
export function reportData(report: Report, file: SimulatedFile, story: boolean): Record<string, unknown> {
  const { name, question, outcome, advice, failed } = report;
  return {
    name,
    failed,
    faults: question.faults,
    ...(question.healMs === undefined ? {} : { healMs: question.healMs }),
    runMs: outcome.runMs,
    startedByHand: Object.fromEntries(outcome.startedByHand),
    groups: outcome.groups,
    off: outcome.off,
    broken: outcome.broken,
    ...(story ? { story: outcome.story.map(({ ms, server, reason }) => ({ ms, server, ...reason })) } : {}),
    advice: advice.map(({ keyPath, near, text, tried }) => ({
      file: file.label,
      line: placeOf(file.text, keyPath, near).line,
      keyPath,
      text,
      tried: tried.map(({ label, outcome: { groups } }) => ({
        label,
        groups: groups.map(({ group, outageMs, down, after, two }) => ({ group, outageMs, down, after, two })),
      })),
    })),
  };
}

/** `cluster.yaml:23: groups.failover1.failover`, or where it would stand. */
function placed({ keyPath, near }: Pick<Advice, "keyPath" | "near">, file: SimulatedFile): string {
  const place = placeOf(file.text, keyPath, near);
  const key = keyPath.join(".");
  return `${file.label}:${place.line}: ${key}${place.keyPath === key ? "" : " (not in the file yet)"}`;
}

function broken({ outcome }: Report, style: Style): string[] {
  return outcome.broken.map((text) => style.bad(`A promise of the engine does not hold: ${text}.`));
}
