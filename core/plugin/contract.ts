/**
 * The one contract of built-in types and drop-ins.
 *
 * A type name in `cluster.yaml` is a module whose default export is a plugin: `plugins/resources/aws-vip.ts` is the
 * type `aws-vip`; `plugins/port443.ts` beside `cluster.yaml` is the type `port443`.
 *
 * Rules that the conformance suites check, for all of them:
 * - `activate` and `deactivate` are idempotent: twice is as good as once, also after a crash in the middle.
 * - Every call ends soon after its `signal` aborts. The signal carries the deadline and the end of the permit.
 * - `deactivate` removes only what is this server's own, and needs no network for what is on this machine.
 * - What could not be found out is `unknown` (or a {@linkcode Fault} marked `uncertain`), never `error`.
 *
 * @module
 */
import type { Ec2 } from "../aws/ec2.ts";
import type { Imds } from "../aws/imds.ts";
import type { AwsWay } from "../aws/way.ts";
import type { Ec2Inspection } from "../aws/inspection.ts";
import type { ExecResult, Os } from "../os/os.ts";
import type { Finding } from "./finding.ts";
import type { DnsHelper, FilesHelper, HttpHelper, PluginState } from "./helpers.ts";
import type { OptionSpecs } from "./options.ts";
import type { Permission } from "./permission.ts";
import type { Verdict } from "./verdict.ts";

/** Writes lines into the agent's log, already marked with the resource or monitor they come from. */
export interface PluginLog {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
}

/** What every call of a plugin gets. */
export interface PluginContext<Options = Record<string, unknown>> {
  /** The options of this server: common values with the server's own laid over them, validated and with defaults. */
  readonly options: Options;
  /** The name of the resource, monitor or device in `cluster.yaml`. */
  readonly name: string;
  /** The server this runs on. */
  readonly server: string;
  /** The group of a resource, or of the resource that a monitor watches. */
  readonly group?: string;
  /** The servers of that group, the preferred one first; left out where there is no group. */
  readonly servers?: readonly string[];
  /** Aborts at the deadline of the call, at the loss of the permit, and when the agent stops. */
  readonly signal: AbortSignal;
  readonly log: PluginLog;
  /** The operating system: addresses, ping, services, processes. */
  readonly os: Os;
  /** The EC2 client, made on first use; the SDK is loaded only then. */
  ec2(): Promise<Ec2>;
  /** The instance metadata service of this server. */
  readonly imds: Imds;
  /** The way to AWS, for built-in types that have a client of their own. Left out: as the environment says. */
  readonly way?: AwsWay;
  /**
   * Milliseconds until the permit of the group ends, for changes that go out by another way than `ec2`. Left out where
   * there is no permit to mind.
   */
  readonly permitRemainingMs?: () => number;
  /** TCP with a deadline. */
  readonly tcp: {
    /** Resolves with the milliseconds the connection took; throws a {@linkcode Fault} otherwise. */
    connect(host: string, port: number, options: { signal: AbortSignal }): Promise<number>;
  };
  readonly http: HttpHelper;
  readonly dns: DnsHelper;
  readonly files: FilesHelper;
  readonly state: PluginState;
  /** A drop-in's own folder, the only one it may write to. Built-in types have none. */
  readonly folder?: string;
  /** Variables that every program which is started for this call carries. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Told what a program has printed last that ran for this call in another process, as those of drop-ins do. */
  readonly ran?: (program: string, result: Pick<ExecResult, "status" | "lastLines">) => void;
  /** Runs a program without a shell; its output is bounded, and it is killed with its children when the signal aborts. */
  exec(
    command: readonly [string, ...string[]],
    options?: { env?: Record<string, string>; stdin?: string; signal?: AbortSignal },
  ): Promise<ExecResult>;
}

/** The context of `preflight`. Nothing in it can change anything in AWS. */
export interface PreflightContext<Options = Record<string, unknown>> extends PluginContext<Options> {
  /** The options of every server, this one's among them. */
  readonly everywhere: ReadonlyMap<string, Options>;
  /** The resources that are up before this one in its group, with this server's options. Left out: it is none's. */
  readonly below?: readonly { type: string; options: Readonly<Record<string, unknown>> }[];
  /** Somebody has asked and waits: it may take longer, and leave a trace where nothing else finds out. */
  readonly thorough: boolean;
  inspect(): Promise<Ec2Inspection>;
}

/** What every kind of plugin may have for those who look before it bites. */
export interface Preflight<Options = Record<string, unknown>> {
  /**
   * Looks whether this server could do what the type does, without doing it: ids, rights, ways, programs. Left out: a
   * monitor is checked once, a device is asked once, a fence whether it is ready.
   */
  preflight?(context: PreflightContext<Options>): Promise<Finding[]>;
  /** What it has to be allowed in AWS, with the options of one server. */
  permissions?(options: Options): readonly Permission[];
}

