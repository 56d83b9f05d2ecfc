/**
 * What of this server's memory is on its disk, and how long its disk takes.
 *
 * ## A vote is on disk before anybody hears of it, and a heartbeat does not wait for it
 *
 * The driver writes one state at a time; what changes meanwhile goes into the next write, all of it at once. So there are
 * two memories: the one that this server decides by (`Local.durable`), and the one that would survive a power loss
 * (`written`), which lags behind while a write is under way. Decisions are made by the first, and a beat promises only
 * what both of them hold:
 *
 * - **Registers** are told as they are on the disk. Where the memory has gone on, the beat says what to (`promise`), and
 *   then it confirms nobody: not the holder on the disk, which a decision has already passed over, and not the one in the
 *   memory, which a power loss would forget. Epochs never go back, so where both name the same holder and epoch,
 *   everything that was ever under way between them does too, and whatever a power loss leaves behind keeps that promise.
 * - **Votes** count where both memories have them; handovers are told as they are on the disk.
 * - What is **up** here (`idle`, `status`), what was heard (`acks`), what operators want, and who is ready is told at
 *   once: none of it is a promise to remember something. That a group is down is true of its epoch also after a power
 *   loss, because nothing starts again without a later one.
 *
 * What a start has read counts as being on the disk: whoever reads it makes it so first (`core/agent/state_file.ts`).
 *
 * A claim is asked for when it is on the disk, and nothing is won before, so a server that comes back remembers every epoch
 * under which it may have had something. The end in order waits for the disk as well, for as long as a permit lasts.
 *
 * ## A slow disk is a property of its server, not of its votes
 *
 * So a disk delays a yes, and nothing else: who carries keeps its permit by what is on the disks already. A yes that is
 * under way is waited for (`claims.ts`); where it is one too few, a tie-breaker stands in for it (`device.ts`). And a server
 * whose disk takes longer than {@linkcode slowMs} says so, and is named for a group only where no other could carry it as
 * well; one whose disk takes longer than a permit lasts, only where no other could carry it at all (`placement.ts`). It goes
 * on trying its disk, so that it is well again when the disk is.
 *
 * @module
 */
import { copyOf } from "./copy.ts";
import type { DurableHandover, DurableState } from "./durable.ts";
import { emptyDurableState } from "./durable.ts";
import type { Local } from "./local.ts";
import { info, warning } from "./reasons.ts";
import { emptyRegister, type Register } from "./register.ts";
import type { Timing } from "./timing.ts";

/** A write for the driver to carry out. It answers with `written` and the same number. */
export interface Write {
  number: number;
  state: DurableState;
}

/**
 * A disk that is well has answered by then, in milliseconds, and one beat says everything. Longer: beats are late where a
 * disk is slow. Shorter: more beats.
 */
const HOLD_MS = 20;

/** Detection times between two writes that nobody asked for: how long the disk takes is known before it matters. */
const PROBE_DETECTION_TIMES = 10;

/**
 * Above this, in milliseconds, another server is named for a group. A claim takes two writes, one here and one where the
 * yes comes from. Shorter: ordinary hiccups of a disk move groups. Longer: a takeover by this server takes longer.
 */
export function slowMs({ permitMs }: Pick<Timing, "permitMs">): number {
  return permitMs / 4;
}

/** The disk of one server. */
export class Disk {
  #written: DurableState;
  #writing: (Write & { sinceMs: number }) | null = null;
  #number = 0;
  #lastMs: number | null = null;
  #endedMs: number;
  #toldSlow = false;

  constructor(private readonly local: Local) {
    // What was read counts as it was read: what this start has changed in it is yet to be written.
    this.#written = local.remembers ? copyOf(local.durable) : emptyDurableState();
    this.#endedMs = local.nowMs;
  }

  /** What would survive a power loss. */
  get written(): DurableState {
    return this.#written;
  }

  /** The register of a group that would survive one. */
  register(group: string): Register {
    return this.#written.registers[group] ?? emptyRegister();
  }

