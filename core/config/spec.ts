import type { ClusterSpec } from "../cluster/spec.ts";
import type { ClusterConfig } from "./config.ts";

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
    groups: config.groups.map(({ name, servers, startup, failover, failback, policy, healthy, resources }) => ({
      name,
      servers,
      startup,
      failover,
      failback,
      policy,
      ...(healthy === undefined ? {} : { healthy }),
      resources: resources.map((resource) => ({
        name: resource.name,
        address: resource.plugin.address ?? false,
        activateRetries: resource.activateRetries,
        deactivateRetries: resource.deactivateRetries,
        deactivateFinalAction: resource.deactivateFinalAction,
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
