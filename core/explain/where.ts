import type { GroupView } from "../cluster/view.ts";

/** The time of day of a wall clock time. */
export function timeOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(11, 19)} UTC`;
}

/**
 * Where a group is, as the asked server knows it: in a minority it can't know, and then says what it last heard.
 * `nowMs`: wall clock time of the view.
 */
export function whereIs(group: GroupView, nowMs: number): string {
  const { carrier, known, lastKnown, register } = group;
  if (carrier !== null) return `on ${carrier}`;
  if (known) return "nowhere";
  if (lastKnown !== null) {
    return `not known here; last known: ${lastKnown.server} until ${timeOf(nowMs - lastKnown.agoMs)}`;
  }
  const { holder, won, released } = register;
  return holder !== null && won && !released ? `not known here; ${holder} had it last` : "not known here";
}
