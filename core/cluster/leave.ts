/**
 * Leaving in order, and the final actions that end with it: groups down, the vote handed over if the others need it,
 * goodbye said, exit. Each part has a deadline; a server that can't finish in order leaves all the same, and the others
 * treat it like one that crashed.
 *
 * @module
 */
import type { Dependencies } from "./dependencies.ts";
import type { GroupRun } from "./group.ts";
import type { Handover } from "./handover.ts";
import type { Local } from "./local.ts";
import type { Peers } from "./peers.ts";
import { info, list, sentence, warning } from "./reasons.ts";
import type { StopOccasion } from "./spec.ts";

/** What becomes of the machine. */
export interface Power {
  action: "shutdown" | "reboot";
  /** It is one of the final actions that are limited. */
  counts: boolean;
}

/** The way out of one server. */
export class Leave {
  #reason: string | null = null;
  #power: Power | null = null;
  /** A final action: nobody waits for anything any more. */
  #forced = false;
  /** It ends for good, and not only until it is started again. */
  #final = false;
  /** All groups are down since then. */
  #downMs: number | null = null;
  #handoverDone = false;
  #exited = false;

  constructor(
    private readonly local: Local,
    private readonly peers: Peers,
    private readonly handover: Handover,
    private readonly dependencies: Dependencies,
    private readonly groups: readonly GroupRun[],
  ) {}

  get leaving(): boolean {
    return this.#reason !== null;
  }

  /** It ends with the machine. */
  get power(): boolean {
    return this.#power !== null;
  }

  /** All groups are down and goodbye may be said. */
  get left(): boolean {
    return this.#downMs !== null;
  }

  begin(why: string): void {
    if (this.#reason !== null) return;
    this.#reason = why;
    this.local.say(info("leaving", sentence(`${this.local.me} leaves in order: ${why}`)));
    this.local.urgent = true;
  }

  /** Leaves because of a final action; null: the machine stays on. `final`: the agent stays down as well. */
  force(why: string, power: Power | null, final = false): void {
    this.#power = power ?? this.#power;
    this.#final ||= final;
    this.#forced = true;
    // What can't be stopped will not get better by waiting: power ends it.
    if (this.groups.some(({ phase }) => phase === "stuck")) {
      this.#reason ??= why;
      this.#end();
    } else this.begin(why);
  }

  /** Goes one step further on the way out. */
  proceed(): void {
    if (this.#reason === null || this.#exited) return;
    for (const run of this.groups) {
      const waits = !this.#forced && run.phase === "online" && this.dependencies.stopWait(run, this.#occasion());
      if (!waits) run.stop("stop", `${this.local.me} leaves`);
    }
    if (this.groups.some((run) => run.phase === "stuck")) return this.#power ? this.#end() : undefined;
    if (this.groups.some((run) => run.active || run.phase === "claiming")) return;
    if (this.#downMs === null) {
      this.#downMs = this.local.nowMs;
      this.local.urgent = true;
      this.#handOver();
    }
    const patienceMs = this.local.spec.timing.permitMs;
    if (!this.#handoverDone && !this.handover.given && this.local.nowMs - this.#downMs < patienceMs) return;
    // One more interval, so that the goodbye is heard even if one packet is lost.
    if (this.local.nowMs - this.#downMs < this.local.spec.timing.intervalMs) return;
    this.#end();
  }

  /** When nobody stays, all of the cluster stops. */
  #occasion(): StopOccasion {
    const stays = this.local.others.some((server) =>
      this.peers.fresh(server) && !this.peers.left(server) && !this.peers.beat(server)?.leaving
    );
    return stays ? "server" : "cluster";
  }

  /** Gives the vote away when those who stay would be no majority without it. */
  #handOver(): void {
    const stay = this.local.others.filter((server) => this.peers.fresh(server) && !this.peers.left(server));
    const votes = new Set(stay.flatMap((server) => this.peers.beat(server)?.votes ?? []));
    const carrier = stay.find((server) =>
      this.groups.some(({ name }) => this.peers.news(server, name)?.status === "online")
    );
    const taker = carrier ?? stay[0];
    // By the word of who stays: one that has just started may reach the third vote, and not have it yet.
    const third = taker !== undefined && this.peers.beat(taker)?.third ? 1 : 0;
    if (taker === undefined || votes.size + third >= this.local.majority) {
      this.#handoverDone = true;
      return;
    }
    if (!this.handover.knowsSerial) {
      this.#handoverDone = true;
      const unheard = this.local.others.filter((server) => !this.peers.everHeard(server));
      this.local.say(warning(
        "vote-given",
        `${this.local.me} keeps its vote, though the others would need it: it started without memory and has not heard ` +
          `${list(unheard)} since.`,
      ));
      return;
    }
    this.handover.give(taker);
  }

  #end(): void {
    if (this.#exited) return;
    this.#exited = true;
    this.handover.giveUp();
    const reason = this.#reason ?? "it was asked to";
    this.local.say(
      this.left
        ? info("left", sentence(`${this.local.me} has left: ${reason}`))
        : warning("left", sentence(`${this.local.me} ends, but not in order: ${reason}`)),
    );
    this.local.urgent = true;
    if (this.#power) this.local.order({ do: "power", ...this.#power, reason });
    this.local.order({ do: "exit", reason, ...(this.#final ? { final: true } : {}) });
  }
}
