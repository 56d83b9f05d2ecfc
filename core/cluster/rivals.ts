/**
 * Two carriers that find each other.
 *
 * With sound votes only the later epoch can have a permit, so the earlier one stops (it overslept the end of its own).
 * With a weak vote both may have been told that they are not cut off: both stop, and stay so until an operator has looked:
 * which of the two histories is to live on is not for a machine to guess. Unless the file names the survivor: there the
 * group starts again, once both are down.
 *
 * @module
 */
import type { GroupRun } from "./group.ts";
import type { Intents } from "./intents.ts";
import type { Local } from "./local.ts";
import { type Beat, decided, type GroupNews } from "./message.ts";
import { error } from "./reasons.ts";
import { names } from "./register.ts";
import { mayBeActive } from "./status.ts";
import type { Voter } from "./voter.ts";

/** Who, instead of an operator, stops a group that was carried twice. */
export const RIVALRY = "the discovery of two carriers";

/** Looks for others that carry what this server carries. */
export class Rivals {
  constructor(
    private readonly local: Local,
    private readonly voter: Voter,
    private readonly intents: Intents,
    private readonly groups: readonly GroupRun[],
  ) {}

  hear(beat: Beat): void {
    for (const run of this.groups) {
      const news = beat.groups[run.name];
      if (!run.active || !news) continue;
      const settled = this.#settled(run, beat.from);
      // One that is being fenced stops anyway, but must not start again by itself where the other does not.
      if (!this.#clash(run, beat.from, news) || (run.phase === "fencing" && settled)) continue;
      this.#stop(run, beat.from, decided(news).epoch, settled);
    }
  }

  /** The sender carries it too, or this server's own vote has gone to another. */
  #clash(run: GroupRun, from: string, news: GroupNews): boolean {
    const { status } = news;
    const register = decided(news);
    if (!names(this.voter.register(run.name), this.local.me, run.epoch)) return true;
    // One that has just started still has its old register; its status tells that nothing is active there.
    if (!mayBeActive(status) || register.holder !== from || !register.won || register.released) return false;
    return this.local.spec.tieBreaker || register.epoch > run.epoch;
  }

  /** Nothing is left to decide: votes are sound, or what is to become of the group has been said. */
  #settled(run: GroupRun, from: string): boolean {
    const { survivor, tieBreaker } = this.local.spec;
    if (!tieBreaker || !this.intents.of(run.name).run) return true;
    return this.#survives(from) && this.intents.wanted(run.name) === survivor;
  }

  /** One of the two is the named survivor. */
  #survives(from: string): boolean {
    const { survivor } = this.local.spec;
    return survivor === this.local.me || survivor === from;
  }

  #stop(run: GroupRun, from: string, epoch: number, settled: boolean): void {
    const { me, spec: { survivor, tieBreaker } } = this.local;
    const who = `${from} under epoch ${epoch} and ${me} under epoch ${run.epoch}`;
    this.local.say(
      error("both-active", `${run.name} is active on both, ${who}. ${tieBreaker ? "Both stop" : `${me} stops`}.`, {
        group: run.name,
        epoch: run.epoch,
      }),
    );
    // An intent reaches every server, also those that were not there, and outlives a restart.
    if (!settled) {
      const wish = this.#survives(from) && survivor !== undefined ? { run: true, to: survivor } : { run: false };
      this.intents.want(run.name, wish, `${RIVALRY} (${who})`);
    }
    run.fence(`both were active, ${who}`);
  }
}
