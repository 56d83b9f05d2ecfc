/**
 * The voter in every server: who may have which group.
 *
 * ## Why one carrier
 *
 * A holder A serves group G under epoch e only while a *majority of votes* has confirmed beats that A **sent** less than
 * `permitMs` ago, each confirmation from a voter whose register named A and e when it was given. A challenger C serves
 * only after a majority has written C into its registers. Two majorities share a vote v. When v wrote C it knew of A (its
 * register named A), so by `refusal` A had released G, or v had not heard A for `takeoverMs` on its own clock.
 * In the second case the latest beat of A that v could have confirmed is older than `takeoverMs`, and by the inequality
 * in `timing.ts` A noticed that its permit had ended and has stopped everything. Confirmations that v gave to A before
 * cannot be stretched (they count from A's own send time), and after writing C, v's register no longer names A.
 *
 * What a restart could forget is either written first (the register) or waited out (silence counts from the start). What a
 * lost disk has forgotten is asked for: a voter without memory says nothing until it has heard everybody. Otherwise it
 * could help to win an epoch that comes twice, and the first holder of that epoch would be believed on its return.
 *
 * The shared vote v may be a witness: `witness.ts` says why its clock is as good. It may be a tie-breaker, which is no
 * such vote: `device.ts` says what it promises. Where fencing decides, `fencing.ts` says why no shared vote is needed.
 *
 * @module
 */
import type { Local } from "./local.ts";
import { type Beat, decided } from "./message.ts";
import type { Peers } from "./peers.ts";
import { info, list } from "./reasons.ts";
import { emptyRegister, learn, type Register } from "./register.ts";
import { mayBeActive } from "./status.ts";

/** This server as a voter. */
export class Voter {
  /** Whose registers a voter without memory has taken over. */
  readonly #listened = new Set<string>();
  /** Group -> whether it was open when it was last looked at. */
  readonly #opened = new Map<string, boolean>();

  constructor(private readonly local: Local, private readonly peers: Peers) {}

  register(group: string): Register {
    return this.local.durable.registers[group] ?? emptyRegister();
  }

  /** The register says that this server may be active. */
  holds(group: string): boolean {
    const { holder, released } = this.register(group);
    return holder === this.local.me && !released;
  }

  write(group: string, register: Register): void {
    if (register.epoch < this.register(group).epoch) {
      throw new Error(`the register of ${group} can't go back from ${this.register(group).epoch} to ${register.epoch}`);
    }
    this.local.durable.registers[group] = register;
    this.local.remember();
  }

  /** Takes from a beat what may be believed without a vote. */
  learn(beat: Beat): void {
    for (const group of this.local.spec.groups) {
      const news = beat.groups[group.name];
      if (!news) continue;
      const mine = this.register(group.name);
      // A later epoch that is over takes nothing from who serves under an earlier one: see `outbid` in `claims.ts`.
      const over = news.register.released || !mayBeActive(news.status);
      if (over && news.register.epoch > mine.epoch && mine.won && this.holds(group.name)) continue;
      const blank = !this.#knows && !this.#listened.has(beat.from) && decided(news).epoch > mine.epoch;
      let learnt = blank
        ? { ...decided(news) }
        : news.register.holder === this.local.me
        ? mine
        : learn(mine, news.register, beat.from);
      // The holder itself says that it is through, whatever its own register has come to name. A beat from before its
      // claim says nothing of it: the register may have come from a witness, ahead of a late beat.
      const knowing = news.register.epoch >= (learnt.under ?? learnt.epoch);
      if (learnt.holder === beat.from && news.idle && knowing && !learnt.released) {
        learnt = { ...learnt, released: true };
      }
      if (learnt !== mine) this.write(group.name, learnt);
    }
    this.#listened.add(beat.from);
  }

  /** What a holder wrote into the record of the witness counts as if it had said so. */
  read(group: string, theirs: Register): void {
    const mine = this.register(group);
    const learnt = learn(mine, theirs, theirs.holder ?? "");
    if (learnt !== mine) this.write(group, learnt);
  }

