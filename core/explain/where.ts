import type { GroupView } from "../cluster/view.ts";

/**
 * Where a group is, as the asked server knows it: in a minority it can't know, and then says what it last heard.
 * `nowMs`: wall clock time of the view.
 */
export function whereIs(group: GroupView, nowMs: number): string {
  const { carrier, known, lastKnown, register } = group;
  if (carrier !== null) return `on ${carrier}`;
  if (known) return "nowhere";
  if (lastKnown !== null) {
    const until = new Date(nowMs - lastKnown.agoMs).toISOString().slice(11, 19);
    return `not known here; last known: ${lastKnown.server} until ${until} UTC`;
  }
  const { holder, won, released } = register;
  return holder !== null && won && !released ? `not known here; ${holder} had it last` : "not known here";
}
