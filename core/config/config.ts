/**
 * A valid `cluster.yaml`, as one server sees it: every value checked, defaults put in, the server's own values laid
 * over the common ones.
 *
 * @module
 */
import type {
  ExclusionSpec,
  GroupFinalAction,
  HealthySpec,
  LastServerSpec,
  Policy,
  PowerAction,
  RecoverySpec,
  RecoveryStep,
  StartAfter,
  StopAfter,
} from "../cluster/spec.ts";
import type { Timing } from "../cluster/timing.ts";
import type { Endpoint } from "../plugin/options.ts";
import type {
  FencePlugin,
  MonitorPlugin,
  PluginContext,
  ResourcePlugin,
  TieBreakerPlugin,
  WitnessPlugin,
} from "../plugin/contract.ts";

/** The whole file. */
export interface ClusterConfig {
  /** Absolute path of the file. */
  path: string;
  /** SHA-256 of its bytes in hex: two servers with different ones have different files. */
  digest: string;
  cluster: string;
  /** In the order of the file. */
  servers: ServerConfig[];
  /** Absolute path of the key that authenticates the interconnect. */
  keyFile: string;
  /** Absolute path of the folder for state and journal. */
  stateDir: string;
  status: Endpoint;
  /** Host names under which it is asked, besides addresses, `localhost` and names of the servers. */
  statusNames: string[];
  timing: Timing;
  /** Acknowledgement devices: together one weak vote. Empty where there is a witness. */
  quorum: QuorumConfig[];
  /** `any`: one device that answers is enough; `all`: each of them must answer. */
  tieBreaker: "any" | "all";
  /** One more, sound vote. */
  witness?: WitnessConfig;
  /** How silent servers are stopped for certain. */
  fence?: FenceConfig;
  groups: GroupConfig[];
  /** Written ones, and the companions of the resources. */
  monitors: MonitorConfig[];
  exclusions: ExclusionSpec[];
  /** With a weak vote: whose group goes on after two carriers were found. */
  survivor?: string;
  aws: AwsConfig;
  preflight: PreflightConfig;
  /** What answers groups that did not stop in time after the permit ended. */
  selfFenceFinalAction: PowerAction;
  /** What becomes of final actions on the last server that could carry; left out: they are carried out. */
  lastServer?: LastServerSpec;
  /** Shutdowns and reboots by final actions within an hour, at most; left out: no limit. */
  maxPowerActions?: number;
  /** What resets the machine when nobody watches over its groups any more. */
  watchdog?: WatchdogConfig;
  /** What a sound configuration should still be told: sentences with their key path. */
  warnings: string[];
}

/** Preflights of running agents. */
export interface PreflightConfig {
  /** Time from one to the next, in milliseconds; 0: only when somebody asks. */
  intervalMs: number;
}

/** A watchdog device. */
export interface WatchdogConfig {
  /** As in `/dev/watchdog`. */
  device: string;
  /** Unfed for so long, it resets the machine. */
  timeoutMs: number;
  /** False: without the device the agent only warns. */
  required: boolean;
}

/** How the EC2 API and the metadata service are reached. */
export interface AwsConfig {
  /** Left out: the SDK's own chain (environment, shared config, instance metadata). */
  region?: string;
  /** Deadline of one call, in milliseconds. */
  callTimeoutMs: number;
  /** The proxy and the certificates. Left out: as the environment says. */
  way?: NonNullable<PluginContext["way"]>;
}

/** A server. */
export interface ServerConfig {
  name: string;
  /** Where the other servers send heartbeats, the preferred path first. */
  interconnect: Endpoint[];
  /** The name the operating system knows it by, when it is not `name`. */
  hostname?: string;
}

/** An acknowledgement device. */
export interface QuorumConfig {
  name: string;
  type: string;
  plugin: TieBreakerPlugin;
  options: PerServer;
  intervalMs: number;
  timeoutMs: number;
}

/** A witness. */
export interface WitnessConfig {
  name: string;
  type: string;
  plugin: WitnessPlugin;
  options: PerServer;
  /** Of one read or write. */
  timeoutMs: number;
}

/** The fence. */
export interface FenceConfig {
  type: string;
  plugin: FencePlugin;
  options: PerServer;
  /** Of a whole attempt with its confirmation. */
  timeoutMs: number;
  /** Between two looks at whether it would work. */
  intervalMs: number;
  /** `auto`: a takeover waits for it where the votes alone are not sound. `always`: also where they are. */
  wait: "auto" | "always";
}

/** A failover group. */
export interface GroupConfig {
  name: string;
  servers: string[];
  startup: "auto" | "manual";
  failover: "auto" | "manual";
  failback: "auto" | "manual";
  policy: Policy;
  /** Monitors that must not be in error where it is carried. */
  healthy?: HealthySpec;
  /** Groups that are to be online first. */
  startAfter?: StartAfter[];
  /** Groups that are to be down first. */
  stopAfter?: StopAfter;
  /** In the order of activation. */
  resources: ResourceConfig[];
}

/** A resource. */
export interface ResourceConfig {
  name: string;
  group: string;
  type: string;
  plugin: ResourcePlugin;
  options: PerServer;
  activateTimeoutMs: number;
  deactivateTimeoutMs: number;
  activateRetries: number;
  /** Failovers because of failed activations before the final action; left out: as many as it takes. */
  activateFailovers?: number;
  /** Left out: `none`. */
  activateFinalAction?: GroupFinalAction | "continue";
  /** What answers an activation that did not end in time; left out: it has failed. */
  activateStallAction?: PowerAction;
  deactivateRetries: number;
  deactivateFinalAction: GroupFinalAction;
  deactivateStallAction?: PowerAction;
}

/** A monitor. */
export interface MonitorConfig {
  name: string;
  type: string;
  plugin: MonitorPlugin;
  options: PerServer;
  /** True when it came with its resource. */
  companion: boolean;
  intervalMs: number;
  timeoutMs: number;
  retries: number;
  startDelayMs: number;
  timing: "always" | "active";
  /** Where it runs; all when left out. */
  servers?: string[];
  recovery: RecoverySpec;
  /** What the steps of the recovery run; left out: nothing. */
  scripts?: RecoveryScripts;
}

/** The recovery script, and those before the other steps. */
export type RecoveryScripts = Readonly<Partial<Record<RecoveryStep, RecoveryScript>>>;

/** A program of a recovery. */
export interface RecoveryScript {
  command: readonly [string, ...string[]];
  timeoutMs: number;
}

/** Options of every server: common values with the server's own laid over them, validated and with defaults. */
export type PerServer = ReadonlyMap<string, Readonly<Record<string, unknown>>>;
