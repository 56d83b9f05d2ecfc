/**
 * Leaving in order, and the final actions that end with it: groups down, the vote handed over if the others need it,
 * goodbye said, exit. Each part has a deadline; a server that can't finish in order leaves all the same, and the others
 * treat it like one that crashed.
 *
 * @module
 */
import type { Device } from "./device.ts";
import type { GroupRun } from "./group.ts";
import type { Handover } from "./handover.ts";
import type { Intents } from "./intents.ts";
import type { Local } from "./local.ts";
import type { Peers } from "./peers.ts";
import type { Witness } from "./witness.ts";
import { error, info, list, type ReasonFacts, sentence, warning } from "./reasons.ts";
import type { FinalAction } from "./spec.ts";

/** The way out of one server. */
export class Leave {
  #reason: string | null = null;
  #power: "shutdown" | "reboot" | null = null;
  /** All groups are down since then. */
  #downMs: number | null = null;
  #handoverDone = false;
  #exited = false;

  constructor(
    private readonly local: Local,
    private readonly peers: Peers,
    private readonly device: Device,
    private readonly witness: Witness,
    private readonly handover: Handover,
    private readonly intents: Intents,
    private readonly groups: readonly GroupRun[],
  ) {}

  get leaving(): boolean {
    return this.#reason !== null;
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

  /** Carries out a final action; `facts.group` is the group that `stop-group` stops. */
  finalAction(action: FinalAction, why: string, facts: ReasonFacts = {}): void {
    if (action === "none") return;
    this.local.say(error("final-action", sentence(`Final action ${action}: ${why}`), facts));
    if (action === "stop-group") {
      const { group } = facts;
      if (group && this.intents.of(group).run) {
        this.intents.want(group, { run: false }, `the final action on ${this.local.me}`);
      }
      return;
    }
    if (action !== "stop-service") this.#power = action;
    // What can't be stopped will not get better by waiting: power ends it.
    if (this.groups.some(({ phase }) => phase === "stuck")) {
      this.#reason ??= why;
      this.#end();
    } else this.begin(why);
  }

  /** Goes one step further on the way out. */
  proceed(): void {
    if (this.#reason === null || this.#exited) return;
    for (const run of this.groups) run.stop("stop", `${this.local.me} leaves`);
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

  /** Gives the vote away when those who stay would be no majority without it. */
  #handOver(): void {
    const stay = this.local.others.filter((server) => this.peers.fresh(server) && !this.peers.left(server));
    const votes = new Set(stay.flatMap((server) => this.peers.beat(server)?.votes ?? []));
    const third = this.device.fresh || this.witness.fresh() ? 1 : 0;
    const carrier = stay.find((server) =>
      this.groups.some(({ name }) => this.peers.news(server, name)?.status === "online")
    );
    const taker = carrier ?? stay[0];
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
    if (this.#power) this.local.order({ do: "power", action: this.#power, reason });
    this.local.order({ do: "exit", reason });
  }
}
