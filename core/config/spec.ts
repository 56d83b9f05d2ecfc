import type { ClusterSpec, ResourceSpec } from "../cluster/spec.ts";
import type { ClusterConfig, ResourceConfig } from "./config.ts";

/** What the engine has to know of a configuration. */
export function toSpec(config: ClusterConfig): ClusterSpec {
  return {
    servers: config.servers.map((server) => server.name),
    tieBreaker: config.quorum.length > 0,
    witness: config.witness !== undefined,
    ...(config.fence === undefined ? {} : { fence: { wait: config.fence.wait } }),
    timing: config.timing,
    exclusions: config.exclusions,
    ...(config.survivor === undefined ? {} : { survivor: config.survivor }),
    selfFenceAction: config.selfFenceFinalAction,
    ...(config.lastServer === undefined ? {} : { lastServer: config.lastServer }),
    ...(config.maxPowerActions === undefined ? {} : { maxPowerActions: config.maxPowerActions }),
    groups: config.groups.map(({ resources, ...group }) => ({
      ...group,
      resources: resources.map((resource) => ({
        name: resource.name,
        address: resource.plugin.address ?? false,
        ...escalationOf(resource),
      })),
    })),
    monitors: config.monitors.map(({ name, timing, servers, retries, recovery }) => ({
      name,
      timing,
      ...(servers === undefined ? {} : { servers }),
      retries,
      recovery,
    })),
  };
}

/** What failures of a resource lead to. */
function escalationOf(resource: ResourceConfig): Omit<ResourceSpec, "name" | "address"> {
  const { activateRetries, activateFailovers, activateFinalAction, activateStallAction } = resource;
  const { deactivateRetries, deactivateFinalAction, deactivateStallAction } = resource;
  return {
    activateRetries,
    ...(activateFailovers === undefined ? {} : { activateFailovers }),
    ...(activateFinalAction === undefined ? {} : { activateFinalAction }),
    ...(activateStallAction === undefined ? {} : { activateStallAction }),
    deactivateRetries,
    deactivateFinalAction,
    ...(deactivateStallAction === undefined ? {} : { deactivateStallAction }),
  };
}
