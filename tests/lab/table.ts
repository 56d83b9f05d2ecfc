import type { Row } from "./trial.ts";

/** The rows as a table, in the order in which they came; several runs of one fault as one row of medians. */
export function table(rows: readonly Row[]): string {
  return aligned([
    [
      "system",
      "fault",
      "who carried when (s)",
      "outage",
      "other answers",
      "two answer",
      "two carry",
      "left behind",
      "ok",
    ],
    ...grouped(rows).map(cellsOf),
  ]);
}

/** Cells as a table, the first row on top; every column as wide as it needs. */
export function aligned(cells: readonly (readonly string[])[]): string {
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const lines = cells.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`);
  lines.splice(1, 0, `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`);
  return lines.join("\n");
}

function grouped(rows: readonly Row[]): Row[][] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = `${row.system} ${row.fault}`;
    groups.set(key, [...groups.get(key) ?? [], row]);
  }
  return [...groups.values()];
}

function cellsOf(rows: Row[]): string[] {
  const [first] = rows as [Row];
  const left = [...new Set(rows.flatMap(({ leftovers }) => leftovers))];
  const held = rows.every(({ problems }) => problems.length === 0);
  return [
    first.system,
    first.fault,
    first.carried,
    spread(rows.map(({ outageMs }) => outageMs)),
    spread(rows.map(({ otherMs }) => otherMs)),
    spread(rows.map(({ twoAnsweredMs }) => twoAnsweredMs)),
    spread(rows.map(({ twoCarriedMs }) => twoCarriedMs)),
    left.join("; ") || "nothing",
    !held ? "NO" : first.expected === "splits" ? "as documented" : "yes",
  ];
}

/** One value, or the median with the least and the most. */
function spread(values: readonly (number | null)[]): string {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  const middle = known[Math.floor((known.length - 1) / 2)];
  if (middle === undefined) return "-";
  return known.length === 1 ? `${middle} ms` : `${middle} ms (${known[0]}-${known.at(-1)})`;
}
