/**
 * Disks, processors and links that are slow for a while, laid over whatever else a history has. They are drawn by
 * themselves, so that all else stays as it is without them.
 */
import type { ClusterSpec } from "../../core/cluster/spec.ts";
import type { Random } from "../../core/simulation/random.ts";
import type { Draft } from "./draft.ts";

/** Share of the histories that have any. */
const WITH_SLOW = 0.5;
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

  /** Lays some over the history that is drawn so far. */
  overlay(): void {
    const { random, draft } = this;
    if (!random.chance(WITH_SLOW)) return;
    const untilMs = draft.nowMs;
    const spans = 1 + Math.floor(random.next() * 4);
    const kinds = [() => this.#disk(), () => this.#disk(), () => this.#processor(), () => this.#link()];
    for (let span = 0; span < spans; span++) {
      draft.nowMs = random.between(0, untilMs);
      random.pick(kinds)();
    }
    draft.nowMs = untilMs;
  }

  #disk(): void {
    const { random, draft } = this;
    const server = random.pick(this.spec.servers);
    const hangs = random.chance(0.2);
    const most = draft.between(5, LONGEST_SYNC_MS);
    draft.act("disk", { server, sync: hangs ? [HANGING_MS, HANGING_MS] : [random.chance(0.5) ? most : 0, most] });
    draft.act("disk", { server }, draft.between(200, LONGEST_SPAN_MS));
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
