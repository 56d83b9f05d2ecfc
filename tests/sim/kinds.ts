/** The kinds of clusters that histories are drawn for. */
import type { ClusterSpec, GroupSpec, MonitorSpec } from "../../core/cluster/spec.ts";
import { type Timing, TIMING_PRESETS } from "../../core/cluster/timing.ts";

/** A kind of cluster: how many servers, and what they have besides their own votes. */
export type Kind =
  | "two"
  | "two-and-tie-breaker"
  | "two-and-witness"
  | "two-and-fence"
  | "two-and-tie-breaker-and-fence"
  | "three"
  | "four-and-tie-breaker"
  | "four-and-witness"
  | "five";

/** All kinds. */
export const KINDS: readonly Kind[] = [
  "two",
  "two-and-tie-breaker",
  "two-and-witness",
  "two-and-fence",
  "two-and-tie-breaker-and-fence",
  "three",
  "four-and-tie-breaker",
  "four-and-witness",
  "five",
];

const SERVERS: Readonly<Record<string, number>> = { two: 2, three: 3, four: 4, five: 5 };

/** True for what `--kind` may say. */
export function isKind(word: string): word is Kind {
  return KINDS.some((kind) => kind === word);
}

/** Names of the servers of a cluster. */
export function serversOf(kind: Kind): string[] {
  return Array.from({ length: SERVERS[kind.split("-")[0] ?? ""] ?? 0 }, (_, i) => `server${i + 1}`);
}

/**
 * A cluster of `kind` with `groups` groups. A monitor looks at the service of each, and with `cloud` another one at the
 * route of its address.
 */
export function clusterOf(
  kind: Kind,
  groups: number,
  { timing = TIMING_PRESETS.fast, cloud = false }: { timing?: Timing; cloud?: boolean } = {},
): ClusterSpec {
  const servers = serversOf(kind);
  const specs = Array.from({ length: groups }, (_, i) => groupOf(i, servers));
  return {
    servers,
    tieBreaker: kind.includes("tie-breaker"),
    witness: kind.includes("witness"),
    ...(kind.includes("fence") ? { fence: { wait: "auto" } } : {}),
    timing,
    selfFenceAction: "shutdown",
    monitors: [
      ...specs.map(({ name }, i) => serviceMonitorOf(i, name)),
      ...(cloud ? specs.map(({ name }, i) => routeMonitorOf(i, name)) : []),
    ],
    groups: specs,
  };
}

function groupOf(index: number, servers: readonly string[]): GroupSpec {
  return {
    name: `failover${index + 1}`,
    servers: index % 2 === 0 ? servers : [...servers].reverse(),
    startup: "auto",
    failover: "auto",
    failback: index % 3 === 2 ? "auto" : "manual",
    resources: ["vip", "app"].map((name) => ({
      name: `${name}${index + 1}`,
      address: name === "vip",
      activateRetries: 1,
      deactivateRetries: 1,
      deactivateFinalAction: "shutdown",
    })),
  };
}

/** First the same server again, then another one, and then what differs from group to group. */
function serviceMonitorOf(index: number, group: string): MonitorSpec {
  return {
    name: `service${index + 1}`,
    timing: "active",
    retries: 1,
    recovery: {
      target: { kind: "group", group },
      maxReactivations: 1,
      maxFailovers: 1,
      finalAction: index % 2 === 0 ? "stop-group" : "reboot",
      onUnknown: index % 2 === 0 ? "recover" : "warn",
    },
  };
}

/** It never gives up: a route that is wrong after the last fault has to be found and put right. */
function routeMonitorOf(index: number, group: string): MonitorSpec {
  return {
    name: `route${index + 1}`,
    timing: "active",
    retries: 0,
    recovery: {
      target: { kind: "resource", group, resource: `vip${index + 1}` },
      maxReactivations: 1_000_000,
      maxFailovers: 0,
      finalAction: "none",
      onUnknown: "ignore",
    },
  };
}
