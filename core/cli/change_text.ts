/**
 * A change of the configuration as text.
 *
 * @module
 */
import { type Change, changeOf } from "../config/change.ts";
import type { ClusterConfig } from "../config/config.ts";

const REACH: Readonly<Record<Change["reach"], string>> = {
  nothing: "Nothing changes for the cluster: nothing starts again.",
  live: "No agent and no group starts again: the agents go on with the new file at once.",
  groups: "No agent starts again: the groups that change move once, to a server that has the new file; no other does.",
  agent: "The agents start again, one after the other, those that carry no group first; those that do move them away.",
};

/** What it takes, what has to be done before, and what speaks against it: lines. */
export function describeChange(before: ClusterConfig, after: ClusterConfig): string {
  const change = changeOf(before, after);
  const named = (what: string, names: readonly string[]) => names.length === 0 ? [] : [`${what}: ${names.join(", ")}`];
  return [
    REACH[change.reach],
    ...named("Monitors that change", change.monitors),
    ...named("Groups that change", change.groups),
    ...(change.devices
      ? ["The acknowledgement devices change: each server goes on with the new ones once it reaches them."]
      : []),
    ...named("Servers that are added (give them file and key, and start them afterwards)", change.added),
    ...named("Servers that are taken out (stop them before)", change.gone),
    ...change.down.map(({ groups, why }) => `Have to be stopped before: ${groups.join(", ")}; ${why}.`),
    ...change.warnings.map((text) => `Warning: ${text}.`),
    ...change.refusals.map((text) => `Can't be applied: ${text}.`),
  ].join("\n");
}