  /** Votes that both memories have; `mine` are those of the memory that decides. */
  votes(mine: readonly string[]): string[] {
    const { given, held } = this.#written.handover;
    return mine.filter((vote) => vote === this.local.me ? given === null : held[vote] !== undefined);
  }

  /** Votes on the move as they would survive a power loss. */
  get handover(): DurableHandover {
    return this.#written.handover;
  }

  /** Everything that was decided is on the disk. */
  get settled(): boolean {
    return this.#writing === null && !this.local.dirty;
  }

  /** How long the latest write took, in milliseconds; null before the first. */
  get lastMs(): number | null {
    return this.#lastMs;
  }

  /** For how long the write that is under way has been, in milliseconds; null when there is none. */
  get waitingMs(): number | null {
    return this.#writing === null ? null : this.local.nowMs - this.#writing.sinceMs;
  }

  /** A write has just begun: what will be said when it has ended is worth a moment. */
  get brief(): boolean {
    return this.#writing !== null && this.local.nowMs < this.#writing.sinceMs + HOLD_MS;
  }

  /** Why another server should be named, as the end of a sentence that starts with this one's name. */
  get slow(): string | undefined {
    const waitingMs = this.waitingMs ?? 0;
    const takesMs = this.#takesMs;
    if (takesMs <= slowMs(this.local.spec.timing)) return undefined;
    const time = `${(takesMs / 1_000).toFixed(1)} s`;
    return waitingMs === takesMs ? `has waited ${time} for its disk` : `took ${time} for the latest write to its disk`;
  }

  /** It is so slow that a server with recorded errors is better. */
  get hangs(): true | undefined {
    return this.#takesMs >= this.local.spec.timing.permitMs ? true : undefined;
  }

  get #takesMs(): number {
    return Math.max(this.#lastMs ?? 0, this.waitingMs ?? 0);
  }

  /** What is to be written now; undefined when nothing is, or while a write is under way. */
  next(): Write | undefined {
    if (this.#writing !== null || !(this.local.dirty || this.local.nowMs >= this.#probeMs)) return undefined;
    this.local.dirty = false;
    this.#writing = { number: ++this.#number, state: copyOf(this.local.durable), sinceMs: this.local.nowMs };
    return this.#writing;
  }

  /** A write has ended. */
  ended(number: number): void {
    if (this.#writing?.number !== number) return;
    this.#written = this.#writing.state;
    this.#lastMs = this.local.nowMs - this.#writing.sinceMs;
    this.#writing = null;
    this.#endedMs = this.local.nowMs;
    // What could not be said before can be said now.
    this.local.urgent = true;
  }

  /** Tells the journal of a disk that has become slow, or well again. */
  watch(): void {
    const { slow } = this;
    if ((slow !== undefined) === this.#toldSlow) return;
    this.#toldSlow = slow !== undefined;
    const { me, spec: { timing } } = this.local;
    if (slow === undefined) {
      this.local.say(
        info("disk-well", `The disk of ${me} is well again: ${Math.round(this.#lastMs ?? 0)} ms for a write.`),
      );
    } else {
      this.local.say(warning(
        "disk-slow",
        `${me} ${slow} (limit ${
          Math.round(slowMs(timing))
        } ms): its answers to claims are late by as much, and another ` +
          "server is named where one could carry.",
      ));
    }
  }

  /** When the time comes to look at the disk again, if nothing is written before. */
  get wakeMs(): number {
    if (this.#writing === null) return this.#probeMs;
    const { sinceMs } = this.#writing;
    if (this.brief) return sinceMs + HOLD_MS;
    const { timing } = this.local.spec;
    return sinceMs + (this.slow === undefined ? slowMs(timing) + 1 : timing.permitMs);
  }

  /** A disk that was slow is tried again soon. */
  get #probeMs(): number {
    const { timing } = this.local.spec;
    const slow = (this.#lastMs ?? 0) > slowMs(timing);
    return this.#endedMs + (slow ? timing.permitMs : PROBE_DETECTION_TIMES * timing.takeoverMs);
  }
}
