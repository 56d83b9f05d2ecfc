/**
 * Groups that wait for each other: one starts when others are online (`startAfter`), one stops when others are down
 * (`stopAfter`). Both waits end: a start is then given up or made all the same, a stop is made. They say nothing of who may
 * carry a group, and no server that loses its permit waits for anything.
 *
 * @module
 */
import type { GroupRun } from "./group.ts";
import type { Intents } from "./intents.ts";
import type { Local } from "./local.ts";
import type { Peers } from "./peers.ts";
import { error, info, list, warning } from "./reasons.ts";
import type { StartAfter, StopOccasion } from "./spec.ts";

/** The waits of one server. */
export class Dependencies {
  /** Waits to start that are over without what was waited for: told once for each time placement names this server. */
  readonly #given = new Map<string, number>();
  /** Since when a group waits to stop. */
  readonly #stopSinceMs = new Map<string, number>();
  readonly #stopGiven = new Set<string>();

  constructor(
    private readonly local: Local,
    private readonly peers: Peers,
    private readonly intents: Intents,
    private readonly groups: readonly GroupRun[],
    /** Whom placement names for a group. */
    private readonly placed: (run: GroupRun) => string | undefined,
  ) {}

  /**
   * What a group waits for before this server claims it, which placement has named since `sinceMs`; undefined when for
   * nothing. A wait that is over without success stops the group where the file says `abort`.
   */
  startWait(run: GroupRun, sinceMs: number): string | undefined {
    for (const after of run.spec.startAfter ?? []) {
      const missing = this.#missing(after);
      if (missing === undefined) continue;
      const leftMs = after.timeoutMs - (this.local.nowMs - sinceMs);
      if (leftMs > 0) return `it starts after ${after.group}, which ${missing}`;
      const text = `${run.name} has waited ${seconds(after.timeoutMs)} for ${after.group}, which ${missing}`;
      const facts = { group: run.name };
      if (after.onTimeout === "abort") {
        this.local.say(error("start-wait", `${text}. It is not started; start it by hand.`, facts));
        const by = `the wait for ${after.group}, which was not online within ${seconds(after.timeoutMs)},`;
        this.intents.want(run.name, { run: false }, by);
        return `${by} stopped it`;
      }
      const key = `${run.name} ${after.group}`;
      if (this.#given.get(key) !== sinceMs) {
        this.local.say(warning("start-wait", `${text}. It starts all the same.`, facts));
      }
      this.#given.set(key, sinceMs);
    }
    return undefined;
  }

  /** What a group waits for before it stops here; undefined when for nothing, or not any longer. */
  stopWait(run: GroupRun, occasion: StopOccasion): string | undefined {
    const { stopAfter } = run.spec;
    const up = stopAfter?.at[occasion] ? stopAfter.groups.filter((group) => this.#up(group, occasion)) : [];
    if (!stopAfter || up.length === 0) {
      this.#stopSinceMs.delete(run.name);
      this.#stopGiven.delete(run.name);
      return undefined;
    }
    const facts = { group: run.name };
    const sinceMs = this.#stopSinceMs.get(run.name);
    if (sinceMs === undefined) {
      this.#stopSinceMs.set(run.name, this.local.nowMs);
      this.local.say(info("stop-wait", `${run.name} stops after ${list(up)}, and waits.`, facts));
    } else if (this.local.nowMs - sinceMs >= stopAfter.timeoutMs) {
      if (!this.#stopGiven.has(run.name)) {
        const text = `${run.name} has waited ${seconds(stopAfter.timeoutMs)} for ${
          list(up)
        } to stop, and stops all the same.`;
        this.local.say(warning("stop-wait", text, facts));
      }
      this.#stopGiven.add(run.name);
      return undefined;
    }
    return `it stops after ${list(up)}`;
  }

  /** What keeps a group from being there for one that starts after it, as the end of a sentence about it. */
  #missing({ group, sameServer }: StartAfter): string | undefined {
    const run = this.groups.find(({ name }) => name === group);
    if (!run) return undefined;
    if (!sameServer) return this.#statuses(group).includes("online") ? undefined : "is online nowhere";
    // One that goes to another server, or nowhere, is not waited for.
    const coming = run.phase === "claiming" || run.phase === "activating" ||
      (run.phase === "offline" && this.intents.of(group).run && this.placed(run) === this.local.me &&
        !this.#elsewhere(group));
    return coming ? `is on its way to ${this.local.me}` : undefined;
  }

  #up(group: string, occasion: StopOccasion): boolean {
    const here = this.groups.find(({ name }) => name === group)?.active ?? false;
    return here || (occasion !== "server" && this.#elsewhere(group));
  }

  /** Another server has it, or something of it. */
  #elsewhere(group: string): boolean {
    return this.#statuses(group, false).some((status) => status !== "offline" && status !== "online-failure");
  }

  #statuses(group: string, here = true): string[] {
    const others = this.local.others.filter((server) => this.peers.fresh(server) && !this.peers.left(server))
      .map((server) => this.peers.news(server, group)?.status ?? "offline");
    const mine = this.groups.find(({ name }) => name === group)?.status;
    return here && mine !== undefined ? [mine, ...others] : others;
  }
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
