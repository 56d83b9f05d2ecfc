/**
 * What all parts of the engine on one server share: who and when it is, its durable memory, and the output of the step
 * that is being made.
 *
 * @module
 */
import type { DurableState } from "./durable.ts";
import type { Command } from "./events.ts";
import type { Reason } from "./reasons.ts";
import type { ClusterSpec } from "./spec.ts";

/** The shared desk of one engine. */
export class Local {
  nowMs: number;
  readonly startedMs: number;
  commands: Command[] = [];
  reasons: Reason[] = [];
  /** The durable memory has changed since the latest write began. */
  dirty = false;
  /** The others should hear of this step at once, not with the next heartbeat. */
  urgent = false;
  /** Why the request of this step was refused. */
  refused: string | undefined;
  /** When the latest beat of this server was made; nothing later can have been acknowledged. */
  sentMs = -Infinity;
  /** The other servers. */
  readonly others: readonly string[];
  #seed: number;

  constructor(
    /** Replaced by an adoption, see `adopt.ts`; what the server has promised by it stays the same. */
    public spec: ClusterSpec,
    readonly me: string,
    readonly incarnation: string,
    readonly durable: DurableState,
    /** False when there was no durable memory: a first start, or a lost disk. */
    readonly remembers: boolean,
    nowMs: number,
    seed: number,
    /** What ends a machine, this one or another, is only said (`baton run --no-power`). */
    readonly noPower = false,
  ) {
    this.nowMs = nowMs;
    this.startedMs = nowMs;
    this.others = spec.servers.filter((server) => server !== me);
    this.#seed = seed >>> 0;
  }

  /** Votes that make a majority. A tie-breaker or a witness counts as one more voter. */
  get majority(): number {
    return Math.floor(this.totalVotes / 2) + 1;
  }

  get totalVotes(): number {
    return this.spec.servers.length + (this.spec.tieBreaker || this.spec.witness ? 1 : 0);
  }

  say(reason: Reason): void {
    this.reasons.push(reason);
  }

  order(command: Command): void {
    this.commands.push(command);
  }

  /** The durable memory was changed: it is written before anybody is promised anything by it. */
  remember(): void {
    this.dirty = true;
  }

  /** A number in [0, 1), the same for the same seed (mulberry32). */
  random(): number {
    this.#seed = (this.#seed + 0x6d2b79f5) >>> 0;
    let t = this.#seed;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
}
