/**
 * Disks, processors and links that are slow for a while, laid over whatever else a history has. They are drawn by
 * themselves, so that all else stays as it is without them.
 */
import type { ClusterSpec } from "../../core/cluster/spec.ts";
import type { Random } from "../../core/simulation/random.ts";
import type { Draft } from "./draft.ts";

/** Share of the histories that have any. */
const WITH_SLOW = 0.5;
/** Share of the histories of three servers that end with a yes that was not on the disk when the power failed. */
const WITH_UNWRITTEN_YES = 0.2;
/** The longest write of a disk that is slow, in milliseconds; some hang for longer than anything waits. */
export const LONGEST_SYNC_MS = 4_000;
export const HANGING_MS = 60_000;
/** The longest span, in milliseconds. */
const LONGEST_SPAN_MS = 12_000;
/** Share of the longest pause that a step takes at most: three of them make a server that never catches up. */
export const STEP_SHARE = 0.25;
/** How late a slow link is at most, in milliseconds; with a weak vote one that is as late as a cut would be one. */
export const LATEST_MS = 1_500;
export const LATEST_WEAK_MS = 300;

/** Draws slow things. */
export class SlowFaults {
  constructor(private readonly spec: ClusterSpec, private readonly random: Random, private readonly draft: Draft) {}

  /** Lays some over the history that is drawn so far. With `steady` all processes live on. */
  overlay(steady: boolean): void {
    const { random, draft } = this;
    if (!random.chance(WITH_SLOW)) return;
    const untilMs = draft.nowMs;
    const spans = 1 + Math.floor(random.next() * 4);
    const disk = () => this.#disk(steady);
    const kinds = [disk, disk, () => this.#processor(), () => this.#link()];
    for (let span = 0; span < spans; span++) {
      draft.nowMs = random.between(0, untilMs);
      random.pick(kinds)();
    }
    draft.nowMs = untilMs;
    if (!steady && this.spec.servers.length === 3 && random.chance(WITH_UNWRITTEN_YES)) this.#unwrittenYes();
  }

  /**
   * The carrier, which only the friend still hears, gets its yes for the next epoch while the friend's disk is slow. Then
   * the friend loses its power, and hears the carrier no more when it is back.
   */
  #unwrittenYes(): void {
    const { draft } = this;
    draft.wait(2_000);
    draft.act("heal");
    draft.act("weather");
    draft.act("start", { server: "all" });
    draft.wait(4 * this.spec.timing.takeoverMs);
    draft.act("cast", { pick: this.random.next() });
    this.#part("@rival");
    draft.act("ask", { server: "@friend", op: "stop", group: "@group" }, 300);
    draft.act("disk", { server: "@friend", sync: [LONGEST_SYNC_MS, LONGEST_SYNC_MS] }, 1_300);
    draft.act("ask", { server: "@friend", op: "start", group: "@group" }, 1_400);
    const crashMs = 1_400 + draft.between(50, 700);
    draft.act("crash", { server: "@friend" }, crashMs);
    this.#part("@friend", crashMs);
    draft.act("disk", { server: "@friend" }, crashMs);
    draft.act("start", { server: "@friend" }, crashMs + draft.between(10, 100));
    draft.wait(crashMs + 2 * this.spec.timing.takeoverMs);
  }

  #part(from: string, inMs = 0): void {
    this.draft.act("cut", { from: "@carrier", to: from }, inMs);
    this.draft.act("cut", { from, to: "@carrier" }, inMs);
  }

  /** What is being written when the power fails may be on the disk or not: that is what a promise must survive. */
  #disk(steady: boolean): void {
    const { random, draft } = this;
    const server = random.pick(this.spec.servers);
    const hangs = random.chance(0.2);
    const most = draft.between(5, LONGEST_SYNC_MS);
    draft.act("disk", { server, sync: hangs ? [HANGING_MS, HANGING_MS] : [random.chance(0.5) ? most : 0, most] });
    const spanMs = draft.between(200, LONGEST_SPAN_MS);
    draft.act("disk", { server }, spanMs);
    const crashMs = random.between(0, spanMs);
    const downMs = random.between(10, 1_000);
    if (steady || !random.chance(0.5)) return;
    draft.act("crash", { server }, crashMs);
    draft.act("start", { server }, crashMs + downMs);
  }

  #processor(): void {
    const { random, draft } = this;
    const server = random.pick(this.spec.servers);
    draft.act("processor", { server, step: draft.between(1, STEP_SHARE * this.spec.timing.pauseMs) });
    draft.act("processor", { server }, draft.between(200, LONGEST_SPAN_MS));
  }

  #link(): void {
    const { random, draft } = this;
    const server = random.pick(this.spec.servers);
    const weak = this.spec.tieBreaker && this.spec.fence === undefined;
    const most = draft.between(1, weak ? LATEST_WEAK_MS : LATEST_MS);
    draft.act("link", { server, late: [random.chance(0.5) ? most : 0, most] });
    draft.act("link", { server }, draft.between(200, LONGEST_SPAN_MS));
  }
}