  /** Answers the claims in a beat. */
  answer(beat: Beat): void {
    for (const { name } of this.local.spec.groups) {
      const epoch = beat.groups[name]?.claim;
      if (epoch === undefined || epoch <= this.register(name).epoch) continue;
      const why = this.refusal(name, beat.from);
      if (why !== undefined) {
        this.local.say(
          info("refused", `${beat.from} asked for ${name} with epoch ${epoch}: no, ${why}.`, { group: name }),
        );
        continue;
      }
      this.write(name, { epoch, holder: beat.from, won: false, released: false });
      this.local.say(
        info("granted", `${beat.from} asked for ${name} with epoch ${epoch}: yes.`, { group: name, epoch }),
      );
    }
  }

  /** Why this voter would not give the group to `claimant` now; undefined when it would. */
  refusal(group: string, claimant: string): string | undefined {
    if (this.#gives(group, claimant)) return undefined;
    const silence = this.#abstains();
    if (silence !== undefined) return silence;
    const { holder, epoch } = this.register(group);
    if (holder === null || holder === this.local.me) return `${holder} has it itself under epoch ${epoch}`;
    return `${holder} may be active under epoch ${epoch}: it has been silent for ${
      Math.floor(this.peers.silentMs(holder))
    } of ${this.local.spec.timing.takeoverMs} ms`;
  }

  /** Whether it would; without the reason, because that is asked in each step. */
  #gives(group: string, claimant: string): boolean {
    if (this.#abstains() !== undefined) return false;
    const { holder, released } = this.register(group);
    if (holder === null || released || holder === claimant) return true;
    return holder !== this.local.me && this.peers.silentMs(holder) >= this.local.spec.timing.takeoverMs;
  }

  /** This voter would give the group to anybody now. */
  open(group: string): boolean {
    return this.#gives(group, "");
  }

  /** Looks, in every step: a voter that has just opened a group says so at once, because the claimant waits for it. */
  watch(groups: readonly { name: string }[]): void {
    for (const { name } of groups) {
      const open = this.open(name);
      if (this.#opened.get(name) !== open) this.local.urgent = true;
      this.#opened.set(name, open);
    }
  }

  /** When this voter will open the group if nothing more is heard; -Infinity when it is open. */
  opensAtMs(group: string): number {
    const { holder, released } = this.register(group);
    const abstainsUntilMs = this.#abstains() === undefined
      ? -Infinity
      : this.local.startedMs + this.local.spec.timing.takeoverMs;
    if (holder === null || released) return abstainsUntilMs;
    if (holder === this.local.me) return Infinity;
    return Math.max(abstainsUntilMs, this.peers.silentAtMs(holder));
  }

  /** Everybody has been heard since the disk was new, as `handover.ts` notes it. */
  get #knows(): boolean {
    return this.local.durable.handover.closed[this.local.me] !== undefined || this.local.others.length === 0;
  }

  /**
   * A voter without memory says nothing until it can't have forgotten anything that still matters. Whoever won a majority
   * with its forgotten yes is known to another of that majority, so it listens to everybody first, and takes over the
   * latest register that it hears of. A tie-breaker remembers nothing that could be asked for: with it, time has to do.
   */
  #abstains(): string | undefined {
    const { local } = this;
    if (this.#knows) return undefined;
    const unheard = local.others.filter((server) => !this.#listened.has(server));
    if (unheard.length === 0) return undefined;
    const who = `${local.me} has no memory of earlier votes`;
    if (!local.spec.tieBreaker) return `${who} and waits until it has heard ${list(unheard)}`;
    const leftMs = local.startedMs + local.spec.timing.takeoverMs - local.nowMs;
    return leftMs <= 0 ? undefined : `${who} and waits ${Math.ceil(leftMs)} ms for what it may have forgotten`;
  }
}
