/**
 * The witness: one more **sound** vote. It is a record in somebody else's store that can only be replaced by whoever
 * names the version it replaces. It has no clock and no rules of its own, so whoever asks for its vote applies the rules
 * of a voter (`voter.ts`) for it, and the compare-and-swap makes sure that only one can at a time.
 *
 * ## Why it is as good as a server's vote
 *
 * It confirms a holder by taking its write, from the time at which that write was **sent**. So a version that somebody
 * has read confirms nothing later than the moment at which that answer arrived. A claimant counts the silence of the
 * holder from there, on its own clock; when it replaces that very version after `takeoverMs`, there was no other write in
 * between, and the inequality of `timing.ts` holds for this vote as for any other. Whatever arrives late, is repeated or
 * is answered with an old version meets another version and changes nothing. A write whose answer got lost is found
 * again by its writer and number.
 *
 * Writes are few: when a group changes hands, and while the servers alone would not be a majority. In between the record
 * rests, so that its silence has long lasted when it is needed; it is read several times in each permit, so that a
 * witness out of reach is a warning before it is needed.
 *
 * A record that is gone has forgotten what it promised. It is made anew by the carrier, or by somebody who sees all
 * servers; nobody else may.
 *
 * @module
 */
import type { Disk } from "./disk.ts";
import type { Command, Event, WitnessRecord } from "./events.ts";
import type { GroupRun, Phase } from "./group.ts";
import type { Local } from "./local.ts";
import type { Peers } from "./peers.ts";
import type { Permit } from "./permit.ts";
import { info, list, warning } from "./reasons.ts";
import { names, type Register } from "./register.ts";
import { ROUND_TRIP_MS, safeTakeoverMs } from "./timing.ts";
import { WITNESS_VOTE } from "./vote_names.ts";
import type { Voter } from "./voter.ts";

/** Reads in each permit time, so that one that is lost costs nothing. */
const READS_PER_PERMIT = 3;

/** Phases in which a permit is kept. */
const SERVING: readonly Phase[] = ["claiming", "activating", "online", "deactivating"];

/** Writes without an answer that are remembered, to be recognised when they turn up. */
const MAX_LOST_WRITES = 16;

/** A write that was sent. */
interface Write {
  record: WitnessRecord;
  sentMs: number;
}

/** What is known of the record of one group. */
interface Page {
  /** Undefined: not read yet. Null: there is no record. */
  version: string | null | undefined;
  /** A write may have changed it since: nothing is decided before it has been read again. */
  stale: boolean;
  record: WitnessRecord | null;
  /** When the first answer with this version arrived. */
  sinceMs: number;
  /** When the latest question was sent that was answered. */
  answeredMs: number;
  /** The next question is due. */
  dueMs: number;
  request: number;
  /** When the question that is under way was sent; null when there is none. */
  askedMs: number | null;
  /** The write that is under way. */
  writing: Write | null;
  /** Writes without an answer: they may be done, or still will be. */
  lost: Write[];
}

/** The witness as this server has seen it. */
export class Witness {
  /** What the latest question led to; null until the first. */
  reached: boolean | null = null;
  message = "not asked yet";
  readonly #pages = new Map<string, Page>();
  #requests = 0;
  #writes = 0;

  constructor(
    private readonly local: Local,
    private readonly disk: Disk,
    private readonly peers: Peers,
    private readonly voter: Voter,
  ) {
    for (const { name } of local.spec.groups) this.keep(name);
  }