/** Why a resource is activated or deactivated; scripts see it as an environment variable. */
export type ActivationReason = "start" | "failover" | "move" | "recover";
/** `fence`: the permit is gone, be quick. `sweep`: the agent has just started and clears what may be left over. */
export type DeactivationReason = "stop" | "move" | "failover" | "recover" | "fence" | "sweep";

/** The context of `activate`. */
export interface ActivateContext<Options = Record<string, unknown>> extends PluginContext<Options> {
  readonly reason: ActivationReason;
  /** Larger than the epoch of any activation of this group before. */
  readonly epoch: number;
  /** In a failover: the server that went down with the group. Left out when it released the group in order. */
  readonly lostServer?: string;
}

/** The context of `deactivate`. */
export interface DeactivateContext<Options = Record<string, unknown>> extends PluginContext<Options> {
  readonly reason: DeactivationReason;
}

/**
 * What the dead man's switch does for a resource when the agent dies: commands run in order, without a shell, each as
 * program and arguments. They must work without the agent, quickly, and also when there is nothing to undo.
 */
export type GuardCommands = readonly (readonly [string, ...string[]])[];

/** Timing and recovery of a monitor when `cluster.yaml` says nothing. Times in milliseconds. */
export interface MonitorDefaults {
  intervalMs?: number;
  timeoutMs?: number;
  /** Failures that are forgiven before the monitor is in error. */
  retries?: number;
  startDelayMs?: number;
  /** `always`: on every server at all times. `active`: only where the target is active. */
  timing?: "always" | "active";
}

/** A monitor that comes by itself with a resource, as the AWS virtual ip monitor does. */
export interface CompanionMonitor {
  /** Its name is the resource's with this suffix put in: `awsvip1` -> `awsvipw1`. */
  type: string;
  options: Record<string, unknown>;
}

/** What is asked of a plugin while the file is read, where its code runs in another process. Only proxies have it. */
export interface RemoteQuestions<Options = Record<string, unknown>> {
  validate?(options: Options): Promise<string[]>;
  companion?(options: Options, name: string): Promise<CompanionMonitor>;
}

/** Something of which there is one, and that a resource takes for itself: no other resource may take the same. */
export interface Claim {
  /**
   * What it is, in a word or two. Resources of all types that use the same word are compared, so where it fits it is
   * one of the built-in types': IP address, secondary private IP, Elastic IP, DNS record, service, mount point, block
   * device.
   */
  what: string;
  /** The options whose values name it together. Where the first is not given nothing is claimed. */
  options: readonly string[];
  /** Where there is only one of that name: in the whole cluster, or on each server. */
  within: "cluster" | "server";
}

/** A thing that exactly one server has: an address, a service, a script. */
export interface ResourcePlugin<Options = Record<string, unknown>> extends Preflight<Options> {
  kind: "resource";
  /** The contract the file was written for; left out: 1. */
  api?: 1;
  remote?: RemoteQuestions<Options>;
  /** One sentence for `baton help`. */
  description: string;
  options: OptionSpecs;
  /** True when clients reach the group through it. Such resources are taken away first when a permit ends. */
  address?: boolean;
  /** What it takes for itself; `check` refuses a file in which two resources take the same. Left out: nothing. */
  claims?: readonly Claim[];
  /** Deadlines in milliseconds and retries when `cluster.yaml` says nothing. */
  defaults?: { activateTimeoutMs?: number; deactivateTimeoutMs?: number; activateRetries?: number };
  /** Problems that the option declarations can't express, each one sentence; runs without network. */
  validate?(options: Options): string[];
  /** Called once when the agent starts: loads what is slow to load, so that a takeover need not wait for it. */
  prepare?(context: PluginContext<Options>): Promise<void>;
  activate(context: ActivateContext<Options>): Promise<void>;
  deactivate(context: DeactivateContext<Options>): Promise<void>;
  /** What the dead man's switch does. Called right before `activate`. */
  guard?(context: PluginContext<Options>): Promise<GuardCommands>;
  /**
   * What ends it by force when `deactivate`, or the switch's commands, did not: the same kind of commands. Programs that
   * the agent has started for the group are killed without it.
   */
  kill?(context: PluginContext<Options>): Promise<GuardCommands>;
  /** The monitor that comes with a resource of this `name`. */
  companion?(options: Options, name: string): CompanionMonitor;
}

