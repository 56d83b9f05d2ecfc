/**
 * What the engine has to know of the configuration: names, orders, policies, times. Nothing of addresses or plugins.
 *
 * @module
 */
import type { Timing } from "./timing.ts";

/** The cluster as the engine sees it. */
export interface ClusterSpec {
  /** All configured servers, in the order of the file. Each has one vote. */
  servers: readonly string[];
  /** True when an acknowledgement device (the guide's NP resolution) adds a weak vote. */
  tieBreaker: boolean;
  /** True when a witness adds a sound vote. Never together with a tie-breaker. */
  witness: boolean;
  /** Whether silent servers can be stopped for certain, and when a takeover waits for that. */
  fence?: FenceSpec;
  timing: Timing;
  groups: readonly GroupSpec[];
  /** Groups that are better, or must be, on different servers. */
  exclusions?: readonly ExclusionSpec[];
  /** With a weak vote: whose group goes on after two carriers were found. Left out: nobody's, until an operator decides. */
  survivor?: string;
  monitors: readonly MonitorSpec[];
  /** What answers groups that did not stop within `timing.stopMs` after the permit ended. */
  selfFenceAction: "stop-service" | "shutdown" | "reboot";
}

/** What fencing is for. */
export interface FenceSpec {
  /** `auto`: a takeover waits for it where votes alone are not sound. `always`: also where they are. */
  wait: "auto" | "always";
}

/** An exclusion rule. */
export interface ExclusionSpec {
  name: string;
  groups: readonly string[];
  /** `normal`: apart as long as there are servers for it. `absolute`: never together. */
  kind: "normal" | "absolute";
}

/** A failover group. */
export interface GroupSpec {
  name: string;
  /** Servers that may carry it, the preferred one first. */
  servers: readonly string[];
  /** `auto`: starts with the cluster. `manual`: waits for an operator. */
  startup: "auto" | "manual";
  /** `auto`: another server takes over by itself. `manual`: only an operator moves it. */
  failover: "auto" | "manual";
  /** `auto`: goes back to a preferred server that returns. */
  failback: "auto" | "manual";
  /** Whom a failover goes to, see `placement.ts`. Left out: `stable`. */
  policy?: Policy;
  /** Left out: placement looks at no monitor. */
  healthy?: HealthySpec;
  /** In the order of activation. */
  resources: readonly ResourceSpec[];
}

/** Monitors that must not be in error where a group is carried. `any`: when they are everywhere, that does not count. */
export interface HealthySpec {
  monitors: readonly string[];
  otherwise: "none" | "any";
}

/**
 * Whom a failover goes to: `stable` (fewest recorded errors, then the order of the servers), `priority` (the order alone)
 * or `last` (who had it last without an error, then as `stable`).
 */
export type Policy = "stable" | "priority" | "last";

/** A resource of a group. */
export interface ResourceSpec {
  name: string;
  /** Clients reach the group through it: taken away first when the permit ends. */
  address: boolean;
  /** How often a failed activation is tried again on the same server before the group fails over. */
  activateRetries: number;
  /** How often a failed deactivation is tried again before the final action. */
  deactivateRetries: number;
  /** What answers a deactivation that failed for good. The guide's default: shut down the OS. */
  deactivateFinalAction: FinalAction;
}

/** What ends an escalation (the guide's final actions). */
export type FinalAction = "none" | "stop-group" | "stop-service" | "shutdown" | "reboot";

/** A monitor and what its failure leads to. */
export interface MonitorSpec {
  name: string;
  timing: "always" | "active";
  /** Where it runs; all servers when left out. */
  servers?: readonly string[];
  /** Failures that are forgiven before the monitor is in error. */
  retries: number;
  recovery: RecoverySpec;
}

/** The guide's recovery action. */
export interface RecoverySpec {
  target: RecoveryTarget;
  /** Reactivations of the target before a failover is tried. */
  maxReactivations: number;
  /** Failovers before the final action. */
  maxFailovers: number;
  finalAction: FinalAction;
  /** What a check that could not find out leads to. */
  onUnknown: "ignore" | "warn" | "recover";
}

/** The guide's recovery target. */
export type RecoveryTarget =
  | { kind: "local-server" }
  | { kind: "all-groups" }
  | { kind: "group"; group: string }
  | { kind: "resource"; group: string; resource: string };
