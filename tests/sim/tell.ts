/** The story of a history for people: what was done, what happened to machines, what engines said. */
import type { Line } from "../../core/simulation/story.ts";

/** What engines say again and again, and what no violation was ever about. */
const CHATTER: ReadonlySet<string> = new Set(["started", "peer-heard", "swept", "activated", "deactivated", "refused"]);

/** Lines of the story, times in seconds before or after `zeroMs`. `all`: also what is said again and again. */
export function tell(story: readonly Line[], { zeroMs = 0, all = false } = {}): string[] {
  return story.filter(({ reason }) => all || !CHATTER.has(reason.code)).map(({ ms, server, reason }) => {
    const seconds = ((ms - zeroMs) / 1_000).toFixed(3).padStart(9);
    const mark = reason.level === "info" ? " " : reason.level === "warning" ? "!" : "!!";
    return `${seconds} ${server.padEnd(8)} ${mark.padEnd(2)} ${reason.text}`;
  });
}
