/**
 * Histories that were worth keeping: found by the simulator, made short, and played again with every change.
 *
 *     # What it is about.
 *     holds one carrier, and all runs in the end
 *     seed 7
 *     kind two-and-tie-breaker
 *     ...
 *     ----
 *     server1 failover1 is online after 24 ms.
 *
 * After `----` come the lines of the story that matter, without their times.
 */
import { parsePlan, type Plan } from "../../../core/simulation/plan.ts";
import type { Line } from "../../../core/simulation/story.ts";

/** What a history must come to. */
export type Promise = "one carrier, and all runs in the end" | "two carriers that are found, and all runs in the end";

const PROMISES: readonly Promise[] = [
  "one carrier, and all runs in the end",
  "two carriers that are found, and all runs in the end",
];

/** A history that was kept. */
export interface Kept {
  /** Comments and the promise, as they are. */
  head: string[];
  promise: Promise;
  planLines: string[];
  plan: Plan;
  told: string[];
}

const SEPARATOR = "----";

/** Reads one. */
export function parseKept(text: string): Kept {
  const lines = text.split("\n").map((line) => line.trimEnd());
  const at = lines.findIndex((line) => line.startsWith("holds "));
  const end = lines.indexOf(SEPARATOR);
  const promise = PROMISES.find((one) => lines[at] === `holds ${one}`);
  if (promise === undefined) throw new Error(`a line "holds ..." is missing; it is one of: ${PROMISES.join("; ")}`);
  const planLines = lines.slice(at + 1, end === -1 ? undefined : end).filter((line) => line !== "");
  const told = end === -1 ? [] : lines.slice(end + 1).filter((line) => line !== "");
  return { head: lines.slice(0, at + 1), promise, planLines, plan: parsePlan(planLines.join("\n")), told };
}

/** Writes one with what was really told. */
export function formatKept({ head, planLines }: Kept, told: readonly string[]): string {
  return [...head, ...planLines, SEPARATOR, ...told].join("\n") + "\n";
}

/** What decides who carries. */
const KEY: ReadonlySet<string> = new Set([
  "won",
  "permit-lost",
  "both-active",
  "released",
  "vote-given",
  "vote-held",
  "vote-returned",
  "fence-failed",
  "world",
]);

/** The lines of a story that matter. */
export function keyLines(story: readonly Line[]): string[] {
  return story.filter(({ server, reason }) => server !== "" && KEY.has(reason.code))
    .map(({ server, reason }) => `${server} ${reason.text}`);
}
