/**
 * `monitors`: the periodic checks and what their failures lead to.
 *
 * @module
 */
import type { MonitorDefaults, MonitorPlugin } from "../plugin/contract.ts";
import { FAULT_CODES } from "../plugin/fault.ts";
import type { MonitorConfig } from "./config.ts";
import type { FileContext } from "./context.ts";
import type { Cursor } from "./document.ts";
import { INDIVIDUALLY_SHAPE, readPerServer, rulesOf } from "./per_server.ts";
import { readRecovery, RECOVERY_SHAPE, serversOfTarget, type TargetGroup } from "./recovery.ts";
import { readServerNames } from "./servers.ts";
import { readTable } from "./shape/read.ts";
import type { SectionShape, ShapeKeys, TableShape } from "./shape/shape.ts";
import { readTyped } from "./typed.ts";

/** Times and counts of a monitor where neither the file nor its plugin says anything. Milliseconds. */
const MONITOR_DEFAULTS = {
  intervalMs: 30_000,
  timeoutMs: 30_000,
  retries: 1,
  startDelayMs: 0,
  timing: "always",
} as const satisfies MonitorDefaults;

/** Longest time that can be written for a monitor: a day. */
const DAY_MS = 86_400_000;

/** The keys that companions have too. */
export const COMMON_MONITOR_KEYS = {
  interval: {
    type: "duration",
    min: 100,
    max: DAY_MS,
    description: "time from one check to the next; default: the type's, else 30s",
  },
  timeout: {
    type: "duration",
    min: 100,
    max: DAY_MS,
    description: "after this a check is broken off, see recovery.onTimeout; default: the type's, else 30s",
  },
  retries: {
    type: "integer",
    min: 0,
    max: 999,
    description: "failures in a row that are forgiven; default: the type's, else 1",
  },
  startDelay: {
    type: "duration",
    min: 0,
    max: DAY_MS,
    description: "wait before the first check; default: the type's, else 0s",
  },
  recovery: RECOVERY_SHAPE,
} as const satisfies ShapeKeys;

const KEYS = {
  type: { type: "string", required: true, description: "what checks: a built-in type, or the name of a drop-in" },
  ...COMMON_MONITOR_KEYS,
  individually: INDIVIDUALLY_SHAPE,
  timing: {
    type: "string",
    oneOf: ["always", "active"],
    description: "always: all the time; active: only where the recovery target is active. Default: the type's, else " +
      "always",
  },
  servers: { type: "strings", single: true, description: "the servers it runs on; default: all" },
} as const satisfies ShapeKeys;

const MONITOR: SectionShape<typeof KEYS> = {
  form: "section",
  description: "a monitor; the options of its type stand beside these keys",
  plugin: "monitor",
  keys: KEYS,
};

export const MONITORS_SHAPE = {
  form: "table",
  description: "the monitors, by their names; companions of resources come by themselves",
  of: MONITOR,
} as const satisfies TableShape;

/** Reads `monitors`. */
export async function readMonitors(
  at: Cursor | undefined,
  groups: readonly TargetGroup[],
  context: FileContext,
): Promise<MonitorConfig[]> {
  const monitors: MonitorConfig[] = [];
  for (const { key, place, value } of readTable(at, MONITORS_SHAPE, context)) {
    context.names.take(key, "monitor", place);
    const monitor = await readMonitor(key, value, groups, context);
    if (monitor !== undefined) monitors.push(monitor);
  }
  return monitors;
}

async function readMonitor(
  name: string,
  at: Cursor,
  groups: readonly TargetGroup[],
  context: FileContext,
): Promise<MonitorConfig | undefined> {
  const { type, plugin, values, written } = await readTyped(at, MONITOR, "monitor", context);
  const { recovery, ...scripts } = readRecovery(written.get("recovery"), { kind: "local-server" }, groups, context);
  const servers = readServerNames(written.get("servers"), context);
  const times = monitorTimes(values, plugin);
  const carriers = serversOfTarget(recovery.target, groups);
  if (times.timing === "active" && carriers === undefined && plugin !== undefined) {
    context.problems.add(
      (written.get("timing") ?? at).place,
      "timing active needs to know what has to be active; name a group or resource in recovery.target",
      FAULT_CODES.fileSense,
    );
  }
  if (plugin === undefined) return undefined;
  const runsOn = servers ?? (times.timing === "active" ? carriers : undefined) ?? context.servers;
  const options = await readPerServer({
    at,
    written,
    specs: plugin.options,
    servers: runsOn,
    commonKeys: Object.keys(KEYS),
    validate: rulesOf(plugin),
  }, context);
  return {
    name,
    type,
    plugin,
    options,
    companion: false,
    ...times,
    ...(servers === undefined ? {} : { servers }),
    recovery,
    ...scripts,
  };
}

/** Times and counts: what is written, else the plugin's own, else the defaults of all. */
export function monitorTimes(
  values: {
    interval?: number;
    timeout?: number;
    retries?: number;
    startDelay?: number;
    timing?: "always" | "active";
  },
  plugin: Pick<MonitorPlugin, "defaults"> | undefined,
): Required<MonitorDefaults> {
  const own = plugin?.defaults ?? {};
  return {
    intervalMs: values.interval ?? own.intervalMs ?? MONITOR_DEFAULTS.intervalMs,
    timeoutMs: values.timeout ?? own.timeoutMs ?? MONITOR_DEFAULTS.timeoutMs,
    retries: values.retries ?? own.retries ?? MONITOR_DEFAULTS.retries,
    startDelayMs: values.startDelay ?? own.startDelayMs ?? MONITOR_DEFAULTS.startDelayMs,
    timing: values.timing ?? own.timing ?? MONITOR_DEFAULTS.timing,
  };
}
