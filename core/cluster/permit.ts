/**
 * How long this server may serve a group: the right to be active, counted in votes.
 *
 * A vote confirms at the *send* time of the beat it answers, never at the arrival of the answer, so a delayed answer
 * gives no more right than a prompt one. The permit ends `permitMs` after the send time that a majority of votes has
 * confirmed. It is never extended by anything that came later than its end: who has lost it starts over with a claim.
 *
 * A yes that is not on the voter's disk yet confirms nothing. But it is said, and whoever says it hears this server and
 * gives the group to nobody else, so the device may speak for it when it takes too long: see `device.ts`.
 *
 * @module
 */
import type { Device } from "./device.ts";
import { slowMs } from "./disk.ts";
import { DEVICE_VOTE } from "./vote_names.ts";
import type { Fencing } from "./fencing.ts";
import type { Local } from "./local.ts";
import { type Beat, decided } from "./message.ts";
import { names } from "./register.ts";
import type { Voter } from "./voter.ts";

/** The time that a majority has confirmed, and with whose votes. */
export interface Majority {
  /** On this server's clock; -Infinity when there is no majority. */
  confirmedMs: number;
  /** Whose votes are no older than that. */
  votes: string[];
}

/** The `needed`-latest time among `votes` (vote -> time it confirms). */
export function majorityOf(votes: ReadonlyMap<string, number>, needed: number): Majority {
  const sorted = [...votes].sort((a, b) => b[1] - a[1]);
  const last = sorted[needed - 1];
  if (!last || last[1] === -Infinity) return { confirmedMs: -Infinity, votes: sorted.map(([vote]) => vote) };
  return { confirmedMs: last[1], votes: sorted.filter(([, ms]) => ms >= last[1]).map(([vote]) => vote) };
}

/** Puts a time where it belongs among `times`, of which the latest comes first. */
function putInOrder(times: number[], ms: number): void {
  let at = times.length;
  for (; at > 0 && times[at - 1]! < ms; at--) times[at] = times[at - 1]!;
  times[at] = ms;
}

/** Confirmations of one group under one epoch. */
export class Permit {
  /** Vote -> the latest send time it has confirmed for this epoch. */
  readonly #confirmed = new Map<string, number>();
  /** Servers that confirm by themselves, and up to when: the device never speaks for them. */
  readonly #agreeing = new Map<string, number>();
  /** The same with those whose yes is not on their disk yet. */
  readonly #promising = new Map<string, number>();
  /** When others were asked for the group; Infinity: not yet. */
  askedMs = Infinity;
  /** Once won, the device may stand in for a voter that has just become unreachable. */
  won = false;
  /** When it ended, on this server's clock: what is confirmed after that only says that nobody else has the group. */
  endedMs: number | null = null;

  constructor(
    private readonly local: Local,
    private readonly voter: Voter,
    private readonly device: Device,
    private readonly fencing: Fencing,
    readonly group: string,
    /** Grows when the holder goes on under a later epoch: what was confirmed before is the same right. */
    public epoch: number,
  ) {}

  /** Counts what a beat confirms. */
  hear(beat: Beat): void {
    const ack = beat.acks[this.local.me];
    const news = beat.groups[this.group];
    if (!ack?.taken || !news || ack.incarnation !== this.local.incarnation) return;
    if (!names(decided(news), this.local.me, this.epoch)) return;
    this.#promising.set(beat.from, Math.max(ack.sentMs, this.#promising.get(beat.from) ?? -Infinity));
    if (!names(news.register, this.local.me, this.epoch)) return;
    this.#agreeing.set(beat.from, Math.max(ack.sentMs, this.#agreeing.get(beat.from) ?? -Infinity));
    for (const vote of beat.votes) {
      this.#confirmed.set(vote, Math.max(ack.sentMs, this.#confirmed.get(vote) ?? -Infinity));
    }
  }

  /** A vote other than a server's has confirmed what was sent at `sentMs`. */
  confirm(vote: string, sentMs: number): void {
    this.#confirmed.set(vote, Math.max(sentMs, this.#confirmed.get(vote) ?? -Infinity));
  }

  /** What the votes amount to now, if need be without one of them. `ownVotes` are those this server holds. */
  majority(ownVotes: readonly string[], without?: string): Majority {
    const deviceMs = this.#count(ownVotes);
    const votes = new Map(this.#confirmed);
    if (without !== undefined) votes.delete(without);
    if (deviceMs !== undefined) votes.set(DEVICE_VOTE, deviceMs);
    return majorityOf(votes, this.local.majority);
  }

  /** When the right to serve ends, on this server's clock. -Infinity: there is none. */
  untilMs(ownVotes: readonly string[]): number {
    // The same as `majority`, without the names: this is asked several times in each step.
    const deviceMs = this.#count(ownVotes);
    const times: number[] = [];
    for (const ms of this.#confirmed.values()) putInOrder(times, ms);
    if (deviceMs !== undefined) putInOrder(times, deviceMs);
    return (times[this.local.majority - 1] ?? -Infinity) + this.local.spec.timing.permitMs;
  }

  /** Counts what needs no message. Returns what the device confirms; undefined when it has no vote. */
  #count(ownVotes: readonly string[]): number | undefined {
    // Remembered like any other: a vote that is given back has confirmed until that moment.
    if (names(this.voter.register(this.group), this.local.me, this.epoch)) {
      for (const vote of ownVotes) this.#confirmed.set(vote, this.local.nowMs);
    }
    for (const server of this.fencing.standsInFor(this)) this.#confirmed.set(server, this.local.nowMs);
    if (!this.local.spec.tieBreaker) return undefined;
    if (!this.#deviceCounts()) return undefined;
    return Math.min(this.device.confirmedMs, this.device.speaksUntilMs(this.#promising));
  }

  #deviceCounts(): boolean {
    if (this.endedMs !== null) return false;
    return this.won ? this.device.fresh : this.device.refusal(this.#settled) === undefined;
  }

  /** Whom the device need not wait for: a yes that is under way gets a moment to come as a vote. */
  get #settled(): ReadonlyMap<string, number> {
    const waitedMs = this.local.nowMs - this.askedMs;
    return waitedMs >= slowMs(this.local.spec.timing) ? this.#promising : this.#agreeing;
  }

  /** Up to when a server itself (not who has its vote), or a third vote, has confirmed, on this server's clock. */
  confirmedMs(vote: string): number {
    const isServer = this.local.spec.servers.includes(vote);
    return (isServer ? this.#agreeing : this.#confirmed).get(vote) ?? -Infinity;
  }
}
