/**
 * Misbehaviour on request: what EC2 and the way to it do wrong, for which servers and actions, and how often.
 *
 * @module
 */
import { Ec2Error, throttled } from "./errors.ts";

/**
 * What goes wrong:
 * - `latency`: the call takes effect on arrival, its answer comes `ms` later.
 * - `throttle`: RequestLimitExceeded. `error`: the error with `code`.
 * - `hang`: the call has no effect and no answer; the connection stays until the client leaves.
 * - `stale`: reads see the region as it was `ms` ago.
 * - `lost`: the call takes effect, then the connection is dropped without an answer.
 * - `late`: the call takes effect `ms` after its arrival, whether or not the client still waits; it gets no answer.
 * - `unreachable`: connections are reset at once. It knows no action: nothing has been said yet.
 */
export type FaultKind =
  | { kind: "latency"; ms: number }
  | { kind: "throttle" }
  | { kind: "error"; code: string; message?: string; status?: number }
  | { kind: "hang" }
  | { kind: "stale"; ms: number }
  | { kind: "lost" }
  | { kind: "late"; ms: number }
  | { kind: "unreachable" };

/** Where and how often. */
export interface FaultScope {
  /** The server whose calls it hits; left out: all. */
  server?: string;
  /** The action it hits, `*` standing for any text; left out: all. */
  action?: string;
  /** Calls that it hits before it is over; left out: until it is taken away. */
  count?: number;
}

/** A fault as it is asked for. */
export type FaultSpec = FaultKind & FaultScope;
/** A fault in force. */
export type ActiveFault = FaultSpec & { id: number };

/** What hits one call. */
export interface FaultEffects {
  latencyMs: number;
  staleMs: number;
  /** The first of the faults that decide the outcome. */
  outcome?: { kind: "error"; error: Ec2Error } | { kind: "hang" | "lost" | "reset" } | { kind: "late"; ms: number };
}

/** Faults in force at most. */
const MAX_FAULTS = 1_000;

/** The faults of one sandbox. */
export class Faults {
  #faults: ActiveFault[] = [];
  #nextId = 1;

  /** Puts a fault in force; resolves its id, with which it can be removed. */
  add(spec: FaultSpec): number {
    if (this.#faults.length >= MAX_FAULTS) throw new Error(`no more than ${MAX_FAULTS} faults can be in force at once`);
    const id = this.#nextId++;
    this.#faults.push({ ...spec, id });
    return id;
  }

  /** Takes one fault away; false when it is over already. */
  remove(id: number): boolean {
    const before = this.#faults.length;
    this.#faults = this.#faults.filter((fault) => fault.id !== id);
    return this.#faults.length < before;
  }

  /** Takes all faults away. */
  clear(): void {
    this.#faults = [];
  }

  /** Those in force, the oldest first. */
  list(): ActiveFault[] {
    return this.#faults.map((fault) => ({ ...fault }));
  }

  /** True when connections of this server are reset; counts as one hit. */
  takeUnreachable(server: string): boolean {
    const fault = this.#faults.find((one) => one.kind === "unreachable" && hits(one, server, ""));
    if (fault) this.#count(fault);
    return fault !== undefined;
  }

  /** The effects on one call; counts a hit for each fault that takes part. */
  take(server: string, action: string): FaultEffects {
    const effects: FaultEffects = { latencyMs: 0, staleMs: 0 };
    for (const fault of [...this.#faults]) {
      if (!hits(fault, server, action)) continue;
      if (fault.kind === "latency") effects.latencyMs += fault.ms;
      else if (fault.kind === "stale") effects.staleMs = Math.max(effects.staleMs, fault.ms);
      else if (effects.outcome) continue;
      else effects.outcome = outcomeOf(fault);
      this.#count(fault);
    }
    return effects;
  }

  #count(fault: ActiveFault): void {
    if (fault.count === undefined) return;
    fault.count--;
    if (fault.count <= 0) this.remove(fault.id);
  }
}

function hits(fault: FaultSpec, server: string, action: string): boolean {
  if (fault.server !== undefined && fault.server !== server) return false;
  if (fault.kind === "unreachable" || fault.action === undefined) return true;
  return new RegExp(`^${fault.action.replace(/[^\w*]/g, "").replaceAll("*", ".*")}$`).test(action);
}

function outcomeOf(fault: Exclude<FaultSpec, { kind: "latency" | "stale" }>): FaultEffects["outcome"] {
  switch (fault.kind) {
    case "throttle":
      return { kind: "error", error: throttled() };
    case "error":
      return {
        kind: "error",
        error: new Ec2Error(fault.code, fault.message ?? "A fault was asked for.", statusOf(fault)),
      };
    case "late":
      return { kind: "late", ms: fault.ms };
    case "unreachable":
      return { kind: "reset" };
    default:
      return { kind: fault.kind };
  }
}

function statusOf(fault: { code: string; status?: number }): number {
  if (fault.status !== undefined) return fault.status;
  if (fault.code === "UnauthorizedOperation") return 403;
  if (fault.code === "AuthFailure") return 401;
  if (fault.code === "InternalError" || fault.code === "InternalFailure") return 500;
  return /^(RequestLimitExceeded|Unavailable|ServiceUnavailable)$/.test(fault.code) ? 503 : 400;
}
