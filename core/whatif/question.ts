/**
 * A question to the simulated cluster: what if these things happened to it, then?
 *
 * @module
 */
import { list } from "../cluster/reasons.ts";
import type { ClusterSpec } from "../cluster/spec.ts";

/** Something that goes wrong, or that an operator does. */
export type Fault =
  /** kill -9 of the agent, which stays dead. */
  | { kind: "kill"; server: string }
  /** Power is lost at once on all of them; `zone` says why. */
  | { kind: "crash"; servers: readonly string[]; zone?: string }
  /** What one sends does not reach the other; `both`: nor the other way round. */
  | { kind: "cut"; from: string; to: string; both: boolean }
  /** Cut off from every server, from the tie-breaker or witness, from the fence, and from the clients. */
  | { kind: "isolate"; server: string }
  /**
   * The whole machine stands still while its clock goes on (`pause`) or with it (`suspend`); or only its agent (`freeze`),
   * so that the machine goes on serving until its dead man's switches fire.
   */
  | { kind: "pause" | "suspend" | "freeze"; server: string; forMs: number }
  /** The tie-breaker or witness is not reached from there; from nowhere when no servers are named. */
  | { kind: "device"; servers?: readonly string[] }
  | { kind: "witness-outage" }
  /** The fence refuses whatever it is asked. */
  | { kind: "fence-fails" }
  /** A monitor reports this on a server, at each of its checks. */
  | { kind: "monitor"; monitor: string; server: string; status: "normal" | "warning" | "error" | "unknown" }
  | { kind: "move"; group: string; to: string }
  | { kind: "stop"; group: string }
  | { kind: "leave"; server: string };

/** A fault and when it happens, in milliseconds after the beginning. */
export interface TimedFault {
  atMs: number;
  fault: Fault;
}

/** What no file says: how long things take, in milliseconds. */
export interface Times {
  /** Of each resource. Null: next to nothing. */
  activationMs: number | null;
  deactivationMs: number | null;
  /** Until a fence has stopped a server. */
  fenceMs: number;
  /** After this a fence gives up. */
  fenceTimeoutMs: number;
  /** Until the agent runs again after a reboot. */
  rebootMs: number;
}

/** Times where nobody says anything. */
export const DEFAULT_TIMES: Times = {
  activationMs: null,
  deactivationMs: null,
  fenceMs: 30_000,
  fenceTimeoutMs: 300_000,
  rebootMs: 60_000,
};

/** A monitor is checked so often where nobody says anything, in milliseconds. */
export const MONITOR_INTERVAL_MS = 30_000;

/** A question. The same question has the same answer. */
export interface Question {
  spec: ClusterSpec;
  /** In the order of time; none: nothing happens. */
  faults: readonly TimedFault[];
  /** When all that was done is mended, in milliseconds after the beginning. Left out: never. */
  healMs?: number;
  /** How long it is watched after the beginning, in milliseconds. Left out: until it must have settled. */
  runMs?: number;
  /** Everything that is drawn comes from it, also the moment between two heartbeats at which it begins. */
  seed: number;
  times: Times;
  /** Monitor -> milliseconds between two of its checks. */
  monitorIntervals: ReadonlyMap<string, number>;
}

/** The faults of a question in a few words. */
export function nameOf({ faults }: Pick<Question, "faults">): string {
  if (faults.length === 0) return "nothing happens";
  let atMs = 0;
  return faults.map((timed, index) => {
    const later = index > 0 && timed.atMs > atMs ? `${(timed.atMs - atMs) / 1_000} s later ` : "";
    atMs = timed.atMs;
    return later + wordsOf(timed.fault);
  }).join(", ");
}

/** A fault in a few words. */
export function wordsOf(fault: Fault): string {
  switch (fault.kind) {
    case "kill":
      return `agent of ${fault.server} is killed`;
    case "crash":
      return fault.zone === undefined
        ? `${list(fault.servers)} ${fault.servers.length === 1 ? "loses" : "lose"} power`
        : `zone ${fault.zone} loses power`;
    case "cut":
      return fault.both ? `link ${fault.from} - ${fault.to} is cut` : `what ${fault.from} sends to ${fault.to} is lost`;
    case "isolate":
      return `${fault.server} is isolated`;
    case "pause":
      return `${fault.server} stands still for ${fault.forMs / 1_000} s`;
    case "suspend":
      return `${fault.server} is suspended for ${fault.forMs / 1_000} s`;
    case "freeze":
      return `agent of ${fault.server} is frozen for ${fault.forMs / 1_000} s`;
    case "device":
      return fault.servers
        ? `${list(fault.servers)} ${fault.servers.length === 1 ? "does" : "do"} not reach the quorum vote`
        : "no server reaches the quorum vote";
    case "witness-outage":
      return "witness is down";
    case "fence-fails":
      return "fence does not work";
    case "monitor":
      return `${fault.monitor} reports ${fault.status} on ${fault.server}`;
    case "move":
      return `operator moves ${fault.group} to ${fault.to}`;
    case "stop":
      return `operator stops ${fault.group}`;
    case "leave":
      return `${fault.server} leaves in order`;
  }
}
