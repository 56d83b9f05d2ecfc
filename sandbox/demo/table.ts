import type { Step } from "./story.ts";

/** Less than that is no machine that was late. In milliseconds. */
const WORTH_TELLING_MS = 100;

/** The steps as a table. */
export function table(steps: readonly Step[]): string {
  const rows = [
    ["cluster", "step", "held", "took", "at most", "machine late", "clients waited", "carrier", "epoch"],
    ...steps.map((step) => [
      step.topology,
      step.name,
      step.ok ? "yes" : "NO",
      `${step.milliseconds} ms`,
      `${step.limitMs} ms`,
      step.lateMs >= WORTH_TELLING_MS ? `${step.lateMs} ms` : "-",
      step.outageMs > 0 ? `${step.outageMs} ms` : "-",
      step.carrier ?? "-",
      String(step.epoch),
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ").trimEnd());
  lines.splice(1, 0, widths.map((width) => "-".repeat(width)).join("  "));
  return lines.map((line) => `  ${line}`).join("\n");
}
