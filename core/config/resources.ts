/**
 * `resources` of a group.
 *
 * @module
 */
import { FAULT_CODES } from "../plugin/fault.ts";
import type { ResourceConfig } from "./config.ts";
import type { FileContext } from "./context.ts";
import type { Cursor } from "./document.ts";
import { COMMON_MONITOR_KEYS } from "./monitors.ts";
import { INDIVIDUALLY_SHAPE, readPerServer, rulesOf } from "./per_server.ts";
import type { Place } from "./problem.ts";
import { readSection } from "./shape/read.ts";
import type { SectionShape, ShapeKeys, TableShape } from "./shape/shape.ts";
import { readTyped } from "./typed.ts";

/** Deadlines and retries of a resource where neither the file nor its plugin says anything. Milliseconds. */
const RESOURCE_DEFAULTS = {
  activateTimeoutMs: 60_000,
  deactivateTimeoutMs: 60_000,
  activateRetries: 5,
} as const;

const DEADLINE = { type: "duration", min: 100, max: 86_400_000 } as const;

const ACTIVATION_KEYS = {
  timeout: { ...DEADLINE, description: "after this an activation has failed; default: the type's, else 60s" },
  retries: {
    type: "integer",
    min: 0,
    max: 99,
    description: "further attempts on the same server before the group fails over; default: the type's, else 5",
  },
  failovers: {
    type: "integer",
    min: 0,
    max: 99,
    description: "failovers for this, on each server, before the final action; default: as many as it takes",
  },
  finalAction: {
    type: "string",
    oneOf: ["none", "continue", "stop-group", "stop-service", "shutdown", "reboot"],
    description: "what is done when the failovers are used up. none: the group stays as far as it came; continue: it " +
      "goes on with the next resource; default none",
  },
  onTimeout: {
    type: "string",
    oneOf: ["fail", "stop-service", "shutdown", "reboot"],
    default: "fail",
    description: "what is done at the timeout; fail: as for any other failure",
  },
} as const satisfies ShapeKeys;

const DEACTIVATION_KEYS = {
  timeout: { ...DEADLINE, description: "after this a deactivation has failed; default: the type's, else 60s" },
  retries: { type: "integer", min: 0, max: 99, default: 0, description: "further attempts before the final action" },
  finalAction: {
    type: "string",
    oneOf: ["none", "stop-service", "shutdown", "reboot"],
    default: "shutdown",
    description: "what answers a resource that can't be deactivated",
  },
  onTimeout: {
    type: "string",
    oneOf: ["fail", "stop-service", "shutdown", "reboot"],
    default: "fail",
    description: "what is done at the timeout; fail: as for any other failure",
  },
} as const satisfies ShapeKeys;

const ACTIVATION: SectionShape<typeof ACTIVATION_KEYS> = {
  form: "section",
  description: "deadline and retries of the activation",
  keys: ACTIVATION_KEYS,
};

const DEACTIVATION: SectionShape<typeof DEACTIVATION_KEYS> = {
  form: "section",
  description: "deadline, retries and final action of the deactivation",
  keys: DEACTIVATION_KEYS,
};

/** Settings of the companion monitor. */
export const COMPANION: SectionShape<typeof COMMON_MONITOR_KEYS> = {
  form: "section",
  description: "settings of the monitor that comes with the resource; options of its type may stand beside them",
  open: true,
  keys: COMMON_MONITOR_KEYS,
};

const KEYS = {
  type: { type: "string", required: true, description: "what it is: a built-in type, or the name of a drop-in" },
  individually: INDIVIDUALLY_SHAPE,
  dependsOn: {
    type: "strings",
    single: true,
    description: "resources of the group that are activated before it; default: none, and the order of the file",
  },
  activation: ACTIVATION,
  deactivation: DEACTIVATION,
  monitor: COMPANION,
} as const satisfies ShapeKeys;

const RESOURCE: SectionShape<typeof KEYS> = {
  form: "section",
  description: "a resource; the options of its type stand beside these keys",
  plugin: "resource",
  keys: KEYS,
};

export const RESOURCES_SHAPE = {
  form: "table",
  description: "the resources, by their names, in the order of activation; deactivation goes in reverse",
  required: true,
  of: RESOURCE,
} as const satisfies TableShape;

/** A resource with what its companion monitor is read from. */
export interface ReadResource {
  config: ResourceConfig;
  place: Place;
  /** The whole section. */
  at: Cursor;
  /** The key `type`, which brings the companion. */
  typeAt: Cursor;
  monitorAt: Cursor | undefined;
  dependsOn: readonly string[];
  dependsOnAt: Cursor | undefined;
  /** False when an option was wrong, so that the plugin can't be asked for its companion. */
  sound: boolean;
}

/** Reads one resource; undefined when its plugin could not be loaded. */
export async function readResource(
  name: string,
  place: Place,
  at: Cursor,
  group: { name: string; servers: readonly string[] },
  context: FileContext,
): Promise<ReadResource | undefined> {
  const { type, plugin, values, written } = await readTyped(at, RESOURCE, "resource", context);
  const activationAt = written.get("activation");
  const deactivationAt = written.get("deactivation");
  const activation = activationAt && readSection(activationAt, ACTIVATION, context).values;
  const deactivation = deactivationAt && readSection(deactivationAt, DEACTIVATION, context).values;
  if (activationAt !== undefined && activation?.finalAction !== undefined && activation.failovers === undefined) {
    context.problems.add(
      activationAt.get("finalAction")?.place ?? activationAt.place,
      "never happens, because the group fails over as often as it takes; say how often with failovers",
      FAULT_CODES.fileSense,
    );
  }
  if (plugin === undefined) return undefined;
  const problemsBefore = context.problems.count;
  const options = await readPerServer({
    at,
    written,
    specs: plugin.options,
    servers: group.servers,
    commonKeys: Object.keys(KEYS),
    validate: rulesOf(plugin),
  }, context);
  const config: ResourceConfig = {
    name,
    group: group.name,
    type,
    plugin,
    options,
    activateTimeoutMs: activation?.timeout ?? plugin.defaults?.activateTimeoutMs ?? RESOURCE_DEFAULTS.activateTimeoutMs,
    deactivateTimeoutMs: deactivation?.timeout ?? plugin.defaults?.deactivateTimeoutMs ??
      RESOURCE_DEFAULTS.deactivateTimeoutMs,
    activateRetries: activation?.retries ?? plugin.defaults?.activateRetries ?? RESOURCE_DEFAULTS.activateRetries,
    ...(activation?.failovers === undefined ? {} : { activateFailovers: activation.failovers }),
    ...(activation?.finalAction === undefined ? {} : { activateFinalAction: activation.finalAction }),
    ...(activation === undefined || activation.onTimeout === "fail"
      ? {}
      : { activateStallAction: activation.onTimeout }),
    deactivateRetries: deactivation?.retries ?? DEACTIVATION_KEYS.retries.default,
    deactivateFinalAction: deactivation?.finalAction ?? DEACTIVATION_KEYS.finalAction.default,
    ...(deactivation === undefined || deactivation.onTimeout === "fail"
      ? {}
      : { deactivateStallAction: deactivation.onTimeout }),
  };
  return {
    config,
    place,
    at,
    typeAt: written.get("type") ?? at,
    monitorAt: written.get("monitor"),
    dependsOn: values.dependsOn ?? [],
    dependsOnAt: written.get("dependsOn"),
    sound: context.problems.count === problemsBefore,
  };
}
