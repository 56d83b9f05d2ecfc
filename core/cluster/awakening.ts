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
import type { Peers } from "./peers.ts";
import { error, warning } from "./reasons.ts";

/** Notices long gaps between steps. */
export class Awakening {
  #steppedMs = Infinity;
  #untilMs = -Infinity;

  constructor(
    private readonly local: Local,
    private readonly peers: Pick<Peers, "startAnew">,
    private readonly groups: readonly GroupRun[],
  ) {}

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

  /** Real time went on without this server's clock: every permit is over, and everybody may have been heard just now. */
  suspended(forMs: number): void {
    this.local.say(warning("suspended", `The machine was suspended for ${Math.round(forMs)} ms.`));
    this.peers.startAnew();
    for (const run of this.groups) {
      if (!run.active && run.phase !== "claiming") continue;
      run.fence(`the machine was suspended for ${Math.round(forMs)} ms`);
    }
  }

  /** Whatever the votes say by now: for that long nobody looked, and the dead man's switch has taken everything down. */
  overslept(forMs: number): void {
    // Nobody listened here, so it was no silence: others may have been heard by all but this server.
    this.peers.startAnew();
    for (const run of this.groups) {
      if (!run.active || run.phase === "fencing" || run.lost) continue;
      const why = `nothing ran here for ${Math.round(forMs)} ms`;
      this.local.say(error("permit-lost", `Self-fencing: ${why}.`, { group: run.name, epoch: run.epoch }));
      run.fence(why);
    }
  }
}
