/**
 * The operating system as Baton needs it: addresses, ping, services, processes, power. One implementation each for
 * Linux, Windows and the simulated machine of the sandbox; one conformance suite for all.
 *
 * Every method that waits takes a signal and throws its reason soon after it aborts. Failures are `Fault`s that name
 * the command line that failed and what it said.
 *
 * @module
 */
import type { WatchdogDevice } from "./watchdog.ts";

/** A network interface of this machine. */
export interface Nic {
  name: string;
  /** Lower case, colon separated; empty where there is none. */
  mac: string;
  addresses: NicAddress[];
  /** Whether it has a link to the network; left out where the system does not say. */
  link?: boolean;
}

/** An address on a network interface. */
export interface NicAddress {
  /** Without the prefix length. */
  ip: string;
  prefix: number;
}

/** How a program ended. */
export interface ExecResult {
  /** The exit status; 128 + signal where a signal ended it. */
  status: number;
  /** At most 64 KiB each; `truncated` tells when there was more. */
  stdout: string;
  stderr: string;
  /** Of both, also where more was written than is kept; left out by what runs no real program. */
  lastLines?: string[];
  truncated: boolean;
  elapsedMs: number;
}

/** The state of an operating system service. */
export type ServiceState = "running" | "stopped" | "starting" | "stopping" | "failed" | "missing";

/** The names of the implementations. */
export type OsName = "linux" | "windows" | "simulated";

/** What tells machines and volumes apart; what is not known is left out. */
export interface MachineFacts {
  /** The id of the EC2 instance. */
  instance?: string;
  /** Fingerprint of what the hypervisor gave the machine. */
  uuid?: string;
  /** Fingerprint of what was made when the system was installed. */
  installation?: string;
  /** Fingerprints of the serial numbers of the disks under a folder. */
  volumes?: string[];
}

/** The operating system. */
export interface Os {
  readonly name: OsName;
  hostname(): string;
  /** What tells this machine from a copy of it, and the volume under `dir` from one made of it. Left out: nothing. */
  facts?(dir: string): MachineFacts;
  /** The service of systemd that this process belongs to; undefined when it is none. */
  ownService?(): Promise<string | undefined>;
  nics(signal: AbortSignal): Promise<Nic[]>;
  /**
   * Puts `ip` on the NIC as a /32 (IPv6: /128). Succeeds when it is there already. With `detect` it waits for the
   * system's own detection of duplicates where there is one (IPv6); what that finds is a fault, and nothing is left.
   */
  addAddress(nic: string, ip: string, signal: AbortSignal, options?: { detect?: boolean }): Promise<void>;
  /** Takes `ip` off whichever NIC has it. Succeeds when none has it. */
  removeAddress(ip: string, signal: AbortSignal): Promise<void>;
  /** The command line that takes `ip` off `nic` without the agent, for the dead man's switch. */
  removeAddressCommand(nic: string, ip: string): readonly [string, ...string[]];
  /**
   * Asks the network of `nic` who has `ip` (ARP, or neighbour discovery for IPv6). Resolves with the hardware address of
   * the machine that answered, or with null when none did within `timeoutMs`. Only asked for what is not on this machine.
   */
  whoHas(nic: string, ip: string, timeoutMs: number, signal: AbortSignal): Promise<string | null>;
  /**
   * Tells the neighbours of `nic` that `ip`, which is on it, is here now: they may remember another machine. False where
   * this system can't, beyond what it says by itself when an address is put on with `detect`.
   */
  announceAddress(nic: string, ip: string, signal: AbortSignal): Promise<boolean>;
  /** Resolves with the round trip in milliseconds, or with null when no answer came within `timeoutMs`. */
  ping(ip: string, timeoutMs: number, signal: AbortSignal): Promise<number | null>;
  serviceState(service: string, signal: AbortSignal): Promise<ServiceState>;
  /** Resolves once the service runs. */
  startService(service: string, signal: AbortSignal): Promise<void>;
  /** Resolves once the service is stopped. Succeeds when it is stopped already. */
  stopService(service: string, signal: AbortSignal): Promise<void>;
  stopServiceCommand(service: string): readonly [string, ...string[]];
  /** The command line that kills the processes of a service that does not stop. */
  killServiceCommand(service: string): readonly [string, ...string[]];
  /**
   * Kills every process that belongs to `mark` (`marked_processes.ts`), whatever its group, session and parents. Resolves
   * when they are gone, or soon after `signal` aborts; with those that are left. Where a process's environment can't be
   * read (Windows) nothing is found.
   */
  killMarked(mark: string, signal: AbortSignal): Promise<string[]>;
  /** The processes that {@linkcode Os.killMarked} would kill, by name and number, left alone. */
  marked(mark: string, signal: AbortSignal): Promise<string[]>;
  /** Runs a program without a shell, kills it with all its children when the signal aborts. */
  exec(
    command: readonly [string, ...string[]],
    options: { env?: Record<string, string>; cwd?: string; stdin?: string; signal: AbortSignal },
  ): Promise<ExecResult>;
  /** The watchdog device of that name; null where the system has none. */
  watchdog(device: string): WatchdogDevice | null;
  /**
   * Turns the machine off or reboots it, at once. This is the only place of the program that can. A way that fails, or
   * that has not ended the machine in its part of `withinMs`, is followed by a harder one. Throws when all are used up.
   */
  power(action: "shutdown" | "reboot", reason: string, withinMs: number): Promise<void>;
  /**
   * Starts the dead man's switch: a small process that carries out `plan` as soon as the agent is gone, or has not said
   * in time that it lives. What the agent was running then is killed first.
   */
  deadMansSwitch(plan: SwitchPlan): Promise<DeadMansSwitch>;
}

/** Program and arguments; never a shell's text. */
type CommandLines = readonly (readonly [string, ...string[]])[];

/** What a dead man's switch does, in this order, and the longest time for it. Times in milliseconds. */
export interface SwitchPlan {
  /** The group, for whoever looks at the processes of the machine. */
  group: string;
  /** Addresses: all at once. */
  off: CommandLines;
  offMs: number;
  /** Stop scripts and services, one after the other; `stopMs` for each. */
  stop: CommandLines;
  stopMs: number;
  /** Ends by force; after that everything that belongs to `mark` is killed. `killMs` for each. */
  kill: CommandLines;
  mark?: string;
  killMs: number;
  /** What of `stop` failed is run once more, for as long each. */
  againMs: number;
  /** For each of `stop` when little time is left: see {@linkcode DeadMansSwitch.hurry}. */
  hurriedMs: number;
}

/** A running dead man's switch. */
export interface DeadMansSwitch {
  readonly pid: number;
  /** Why it could not leave the cgroup of the agent, so that whoever ends that ends the switch too; else undefined. */
  readonly tied?: string | undefined;
  /** Resolves when it has ended, whether it was disarmed, fired, or was killed by somebody. */
  readonly ended: Promise<void>;
  /** From now on it fires unless it hears from the agent again within `ms`. Before the first call it waits for ever. */
  alive(ms: number): void;
  /**
   * The stop time runs already, and the agent is using it up. Should the switch fire now, it takes the addresses off and
   * kills at once, and only then asks the stops, for as long as is left.
   */
  hurry(): void;
  /** Ends it without running its commands. Resolves when it is gone. */
  disarm(): Promise<void>;
}
