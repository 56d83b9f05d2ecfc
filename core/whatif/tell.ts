/**
 * Outcomes in words.
 *
 * @module
 */
import { list } from "../cluster/reasons.ts";
import type { Line } from "../simulation/story.ts";
import type { Advice } from "./advice.ts";
import type { GroupOutcome, Outcome, TwoCarriers } from "./outcome.ts";

/** What engines say on the way, and what is in a later sentence anyway. */
const CHATTER: ReadonlySet<Line["reason"]["code"]> = new Set([
  "started",
  "peer-heard",
  "swept",
  "claim",
  "granted",
  "refused",
  "activating",
  "activated",
  "deactivated",
  "witness-reached",
  "device-reached",
]);

const MARKS = { info: " ", warning: "!", error: "!!" } as const;

/** A time for people: `9.8 s`, below a tenth of a second `31 ms`. */
function seconds(ms: number): string {
  return ms < 100 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

/** The story, a line each: seconds since the beginning, server, sentence. `all`: also what is only chatter. */
export function storyLines({ story }: Outcome, { all = false }: { all?: boolean } = {}): string[] {
  const told = story.filter(({ reason }) => all || !CHATTER.has(reason.code));
  const width = Math.max(0, ...told.map(({ server }) => server.length));
  return told.map(({ ms, server, reason }) =>
    `${(ms / 1_000).toFixed(3).padStart(9)} ${server.padEnd(width)} ${MARKS[reason.level].padEnd(2)} ${reason.text}`
  );
}

/** How long a group was not served. */
export function outageText({ outages, outageMs, down, stopped, before }: GroupOutcome): string {
  if (stopped && down) return "stopped";
  if (down) {
    const sinceMs = outages.at(-1)?.fromMs ?? 0;
    return before.length === 0 && sinceMs <= 0 ? "never up" : `down from ${seconds(sinceMs)} on`;
  }
  if (outages.length === 0) return "none";
  const parts = outages.map(({ fromMs, untilMs }) => seconds((untilMs ?? fromMs) - fromMs));
  return parts.length === 1 ? parts[0]! : `${seconds(outageMs)} (${parts.join(" + ")})`;
}

/** Who serves it at the end. */
export function afterText({ after }: GroupOutcome): string {
  return after.length === 0 ? "nobody" : list(after);
}

/** Whether two could carry, and why. */
export function twoText(two: TwoCarriers | null): string {
  if (two === null) return "never";
  const how = two.untilMs === null ? `from ${seconds(two.fromMs)} on` : `for ${seconds(two.totalMs)}`;
  const why = two.why === "standstill" ? `${seconds(two.stillMs)} of it standing still` : two.why;
  return `${how} (${why})`;
}

/** Groups that two carried. */
export function carriedByTwo({ groups }: Outcome): string[] {
  return groups.filter(({ two }) => two !== null).map(({ group }) => group);
}

/** The whole outcome in a few words; of the groups in `twice` also that two never carried them. */
export function briefly({ groups }: Outcome, twice: readonly string[] = []): string {
  return groups.map((group) => {
    const outage = outageText(group);
    const text = outage === "none" ? "no outage" : group.down ? outage : `outage ${outage}`;
    const two = group.two
      ? `, two carriers ${twoText(group.two)}`
      : twice.includes(group.group)
      ? ", never two carriers"
      : "";
    return `${groups.length === 1 ? "" : `${group.group} `}${text}${two}`;
  }).join(", ");
}

/** An advice after its place: what is wrong, and what each change would have led to. */
export function adviceText({ text, tried }: Advice, twice: readonly string[] = []): string {
  const changes = tried.map(({ label, outcome }) => `${label}: ${briefly(outcome, twice)}`);
  return [text, ...changes].join("; ");
}
