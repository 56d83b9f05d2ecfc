/**
 * Companions: the monitors that come by themselves with a resource.
 *
 * @module
 */
import type { MonitorConfig, PerServer, ResourceConfig } from "./config.ts";
import type { CompanionMonitor, MonitorPlugin } from "../plugin/contract.ts";
import { FAULT_CODES } from "../plugin/fault.ts";
import type { FileContext } from "./context.ts";
import { monitorTimes } from "./monitors.ts";
import { readPerServer, rulesOf } from "./per_server.ts";
import { readRecovery, serversOfTarget, type TargetGroup } from "./recovery.ts";
import { COMPANION, type ReadResource } from "./resources.ts";
import { readSection } from "./shape/read.ts";
import { loadReported } from "./typed.ts";

/** The name of the companion: a `w` before the digits at the end, so that `awsvip1` has `awsvipw1`. */
export function companionName(resource: string): string {
  return resource.replace(/\d*$/, (digits) => `w${digits}`);
}

/** Reads the companion of a resource. Undefined when its type has none. */
export async function readCompanion(
  resource: ReadResource,
  groups: readonly TargetGroup[],
  context: FileContext,
): Promise<MonitorConfig | undefined> {
  const { config, monitorAt } = resource;
  if (config.plugin.companion === undefined && config.plugin.remote?.companion === undefined) {
    if (monitorAt !== undefined) {
      context.problems.add(
        monitorAt.keyPlace,
        `the type ${config.type} brings no monitor; remove the key, or write one under monitors`,
        FAULT_CODES.fileSense,
      );
    }
    return undefined;
  }
  const name = companionName(config.name);
  context.names.take(name, "companion monitor", { ...resource.place, keyPath: `${resource.place.keyPath}.monitor` });
  const asked = resource.sound ? await askEach(config, resource, context) : undefined;
  const plugin = asked && await loadReported(asked.type, "monitor", resource.typeAt, context);
  const at = monitorAt;
  const section = at && readSection(at, COMPANION, context, plugin === undefined ? "any" : Object.keys(plugin.options));
  const home = { kind: "resource", group: config.group, resource: config.name } as const;
  const { recovery, ...scripts } = readRecovery(section?.written.get("recovery"), home, groups, context);
  if (serversOfTarget(recovery.target, groups) === undefined) {
    context.problems.add(
      (section?.written.get("recovery") ?? resource.typeAt).place,
      `a companion runs where its target is active; name the group ${config.group} or one of its resources as target`,
      FAULT_CODES.fileSense,
    );
  }
  if (asked === undefined || plugin === undefined) return undefined;
  const { timing: _, ...times } = monitorTimes(section?.values ?? {}, plugin as MonitorPlugin);
  return {
    name,
    type: asked.type,
    plugin,
    companion: true,
    options: await readPerServer({
      at: at ?? resource.typeAt,
      written: section?.written ?? new Map(),
      specs: plugin.options,
      servers: [...config.options.keys()],
      commonKeys: [],
      given: asked.options,
      validate: rulesOf(plugin),
    }, context),
    ...times,
    timing: "active",
    servers: [...config.options.keys()],
    recovery,
    ...scripts,
  };
}

/** Asks the plugin for the companion on every server. */
async function askEach(
  config: ResourceConfig,
  resource: ReadResource,
  context: FileContext,
): Promise<{ type: string; options: PerServer } | undefined> {
  const options = new Map<string, Record<string, unknown>>();
  const types = new Set<string>();
  for (const [server, values] of config.options) {
    let companion: CompanionMonitor | undefined;
    try {
      companion = await (config.plugin.remote ?? config.plugin).companion?.(values, config.name);
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      context.problems.add(
        resource.typeAt.place,
        `companion of the type ${config.type} failed: ${said}`,
        FAULT_CODES.fileType,
      );
      return undefined;
    }
    if (companion === undefined) return undefined;
    types.add(companion.type);
    options.set(server, companion.options);
  }
  const [type, ...others] = types;
  if (type === undefined) return undefined;
  if (others.length > 0) {
    const message = `the type ${config.type} brings different monitors on different servers: ${[...types].join(", ")}`;
    context.problems.add(resource.typeAt.place, message, FAULT_CODES.fileType);
    return undefined;
  }
  return { type, options };
}
