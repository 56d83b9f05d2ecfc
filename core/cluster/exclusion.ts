/**
 * Exclusion rules: groups that are better apart (`normal`), or must be (`absolute`), as the guide's product has them.
 * With a normal rule two of them share a server only while no other server could take one.
 *
 * @module
 */
import type { GroupRun } from "./group.ts";
import { list } from "./reasons.ts";
import type { ExclusionSpec } from "./spec.ts";

/** What stands between a group and a server, as the end of a sentence that starts with the server's name. */
export interface Exclusion {
  /** It must not be carried there. */
  forbidden?: string;
  /** It should rather be carried elsewhere. */
  crowded?: string;
}

/** What the groups on this server mean for `run`. One that is on its way here counts. */
export function exclusionOf(
  run: GroupRun,
  groups: readonly GroupRun[],
  rules: readonly ExclusionSpec[] | undefined,
): Exclusion {
  const exclusion: Exclusion = {};
  for (const rule of rules ?? []) {
    if (!rule.groups.includes(run.name)) continue;
    const here = groups.filter((other) =>
      other !== run && rule.groups.includes(other.name) && other.phase !== "offline" && other.phase !== "sweeping"
    );
    if (here.length === 0) continue;
    const carries = `carries ${list(here.map(({ name }) => name))}`;
    if (rule.kind === "absolute") exclusion.forbidden ??= `${carries}, which excludes ${run.name} (rule ${rule.name})`;
    else exclusion.crowded ??= `${carries} (rule ${rule.name})`;
  }
  return exclusion;
}
