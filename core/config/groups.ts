/**
 * `groups`: the failover groups.
 *
 * @module
 */
import type { GroupConfig } from "./config.ts";
import type { FileContext } from "./context.ts";
import type { Cursor, Entry } from "./document.ts";
import { type ReadResource, readResource, RESOURCES_SHAPE } from "./resources.ts";
import { readServerNames } from "./servers.ts";
import { readSection, readTable } from "./shape/read.ts";
import type { SectionShape, ShapeKeys, TableShape } from "./shape/shape.ts";

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
  return groups;
}

async function readGroup({ key: name, place, value }: Entry, context: FileContext): Promise<ReadGroup> {
  context.names.take(name, "group", place);
  const { values, written } = readSection(value, GROUP, context);
  const servers = readServerNames(written.get("servers"), context) ?? [...context.servers];
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
  return {
    config: {
      name,
      servers,
      startup: values.startup,
      failover: values.failover,
      failback: values.failback,
      resources: resources.map((resource) => resource.config),
    },
    resources,
    resourceNames: entries.map((entry) => entry.key),
  };
}