/** A periodic check. */
export interface MonitorPlugin<Options = Record<string, unknown>> extends Preflight<Options> {
  kind: "monitor";
  /** The contract the file was written for; left out: 1. */
  api?: 1;
  remote?: RemoteQuestions<Options>;
  description: string;
  options: OptionSpecs;
  defaults?: MonitorDefaults;
  validate?(options: Options): string[];
  check(context: PluginContext<Options>): Promise<Verdict>;
  /**
   * What a check could see on this machine alone, without any network: made every 5 s between the checks of a longer
   * interval. Only an error counts, like one of a check.
   */
  look?(context: PluginContext<Options>): Promise<Verdict>;
}

/** An acknowledgement device of network partition resolution. */
export interface TieBreakerPlugin<Options = Record<string, unknown>> extends Preflight<Options> {
  kind: "quorum";
  /** The contract the file was written for; left out: 1. */
  api?: 1;
  remote?: RemoteQuestions<Options>;
  description: string;
  options: OptionSpecs;
  /** `weak`: both sides of a partition can reach it at once, so it makes a split unlikely, not impossible. */
  vote: "weak";
  /** In milliseconds. */
  defaults?: { intervalMs?: number; timeoutMs?: number };
  validate?(options: Options): string[];
  /**
   * Normal: the device answered, which is its vote. Anything else is none, a warning as well: this server may be isolated,
   * and who is not sure that it answered says so.
   */
  probe(context: PluginContext<Options>): Promise<Verdict>;
}

/** A record as a witness has it. */
export interface WitnessRecordText {
  /** Opaque; another one after every write, also when the same text is written again. */
  version: string;
  text: string;
}

/**
 * A witness: a store with compare-and-swap that holds one more vote, for one side at a time. It decides nothing; it only
 * never loses a write and never lets two writers replace the same version. Records are small (below 1 KiB) and few, one
 * for each group. What could not be found out, or may have been done without an answer, is a {@linkcode Fault}.
 */
export interface WitnessPlugin<Options = Record<string, unknown>> extends Preflight<Options> {
  kind: "quorum";
  /** The contract the file was written for; left out: 1. */
  api?: 1;
  remote?: RemoteQuestions<Options>;
  description: string;
  options: OptionSpecs;
  /** `sound`: at most one side has it at any time. */
  vote: "sound";
  /** In milliseconds; `timeoutMs` for one read or write. */
  defaults?: { intervalMs?: number; timeoutMs?: number };
  validate?(options: Options): string[];
  /** Called once when the agent starts: loads what is slow to load. */
  prepare?(context: PluginContext<Options>): Promise<void>;
  /** What the latest write left, never something older; null when there is no record `key`. */
  read(context: PluginContext<Options>, key: string): Promise<WitnessRecordText | null>;
  /** Writes if the record still is `expected` (null: if there is none). Resolves with its new version, or "conflict". */
  write(
    context: PluginContext<Options>,
    key: string,
    expected: string | null,
    text: string,
  ): Promise<{ version: string } | "conflict">;
}

/** One more vote: a device that tells who is cut off, or a store that only one side can win. */
export type QuorumPlugin<Options = Record<string, unknown>> = TieBreakerPlugin<Options> | WitnessPlugin<Options>;

/** The context of a fence: who is to be stopped, and the options of that server beside this server's own. */
export interface FenceContext<Options = Record<string, unknown>> extends PluginContext<Options> {
  readonly target: string;
  readonly targetOptions: Options;
}

/** Stops another server for certain, before what it carried is activated elsewhere. */
export interface FencePlugin<Options = Record<string, unknown>> extends Preflight<Options> {
  kind: "fence";
  /** The contract the file was written for; left out: 1. */
  api?: 1;
  remote?: RemoteQuestions<Options>;
  description: string;
  options: OptionSpecs;
  /** In milliseconds; `timeoutMs` for a whole attempt with its confirmation, `intervalMs` between looks at readiness. */
  defaults?: { intervalMs?: number; timeoutMs?: number };
  validate?(options: Options): string[];
  prepare?(context: PluginContext<Options>): Promise<void>;
  /** Whether `stop` would work now, found out without stopping anything. */
  ready(context: FenceContext<Options>): Promise<Verdict>;
  /**
   * Stops the target. Resolves with how it is known ("i-0123 is stopped") only when nothing runs there any more; told to
   * stop is not stopped. Throws a {@linkcode Fault} otherwise. Stops nobody when this server itself is being stopped.
   */
  stop(context: FenceContext<Options>): Promise<string>;
}

// deno-lint-ignore no-explicit-any -- a registry holds plugins of every option type; each is only called with its own.
export type Plugin = ResourcePlugin<any> | MonitorPlugin<any> | QuorumPlugin<any> | FencePlugin<any>;

/** The kinds of plugins; `plugins/` has one folder for each. */
export type PluginKind = Plugin["kind"];
