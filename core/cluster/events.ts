/**
 * What goes into the engine and what comes out.
 *
 * @module
 */
import type { Write } from "./disk.ts";
import type { Beat } from "./message.ts";
import type { Moment, Obscurity } from "./presence.ts";
import type { Reason } from "./reasons.ts";
import type { Register } from "./register.ts";
import type { ClusterSpec, RecoveryStep } from "./spec.ts";

/** A verdict of a monitor as the engine needs it. */
export interface EngineVerdict {
  status: "normal" | "warning" | "error" | "unknown";
  code?: number;
  message: string;
  /** The check did not end in time. */
  timedOut?: boolean;
  /** How long the check took, and what it had, in milliseconds. */
  took?: { ms: number; ofMs: number };
}

/** How an activation, a deactivation or a script failed. */
export interface Failure {
  code: number;
  message: string;
  /** It did not end in time. */
  timedOut?: boolean;
}

/** What a witness remembers of a group: a voter's register, and who wrote it. */
export interface WitnessRecord extends Register {
  /** The detection time that the times of its holder ask for, in milliseconds. */
  servesMs: number;
  /** The incarnation that wrote it and its number there: no two writes are alike. */
  writer: string;
  write: number;
}

/** What came of a question to the witness. */
export type WitnessOutcome =
  | { kind: "record"; version: string; record: WitnessRecord }
  | { kind: "none" }
  | { kind: "written"; version: string }
  | { kind: "conflict" }
  /** No answer, or one that could not be understood: a write may have been done all the same. */
  | { kind: "unreached"; message: string };

/** Why a resource is activated or deactivated; the plugin contract has the same words. */
export type Cause = "start" | "failover" | "move" | "recover" | "stop" | "fence";

/** Something that happened. */
export type Event =
  | { type: "tick" }
  /** An authentic beat, newer than any before it from the same incarnation. */
  | { type: "beat"; beat: Beat }
  /**
   * Something came from the address of `server`, or in its name, that was not understood; `message` says why. What says
   * it itself, with a key of this cluster, has a `moment` of its own, and the `echo` of what it has heard of this server.
   */
  | { type: "unclear"; server: string; cause: Obscurity; message: string; moment?: Moment; echo?: Moment }
  /** The acknowledgement device was asked at `startedMs` (this server's clock) and answered, or did not. */
  | { type: "device"; startedMs: number; reached: boolean; message: string }
  /** What a predecessor of this process may have left of the group is gone, or could not be removed. */
  | { type: "swept"; group: string; failure?: Failure }
  | { type: "activated"; group: string; resource: string; epoch: number; failure?: Failure }
  | { type: "deactivated"; group: string; resource: string; epoch: number; failure?: Failure }
  /** The answer to `fence`: everything of the group is down, or something is left. */
  | { type: "fenced"; group: string; epoch: number; failure?: Failure }
  /** The answer to the latest `witness-read` or `witness-write` of the group. */
  | { type: "witness"; group: string; request: number; outcome: WitnessOutcome }
  /** The answer to `shoot`: the server is off for certain, or that could not be made certain. */
  | { type: "shot"; server: string; request: number; stopped: boolean; message: string; code?: number }
  /** A write that a step asked for is on the disk. */
  | { type: "written"; number: number }
  | { type: "verdict"; monitor: string; verdict: EngineVerdict }
  /** The answer to `script`. */
  | { type: "script-done"; monitor: string; request: number; failure?: Failure }
  /** Shutdowns and reboots by final actions within the last hour: fewer now. */
  | { type: "power-actions"; count: number }
  | { type: "operator"; request: OperatorRequest }
  /** Another file, see `adopt.ts`. `devices`: what is asked from now on are other acknowledgement devices. */
  | { type: "file"; spec: ClusterSpec; devices?: true }
  /** The machine was suspended: real time went on while this server's clock stood still. */
  | { type: "suspended"; forMs: number };

/** What an operator asks of this server. `by` names who, for the journal. */
export type OperatorRequest =
  | { op: "start"; group: string; by: string }
  | { op: "stop"; group: string; by: string }
  | { op: "move"; group: string; to: string; by: string }
  /** An operator has made sure that the server is off. */
  | { op: "confirm-stopped"; server: string; by: string }
  /** From now on every check of the monitor counts as failed, to see what comes of it; `clear` ends that. */
  | { op: "fail-monitor"; monitor: string; clear: boolean; by: string }
  /** Stop in order: groups down, goodbye said, then exit. */
  | { op: "leave"; by: string };

/** Something to do. The driver reports the result of the first three as events. */
export type Command =
  | {
    do: "activate";
    group: string;
    resource: string;
    epoch: number;
    cause: Cause;
    attempt: number;
    /** The server that went down with the group, where that is why. */
    lost?: string;
  }
  | { do: "deactivate"; group: string; resource: string; epoch: number; cause: Cause; attempt: number }
  /**
   * Drop what is under way, take everything of the group down within `budgetMs`, addresses first. `again`: the one before
   * has failed, and a majority has confirmed since it began, so the permit is what the engine says once more.
   */
  | { do: "fence"; group: string; epoch: number; budgetMs: number; again?: true }
  | { do: "monitor"; monitor: string; run: boolean }
  /** Run the monitor's script of this step, for the `count`th time. Answered with `script-done`. */
  | { do: "script"; monitor: string; request: number; step: RecoveryStep; count: number }
  /** Ask the witness. Answered with `witness`, within the permit time. */
  | { do: "witness-read"; group: string; request: number }
  /** Replace the record of the group if it still has the version `expected`. */
  | { do: "witness-write"; group: string; request: number; expected: string | null; record: WitnessRecord }
  /** Stop another server for certain. Answered with `shot`. */
  | { do: "shoot"; server: string; request: number }
  /** `counts`: it is remembered over the restart, for the limit of such actions. */
  | { do: "power"; action: "shutdown" | "reboot"; reason: string; counts?: boolean }
  /** Everything is in order: the process may end. `final`: by a final action, so it is to stay down. */
  | { do: "exit"; reason: string; final?: true };

/** What one step leads to. */
export interface Output {
  /**
   * Write this, synced, and answer with `written`. None is asked for while another is under way. Nothing else waits for it:
   * the engine lets out only what the disk has already, see `disk.ts`.
   */
  persist?: Write;
  /** Send this to every other server. */
  beat?: Beat;
  commands: Command[];
  /** For the journal. */
  reasons: Reason[];
  /** The answer to an operator's request: undefined when it was accepted, else why not. */
  refused?: string;
  /** When `tick` is due at the latest, in milliseconds of the engine's clock. */
  wakeMs: number;
}
