/**
 * Counts votes: those in sight, those that would agree to a claim, and why there are not more.
 *
 * @module
 */
import type { Device } from "./device.ts";
import { DEVICE_VOTE, WITNESS_VOTE } from "./vote_names.ts";
import type { Fencing } from "./fencing.ts";
import type { Handover } from "./handover.ts";
import type { Local } from "./local.ts";
import type { Peers } from "./peers.ts";
import type { Permit } from "./permit.ts";
import { list } from "./reasons.ts";
import type { Voter } from "./voter.ts";
import type { Witness } from "./witness.ts";

/** Would a majority agree? */
export interface Agreement {
  votes: string[];
  enough: boolean;
  /** What is missing, one sentence without its full stop. */
  missing: string;
}

/** Adds to `votes` those of `more` that are not there. A list: so few are found sooner in one than in a set. */
function merge(votes: string[], more: readonly string[]): void {
  for (const vote of more) if (!votes.includes(vote)) votes.push(vote);
}

/** The votes of the cluster as one server sees them. */
export class Votes {
  constructor(
    private readonly local: Local,
    private readonly peers: Peers,
    private readonly device: Device,
    private readonly witness: Witness,
    private readonly fencing: Fencing,
    private readonly voter: Voter,
    private readonly handover: Handover,
  ) {}

  /** Votes in reach, whatever they think of `group`; without it, of any group. */
  visible(group?: string): string[] {
    const votes = [...this.handover.votes];
    for (const server of this.local.others) {
      if (this.peers.mutual(server) && !this.peers.left(server)) merge(votes, this.peers.beat(server)?.votes ?? []);
    }
    merge(votes, this.fencing.dispensable());
    if (this.device.fresh) votes.push(DEVICE_VOTE);
    if (this.witness.fresh(group)) votes.push(WITNESS_VOTE);
    return votes;
  }

  /** Whether the vote that is no server's would support a claim of this server if all the others had left. */
  get third(): boolean {
    const { groups, witness } = this.local.spec;
    if (!witness) return this.device.settled;
    return groups.every(({ name }) => this.witness.refusal(name) === undefined);
  }

  /** Why this server has no majority in sight for `group`, as the end of a sentence; undefined when it has. */
  minority(group: string): string | undefined {
    if (this.handover.votes.length === 0) return `has no vote: ${this.handover.explain() ?? "it gave it away"}`;
    const votes = this.visible(group);
    if (votes.length >= this.local.majority) return undefined;
    const fenceable = this.fencing.removable().filter((server) => !votes.includes(server));
    if (votes.length + fenceable.length >= this.local.majority) return undefined;
    return `sees only ${
      list(votes)
    } (${votes.length} of ${this.local.totalVotes} votes, ${this.local.majority} needed)`;
  }

  /**
   * Votes that would agree to a claim of this server now. `presumed`: also count the votes of servers that fencing would
   * remove, to know whether it is worth it.
   */
  agreement(group: string, presumed = false): Agreement {
    const votes: string[] = [];
    const agreeing = new Set<string>();
    const mine = this.voter.refusal(group, this.local.me);
    if (mine === undefined) merge(votes, this.handover.votes);
    for (const server of this.local.others) {
      const news = this.peers.news(server, group);
      if (!this.peers.mutual(server) || this.peers.left(server) || !news) continue;
      if (!news.open && !(news.register.holder === this.local.me)) continue;
      agreeing.add(server);
      merge(votes, this.peers.beat(server)?.votes ?? []);
    }
    merge(votes, presumed ? this.fencing.removable() : this.fencing.removed());
    const third: string[] = [];
    if (this.local.spec.tieBreaker) {
      const refusal = this.device.refusal(agreeing);
      if (refusal === undefined) votes.push(DEVICE_VOTE);
      else third.push(refusal);
    }
    if (this.local.spec.witness) {
      const refusal = this.witness.refusal(group);
      if (refusal === undefined) votes.push(WITNESS_VOTE);
      else third.push(refusal);
    }
    const missing = mine ?? [
      `only ${list(votes)} would agree (${votes.length} of ${this.local.totalVotes} votes, ` +
      `${this.local.majority} needed)`,
      ...third,
    ].join("; ");
    return { votes, enough: mine === undefined && votes.length >= this.local.majority, missing };
  }

  /** Why the permit is what it is, one sentence without its full stop. */
  explain(permit: Permit | null): string {
    const majority = permit?.majority(this.handover.votes);
    const needed = `${this.local.majority} of ${this.local.totalVotes} votes`;
    if (!majority || majority.confirmedMs === -Infinity) return `fewer than ${needed} confirm it`;
    const ageMs = Math.round(this.local.nowMs - majority.confirmedMs);
    const absent = this.local.others
      .filter((server) => (permit?.confirmedMs(server) ?? -Infinity) <= majority.confirmedMs)
      .map((server) => `${server} ${this.#wanting(server, permit?.confirmedMs(server) ?? -Infinity)}`);
    if (this.local.spec.tieBreaker && this.device.confirmedMs <= majority.confirmedMs) {
      absent.push(`the tie-breaker was ${this.#ago(this.device.reachedMs)}`);
    }
    if (this.local.spec.witness && permit && permit.confirmedMs(WITNESS_VOTE) <= majority.confirmedMs) {
      absent.push(this.witness.explain(permit.group));
    }
    return `${needed} were last confirmed ${ageMs} ms ago (limit ${this.local.spec.timing.permitMs} ms)` +
      (absent.length === 0 ? "" : `; ${absent.join("; ")}`);
  }

  /** Why `server` confirmed nothing later, as the end of a sentence that starts with its name. */
  #wanting(server: string, confirmedMs: number): string {
    if (!this.peers.deaf(server, confirmedMs)) return this.absence(server);
    if (!this.peers.listens(server)) return `is heard, but does not hear ${this.local.me}`;
    return `is slow, or the way to it: it confirms what was sent ${
      Math.round(this.local.nowMs - this.peers.confirmedMs(server))
    } ms ago`;
  }

  /** What keeps `server` from being counted, as the end of a sentence that starts with its name. */
  absence(server: string): string {
    if (this.peers.left(server)) return "has left in order";
    if (this.fencing.stopped(server)) return "is off for certain";
    if (!this.peers.everHeard(server)) return "has not been heard";
    return `has been silent for ${Math.round(this.peers.quietMs(server))} ms`;
  }

  #ago(ms: number): string {
    const agoMs = Math.round(this.local.nowMs - ms);
    return agoMs === Infinity ? "never reached" : `reached ${agoMs} ms ago`;
  }
}
