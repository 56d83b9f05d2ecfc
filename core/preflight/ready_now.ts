/**
 * Whether a server could take a group now: what its latest preflight has foreseen, and what is heard of it since. A
 * preflight of a server that is dead, cut off or resting by now says nothing of a takeover.
 *
 * @module
 */
import type { GroupView } from "../cluster/view.ts";
import type { Readiness } from "./report.ts";

/** `ageMs`: how old the preflight is; null when there is none. `group`: as the engine of the asked server sees it. */
export function readyNow(foreseen: Readiness, group: GroupView | undefined, ageMs: number | null): Readiness {
  const { server, ready, message } = foreseen;
  const aged = ageMs === null ? foreseen : { ...foreseen, message: `${message} (looked ${ago(ageMs)} ago)` };
  const now = group?.servers.find(({ name }) => name === server);
  if (ready === false || group === undefined || now === undefined) return aged;
  if (group.carrier === server) return { ...aged, message: `${server} carries ${group.name}; ${aged.message}` };
  if (now.ready) return aged;
  return {
    ...aged,
    ready: false,
    message: `${server} could not take ${group.name} now: it ${now.why ?? "is not ready"}`,
  };
}

/** An age in the unit that people would use. */
function ago(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 2 * 3_600) return `${Math.round(seconds / 60)} min`;
  return seconds < 2 * 86_400 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} d`;
}
