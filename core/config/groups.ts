/**
 * `groups`: the failover groups.
 *
 * @module
 */
import type { HealthySpec } from "../cluster/spec.ts";
import { FAULT_CODES } from "../plugin/fault.ts";
import type { GroupConfig, MonitorConfig } from "./config.ts";
import type { FileContext } from "./context.ts";
import {
  checkDependencies,
  readStartAfter,
  readStopAfter,
  START_AFTER_SHAPE,
  STOP_AFTER_SHAPE,
} from "./dependencies.ts";
import type { Cursor, Entry } from "./document.ts";
import { activationOrder } from "./resource_order.ts";
import { type ReadResource, readResource, RESOURCES_SHAPE } from "./resources.ts";
import { readServerNames } from "./servers.ts";
import { readSection, readTable } from "./shape/read.ts";
import type { SectionShape, ShapeKeys, TableShape } from "./shape/shape.ts";
import { unknownName } from "./unknown_name.ts";

const HEALTHY_KEYS = {
  monitors: { type: "strings", single: true, required: true, description: "monitors that run on the standby too" },
  otherwise: {
    type: "string",
    oneOf: ["none", "any"],
    default: "none",
    description: "when they are in error on every server. none: the group stays down; any: that does not count",
  },
} as const satisfies ShapeKeys;

const HEALTHY: SectionShape<typeof HEALTHY_KEYS> = {
  form: "section",
  description: "the group goes only to servers on which these monitors are not in error",
  keys: HEALTHY_KEYS,
};

const KEYS = {
  servers: {
    type: "strings",
    single: true,
    description: "servers that may carry it, the preferred one first; default: all, in the order of the file",
  },
  startup: {
    type: "string",
    oneOf: ["auto", "manual"],
    default: "auto",
    description: "auto: starts with the cluster; manual: waits for an operator",
  },
  failover: {
    type: "string",
    oneOf: ["auto", "manual"],
    default: "auto",
    description: "auto: another server takes over by itself; manual: only an operator moves it",
  },
  failback: {
    type: "string",
    oneOf: ["manual", "auto"],
    default: "manual",
    description: "auto: goes back to a preferred server that returns; manual: stays where it is",
  },
  policy: {
    type: "string",
    oneOf: ["stable", "priority", "last"],
    default: "stable",
    description:
      "whom a failover goes to. stable: fewest errors, then the order of servers; priority: the order alone; " +
      "last: who had it last without an error, then as stable",
  },
  healthy: HEALTHY,
  startAfter: START_AFTER_SHAPE,
  stopAfter: STOP_AFTER_SHAPE,
  resources: RESOURCES_SHAPE,
} as const satisfies ShapeKeys;

const GROUP: SectionShape<typeof KEYS> = { form: "section", description: "a failover group", keys: KEYS };

export const GROUPS_SHAPE = {
  form: "table",
  description: "the failover groups, by their names",
  required: true,
  of: GROUP,
} as const satisfies TableShape;

/** A group with what the companion monitors of its resources are read from. */
export interface ReadGroup {
  config: GroupConfig;
  resources: ReadResource[];
  /** The names of all resources, also of those that could not be read. */
  resourceNames: string[];
}

/** Reads `groups`. */
export async function readGroups(at: Cursor | undefined, context: FileContext): Promise<ReadGroup[]> {
  const groups: ReadGroup[] = [];
  const entries = readTable(at, GROUPS_SHAPE, context);
  if (at?.form === "map" && entries.length === 0) context.problems.add(at.place, "has no group; give at least one");
  for (const entry of entries) groups.push(await readGroup(entry, context));
  checkDependencies(at, groups.map(({ config }) => config), context);
  return groups;
}

async function readGroup({ key: name, place, value }: Entry, context: FileContext): Promise<ReadGroup> {
  context.names.take(name, "group", place);
  const { values, written } = readSection(value, GROUP, context);
  const servers = readServerNames(written.get("servers"), context) ?? [...context.servers];
  const healthy = readHealthy(written.get("healthy"), context);
  const resources: ReadResource[] = [];
  const resourcesAt = written.get("resources");
  const entries = readTable(resourcesAt, RESOURCES_SHAPE, context);
  if (resourcesAt?.form === "map" && entries.length === 0) {
    context.problems.add(resourcesAt.place, "has no resource; give at least one");
  }
  for (const entry of entries) {
    context.names.take(entry.key, "resource", entry.place);
    const resource = await readResource(entry.key, entry.place, entry.value, { name, servers }, context);
    if (resource !== undefined) resources.push(resource);
  }
  const order = activationOrder(
    resources.map(({ config, dependsOn, dependsOnAt }) => ({ name: config.name, dependsOn, at: dependsOnAt })),
    entries.map((entry) => entry.key),
    context,
  );
  resources.sort((a, b) => order.indexOf(a.config.name) - order.indexOf(b.config.name));
  const startAfter = readStartAfter(written.get("startAfter"), context);
  const stopAfter = readStopAfter(written.get("stopAfter"), context);
  return {
    config: {
      name,
      servers,
      startup: values.startup,
      failover: values.failover,
      failback: values.failback,
      policy: values.policy,
      ...(healthy === undefined ? {} : { healthy }),
      ...(startAfter.length === 0 ? {} : { startAfter }),
      ...(stopAfter === undefined ? {} : { stopAfter }),
      resources: resources.map((resource) => resource.config),
    },
    resources,
    resourceNames: entries.map((entry) => entry.key),
  };
}

function readHealthy(at: Cursor | undefined, context: FileContext): HealthySpec | undefined {
  if (at === undefined) return undefined;
  const { values } = readSection(at, HEALTHY, context);
  return { monitors: values.monitors ?? [], otherwise: values.otherwise };
}

/** Reports monitors in `healthy` that do not exist, or that can say nothing of a standby. */
export function checkHealthy(at: Cursor | undefined, monitors: readonly MonitorConfig[], context: FileContext): void {
  for (const { value } of at?.form === "map" ? at.entries() : []) {
    const listAt = value.get("healthy")?.get("monitors");
    if (listAt === undefined) continue;
    for (const item of listAt.form === "list" ? listAt.items() : [listAt]) {
      const name = item.form === "scalar" ? String(item.scalar) : "";
      const monitor = monitors.find((candidate) => candidate.name === name);
      if (monitor === undefined) {
        context.problems.add(
          item.place,
          unknownName("monitor", name, monitors.map((known) => known.name)),
          FAULT_CODES.fileName,
        );
      } else if (monitor.timing === "active") {
        context.problems.add(
          item.place,
          `${name} runs only where its target is active, so it says nothing of a standby; set its timing to always`,
          FAULT_CODES.fileSense,
        );
      }
    }
  }
}
