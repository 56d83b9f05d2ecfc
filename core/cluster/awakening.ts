/**
 * What happens when nothing has run on this server for longer than a permit lasts (a stopped process, a stolen CPU, a
 * suspended machine). What it carried then is over, and another may have it in good order.
 *
 * Until everything is down here the server neither speaks nor listens: the others would hear of a carrier that it is no
 * more, and those with a weak vote would both stop. For them it is a little longer away, no more than a few lost packets;
 * but not for longer than stopping may take. Nor was it silence what nobody here listened to: that is counted anew.
 *
 * @module
 */
import type { GroupRun } from "./group.ts";
import type { Local } from "./local.ts";

/** Notices long gaps between steps. */
export class Awakening {
  #steppedMs = Infinity;
  #untilMs = -Infinity;

  constructor(private readonly local: Local, private readonly groups: readonly GroupRun[]) {}

  /** At the beginning of each step. Returns for how long nothing ran here, when that was longer than a permit. */
  step(suspended: boolean): number | undefined {
    const { nowMs, spec: { timing } } = this.local;
    const awayMs = nowMs - this.#steppedMs;
    const slept = awayMs > timing.permitMs;
    if (suspended || slept) this.#untilMs = nowMs + timing.stopMs;
    this.#steppedMs = nowMs;
    return slept ? awayMs : undefined;
  }

  /** It has just woken up, and something may still be up. */
  get groggy(): boolean {
    if (this.local.nowMs >= this.#untilMs) return false;
    if (this.groups.every(({ active }) => !active)) this.#untilMs = -Infinity;
    return this.#untilMs !== -Infinity;
  }

  /** When it speaks again at the latest. */
  get untilMs(): number {
    return this.#untilMs;
  }
}
