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
  /** What becomes of final actions on the last server that could carry. Left out: they are carried out. */
  lastServer?: LastServerSpec;
  /** Shutdowns and reboots by final actions within an hour, at most. Left out: no limit. */
  maxPowerActions?: number;
  /** What answers groups that did not stop within `timing.stopMs` after the permit ended. */
  selfFenceAction: "stop-service" | "shutdown" | "reboot";
}

/** Where a final action comes from: a monitor, or a resource that can't be activated or deactivated. */
export type FinalCause = "monitor" | "activation" | "deactivation";

/** `keep`: where no other server could carry, the final action of that cause is only told. */
export type LastServerSpec = Readonly<Record<FinalCause, "act" | "keep">>;

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
  /** Groups that are to be online first, see `dependencies.ts`. */
  startAfter?: readonly StartAfter[];
  /** Groups that are to be down first. */
  stopAfter?: StopAfter;
  /** In the order of activation. */
  resources: readonly ResourceSpec[];
}

/** A group that is waited for before another starts. */
export interface StartAfter {
  group: string;
  /** It is waited for only where it comes to the same server. */
  sameServer: boolean;
  /** How long, in milliseconds. */
  timeoutMs: number;
  /** `abort`: the group then stays down until an operator starts it. `continue`: it starts all the same. */
  onTimeout: "abort" | "continue";
}

/** Groups that are waited for before another stops. */
export interface StopAfter {
  groups: readonly string[];
  /** When an operator stops the group, when its server leaves, and when all servers leave. */
  at: Readonly<Record<StopOccasion, boolean>>;
  /** How long, in milliseconds; then it stops all the same. */
  timeoutMs: number;
}

/** Why a group stops in order. */
export type StopOccasion = "group" | "server" | "cluster";

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
  /** Failovers because of failed activations on this server before the final action. Left out: as many as it takes. */
  activateFailovers?: number;
  /**
   * What answers an activation that failed when its failovers are used up. `none`: the group stays as far as it came;
   * `continue`: it goes on with the next resource. Left out: `none`.
   */
  activateFinalAction?: GroupFinalAction | "continue";
  /** What answers an activation that did not end in time. Left out: it has failed, like any other. */
  activateStallAction?: PowerAction;
  /** How often a failed deactivation is tried again before the final action. */
  deactivateRetries: number;
  /** What answers a deactivation that failed for good. The guide's default: shut down the OS. */
  deactivateFinalAction: GroupFinalAction;
  /** The same for a deactivation. */
  deactivateStallAction?: PowerAction;
}

/** Final actions that end more than a group. */
export type PowerAction = "stop-service" | "shutdown" | "reboot";

/** Final actions of a resource that can't be activated or deactivated. */
export type GroupFinalAction = "none" | "stop-group" | PowerAction;

/** What ends an escalation (the guide's final actions). `stop-resource`: it, and what stands on it. */
export type FinalAction = GroupFinalAction | "stop-resource";

/** The steps of a recovery, in their order. */
export type RecoveryStep = "script" | "reactivation" | "failover" | "finalAction";

/** What a check leads to that could not find out. */
export type UnknownPolicy = "ignore" | "warn" | "recover";

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
  /** Runs of the recovery script before anything else. Left out: none. */
  maxScripts?: number;
  /** Steps that wait for a script of their own. Left out: none. */
  before?: readonly Exclude<RecoveryStep, "script">[];
  /** Reactivations of the target before a failover is tried. */
  maxReactivations: number;
  /** Failovers before the final action. */
  maxFailovers: number;
  /** Whom a failover goes to. Left out: `stable`. */
  failoverTarget?: "stable" | "priority";
  finalAction: FinalAction;
  onUnknown: UnknownPolicy;
  /** The same for one that did not end in time. Left out: as `onUnknown`. */
  onTimeout?: UnknownPolicy;
}

/** The guide's recovery target. */
export type RecoveryTarget =
  | { kind: "local-server" }
  | { kind: "all-groups" }
  | { kind: "group"; group: string }
  | { kind: "resource"; group: string; resource: string };
