/**
 * What is configured, for whoever looks at the status: names, types and what each type is.
 *
 * @module
 */
import type { ClusterConfig } from "../config/config.ts";
import type { PluginKind } from "../plugin/contract.ts";

/** A resource, monitor, device or witness of `cluster.yaml`, or the fence. */
export interface ModuleView {
  name: string;
  kind: PluginKind;
  type: string;
  /** The type's one sentence. */
  description: string;
  /** Of a resource: the group it belongs to. */
  group?: string;
}

/** All of them. */
export function modulesOf({ groups, monitors, quorum, witness, fence }: ClusterConfig): ModuleView[] {
  return [
    ...groups.flatMap((group) => group.resources.map((resource) => ({ ...module(resource), group: group.name }))),
    ...monitors.map(module),
    ...quorum.map(module),
    ...(witness ? [module(witness)] : []),
    ...(fence ? [module({ name: "fence", type: fence.type, plugin: fence.plugin })] : []),
  ];
}

interface Configured {
  name: string;
  type: string;
  plugin: { kind: PluginKind; description: string };
}

function module({ name, type, plugin: { kind, description } }: Configured): ModuleView {
  return { name, kind, type, description };
}
