/**
 * An agent that runs goes on with another `cluster.yaml`: other monitors and rules, other acknowledgement devices, groups
 * that were not there, other options of groups that are down here. What it can't take up in this way is told apart in
 * `core/config/change.ts`.
 *
 * @module
 */
import type { Event } from "../cluster/events.ts";
import { changeOf } from "../config/change.ts";
import type { ClusterConfig, GroupConfig, MonitorConfig } from "../config/config.ts";
import { toSpec } from "../config/spec.ts";
import type { Devices } from "./devices.ts";
import type { Monitors } from "./monitors.ts";

/** What it does it with. */
export interface GoOnParts {
  /** Reads the file again, with plugins that can be called for as long as the agent runs. */
  load(path: string): Promise<ClusterConfig>;
  monitors: Pick<Monitors, "add" | "change" | "remove">;
  devices: Pick<Devices, "others">;
  handle(event: Event): void;
  /** Groups of which nothing is up on this server. */
  down(): readonly string[];
  /** A group that was not there before: its orders can be carried out from now on. */
  addGroup(group: GroupConfig): void;
  /** The engine knows it now: what may be left of it is to be removed. */
  welcome(group: string): void;
  /** A group that is down here is activated with other options from now on. */
  changeGroup(group: GroupConfig): void;
  /** The agent runs this configuration now. */
  changed(config: ClusterConfig): void;
  signal: AbortSignal;
}

/** Goes on with `after`. Rejects with a sentence when that can't be done now; then nothing has changed. */
export async function goOn(before: ClusterConfig, after: ClusterConfig, parts: GoOnParts): Promise<ClusterConfig> {
  const read = await parts.load(after.path);
  if (read.digest !== after.digest) throw new Error(`${after.path} was changed while it was read`);
  const next: ClusterConfig = { ...read, path: before.path };
  const change = changeOf(before, next);
  const others = change.devices ? await parts.devices.others(next, parts.signal) : undefined;
  const down = parts.down();
  const up = change.moves.find((group) => !down.includes(group));
  if (up !== undefined) {
    await others?.drop();
    throw new Error(`${up} came up here meanwhile`);
  }
  // From here on in one step: what was looked at above must still be so.
  const were = new Map(before.monitors.map((monitor) => [monitor.name, monitor]));
  const are = new Map(next.monitors.map((monitor) => [monitor.name, monitor]));
  const added = next.groups.filter(({ name }) => !before.groups.some((group) => group.name === name));
  for (const group of added) parts.addGroup(group);
  for (const group of next.groups) if (change.moves.includes(group.name)) parts.changeGroup(group);
  for (const monitor of next.monitors) if (!were.has(monitor.name)) parts.monitors.add(monitor);
  parts.changed(next);
  parts.handle({ type: "file", spec: toSpec(next), ...(others ? { devices: true } : {}) });
  others?.take();
  for (const { name } of added) parts.welcome(name);
  for (const name of change.monitors) {
    const monitor = are.get(name);
    if (monitor === undefined) await parts.monitors.remove(name);
    else if (checksOtherwise(were.get(name), monitor)) await parts.monitors.change(monitor);
  }
  return next;
}

/** Whether what the monitor does is another, and not only what it leads to. */
function checksOtherwise(before: MonitorConfig | undefined, after: MonitorConfig): boolean {
  return before !== undefined && checked(before) !== checked(after);
}

function checked({ type, options, intervalMs, timeoutMs, startDelayMs, recovery: { target } }: MonitorConfig): string {
  return JSON.stringify({ type, options: [...options], intervalMs, timeoutMs, startDelayMs, target });
}