  /** Keeps a page for a group, from now on. */
  keep(group: string): void {
    if (!this.local.spec.witness) return;
    this.#pages.set(group, {
      version: undefined,
      stale: false,
      record: null,
      sinceMs: Infinity,
      answeredMs: -Infinity,
      dueMs: -Infinity,
      request: 0,
      askedMs: null,
      writing: null,
      lost: [],
    });
  }

  /** It has answered a question about `group` (or any) that is younger than a permit. */
  fresh(group?: string): boolean {
    const { nowMs, spec: { timing: { permitMs } } } = this.local;
    if (group !== undefined) return nowMs - (this.#pages.get(group)?.answeredMs ?? -Infinity) < permitMs;
    for (const { answeredMs } of this.#pages.values()) if (nowMs - answeredMs < permitMs) return true;
    return false;
  }

  /** The epoch of its latest yes. */
  epoch(group: string): number {
    return this.#pages.get(group)?.record?.epoch ?? 0;
  }

  /** Why it would not give the group to this server now; undefined when it would. */
  refusal(group: string): string | undefined {
    const page = this.#pages.get(group);
    if (!page) return "there is no witness";
    if (!this.fresh(group) || page.version === undefined || page.stale) {
      return `the witness is not reached: ${this.message}`;
    }
    const { takeoverMs } = this.local.spec.timing;
    const silentMs = Math.floor(this.local.nowMs - page.sinceMs);
    if (page.record === null) {
      const unseen = this.local.others.filter((server) => !this.peers.mutual(server));
      if (unseen.length > 0) {
        return `the witness has no memory of ${group}, and only who sees all servers may begin it anew (missing: ${
          list(unseen)
        })`;
      }
      if (silentMs < takeoverMs) return `the witness has lost its memory of ${group} ${silentMs} ms ago`;
      return undefined;
    }
    const { holder, released, epoch } = page.record;
    const limitMs = this.#patienceMs(page);
    if (holder === null || released || holder === this.local.me || silentMs >= limitMs) return undefined;
    return `the witness knows ${holder} under epoch ${epoch}, which has been silent to it for ${silentMs} of ` +
      `${limitMs} ms`;
  }

  /** What it says of `group`, for the explanation of a permit that ended. */
  explain(group: string): string {
    const page = this.#pages.get(group);
    if (!page || !this.fresh(group)) return `the witness is not reached: ${this.message}`;
    const { record } = page;
    if (record && record.holder !== this.local.me) {
      return `the witness knows ${record.holder} under epoch ${record.epoch}`;
    }
    return "the witness has not confirmed it since";
  }

  /** Asks or writes what is due for a group. */
  proceed(run: GroupRun, ownVotes: readonly string[]): void {
    const page = this.#pages.get(run.name);
    if (!page) return;
    const { nowMs, spec: { timing } } = this.local;
    // An answer that never came: what was asked is as good as lost.
    if (page.askedMs !== null && nowMs - page.askedMs >= timing.permitMs) this.#unreached(page, "no answer in time");
    if (page.askedMs !== null) return;
    const next = page.version === undefined || page.stale ? undefined : this.#due(run, page, ownVotes);
    if (next) return this.#write(run.name, page, next);
    if (nowMs >= page.dueMs) this.#ask(page, { do: "witness-read", group: run.name, request: ++this.#requests });
  }

  /** When `proceed` has something to do at the latest, if nothing happens before. */
  wakeMs(): number {
    const { permitMs } = this.local.spec.timing;
    let wakeMs = Infinity;
    for (const page of this.#pages.values()) {
      wakeMs = Math.min(wakeMs, page.askedMs === null ? page.dueMs : page.askedMs + permitMs);
      // The vote opens by itself when the silence has lasted.
      const opensMs = page.sinceMs + this.#patienceMs(page);
      if (opensMs > this.local.nowMs) wakeMs = Math.min(wakeMs, opensMs);
    }
    return wakeMs;
  }

  /** An answer. Returns the register that its holder wrote there, when there is something to learn from it. */
  answered(event: Extract<Event, { type: "witness" }>, permit: Permit | null): Register | undefined {
    const page = this.#pages.get(event.group);
    if (!page || page.askedMs === null || event.request !== page.request) return undefined;
    const { outcome } = event;
    if (outcome.kind === "unreached") {
      this.#unreached(page, outcome.message);
      return undefined;
    }
    const sentMs = page.askedMs;
    const written = page.writing;
    page.askedMs = null;
    page.writing = null;
    page.answeredMs = sentMs;
    page.dueMs = sentMs + this.local.spec.timing.permitMs / READS_PER_PERMIT;
    this.#told(true, "it answered");
    switch (outcome.kind) {
      case "written":
        if (written) {
          this.#know(page, outcome.version, written.record);
          this.#confirm(written, permit);
        }
        return undefined;
      case "conflict":
        page.stale = true;
        page.dueMs = this.local.nowMs;
        return undefined;
      case "none":
        this.#know(page, null, null);
        return undefined;
      case "record":
        return this.#read(page, outcome.version, outcome.record, permit);
    }
  }

  /** How long its holder has to be silent. The witness has no file of its own, so the record says what the holder's says. */
  #patienceMs({ record }: Page): number {
    return Math.max(this.local.spec.timing.takeoverMs, record?.servesMs ?? 0);
  }

  /** What should stand in the record now; undefined when it is as it should be, or may not be replaced. */
  #due(run: GroupRun, page: Page, ownVotes: readonly string[]): Register | undefined {
    const { record } = page;
    const { permit } = run;
    const { me } = this.local;
    const mine = record?.holder === me && !record.released;
    const serves = permit && SERVING.includes(run.phase) && names(this.voter.register(run.name), me, permit.epoch);
    // A claim that its own disk does not have yet is nobody's business.
    if (serves && !names(this.disk.register(run.name), me, permit.epoch)) return undefined;
    if (!serves) {
      return mine && run.phase === "offline" ? { ...record, released: true } : undefined;
    }
    const wanted = { epoch: permit.epoch, holder: me, won: permit.won, released: false };
    if (mine && record.epoch === permit.epoch) {
      return record.won !== permit.won || this.#needed(permit, ownVotes) ? wanted : undefined;
    }
    // Whoever has won an epoch may say so: no other can have won the same one, and who held an earlier one is passive.
    if (permit.won) return (record?.epoch ?? 0) <= permit.epoch ? wanted : undefined;
    return (record?.epoch ?? 0) < permit.epoch && this.refusal(run.name) === undefined ? wanted : undefined;
  }

  /** The servers alone have not confirmed for longer than a healthy heartbeat takes. */
  #needed(permit: Permit, ownVotes: readonly string[]): boolean {
    if (!permit.won) return false;
    const { intervalMs } = this.local.spec.timing;
    if (this.local.nowMs - permit.confirmedMs(WITNESS_VOTE) < intervalMs) return false;
    const servers = permit.majority(ownVotes, WITNESS_VOTE);
    return this.local.nowMs - servers.confirmedMs > 2 * intervalMs + ROUND_TRIP_MS;
  }

  #write(group: string, page: Page, register: Register): void {
    const { epoch, holder, won, released } = register;
    const servesMs = safeTakeoverMs(this.local.spec.timing);
    const record = { epoch, holder, won, released, servesMs, writer: this.local.incarnation, write: ++this.#writes };
    page.writing = { record, sentMs: this.local.nowMs };
    this.#ask(page, {
      do: "witness-write",
      group,
      request: ++this.#requests,
      expected: page.version ?? null,
      record,
    });
  }

  #ask(page: Page, command: Extract<Command, { do: "witness-read" | "witness-write" }>): void {
    page.request = command.request;
    page.askedMs = this.local.nowMs;
    this.local.order(command);
  }

  #read(page: Page, version: string, record: WitnessRecord, permit: Permit | null): Register | undefined {
    const mine = page.lost.find(({ record: lost }) => lost.writer === record.writer && lost.write === record.write);
    if (mine) this.#confirm(mine, permit);
    // Writes that may still come name versions that are gone by now.
    if (version !== page.version) page.lost = [];
    this.#know(page, version, record);
    const { epoch, holder, won, released } = record;
    return holder === null || holder === this.local.me ? undefined : { epoch, holder, won, released };
  }

  #know(page: Page, version: string | null, record: WitnessRecord | null): void {
    if (version !== page.version) page.sinceMs = this.local.nowMs;
    page.version = version;
    page.record = record;
    page.stale = false;
  }

  #confirm({ record, sentMs }: Write, permit: Permit | null): void {
    if (permit && !record.released && permit.epoch === record.epoch) permit.confirm(WITNESS_VOTE, sentMs);
  }

  #unreached(page: Page, message: string): void {
    if (page.writing) {
      page.lost.push(page.writing);
      if (page.lost.length > MAX_LOST_WRITES) page.lost.shift();
      page.stale = true;
    }
    page.askedMs = null;
    page.writing = null;
    page.dueMs = this.local.nowMs + this.local.spec.timing.intervalMs;
    this.#told(false, message);
  }

  #told(reached: boolean, message: string): void {
    this.message = message;
    if (this.reached === reached) return;
    const again = this.reached === null ? "" : " again";
    this.reached = reached;
    if (reached) this.local.say(info("witness-reached", `The witness is reached${again}.`));
    else this.local.say(warning("witness-lost", `The witness is not reached: ${message}.`));
  }
}
