/**
 * The acknowledgement device of network partition resolution: a **weak** vote. It says "you are not cut off", and it may
 * say that to both sides of a partition at once. What it can promise is this: as long as at any moment at most one side
 * of a partition reaches it, there is one carrier.
 *
 * So it only ever stands in for servers that are silent, or that say yes themselves and wait for their disk, never against
 * one that can be heard; and for a claim it must
 * have been reached without a gap for the whole detection time. A server that was cut off and sees the device come back
 * a moment before its peers does not rush: in that time the peers are heard, or the former carrier has stopped. A server
 * that has started again behind a link that lets nothing through to it can't be believed (see `peers.ts`), but it is
 * there: the device does not stand in for it either, and does not confirm a carrier that it is about to replace. Nor does
 * it stand in for one that is there but not understood (`presence.ts`).
 *
 * ## A yes that waits for its disk
 *
 * Let X claim, and Y be heard with a yes to that claim that is not on its disk (`disk.ts`). Y's vote is not counted, because
 * a power loss would forget it. But until then Y hears X, says no to every other claim of an earlier epoch, and is a
 * rival of X no more than one that has said yes for good; so once it has waited for longer than a disk may take, the device
 * stands in for it. After a power loss Y is a server that has started again: it counts X's silence from its start, takes
 * over by the device only when X is silent to it for the detection time, and the rules for one that has started again hold
 * for it as they do where X took over from a silent Y. Two majorities still share a vote that is on a disk: of n servers and
 * the device, one with the device has at least half of the servers for good, and one without it more than half.
 *
 * ## After the end of a permit
 *
 * A machine that could not stop in time may stay on while a majority confirms that nobody else has the group
 * (`last_resort.ts`). The device has no say in that: it remembers nobody, so its answer keeps no other side from claiming
 * by what it heard before, and a network that is whole for a moment, too short for a heartbeat, lets both sides reach it.
 *
 * An answer confirms a carrier from the latest heartbeat that it had *sent* when it asked, not from the question: that
 * heartbeat is what the others count its silence from, so the inequality of `timing.ts` holds here as it stands.
 *
 * @module
 */
import type { Local } from "./local.ts";
import type { Peers } from "./peers.ts";
import type { Presence } from "./presence.ts";
import { info, warning } from "./reasons.ts";
import type { Roster } from "./roster.ts";
import { LOST_HEARTBEATS } from "./timing.ts";

/** The device as this server has seen it. */
export class Device {
  /** When the latest question was asked that got an answer. */
  reachedMs = -Infinity;
  /** The latest heartbeat that was sent before it: up to then the device confirms what is carried. */
  confirmedMs = -Infinity;
  /** When the heartbeats of the last permit time were sent. */
  readonly #sentMs: number[] = [];
  /** When the first question of the current unbroken run of answers was asked. */
  sinceMs = Infinity;
  /** What the latest question led to; null until the first. */
  reached: boolean | null = null;
  message = "not asked yet";

  constructor(
    private readonly local: Local,
    private readonly peers: Peers,
    private readonly roster: Roster,
    private readonly presence: Presence,
  ) {}

  /** A heartbeat goes out now. */
  sent(): void {
    const { nowMs, spec: { timing } } = this.local;
    if (!this.local.spec.tieBreaker) return;
    while (this.#sentMs.length > 0 && this.#sentMs[0]! < nowMs - timing.permitMs) this.#sentMs.shift();
    this.#sentMs.push(nowMs);
  }

  /** Another device is asked from now on: what it has not said itself counts for no claim. What is carried stays confirmed. */
  anew(): void {
    this.sinceMs = Infinity;
  }

  observe(startedMs: number, reached: boolean, message: string): void {
    if (!reached) this.sinceMs = Infinity;
    else {
      // A long time without any question (a pause of this server) is a gap as well.
      if (this.sinceMs === Infinity || startedMs - this.reachedMs > this.local.spec.timing.permitMs) {
        this.sinceMs = startedMs;
      }
      this.reachedMs = Math.max(this.reachedMs, startedMs);
      this.confirmedMs = Math.max(this.confirmedMs, this.#sentMs.findLast((ms) => ms <= startedMs) ?? -Infinity);
    }
    this.message = message;
    if (this.reached === reached) return;
    const again = this.reached === null ? "" : " again";
    this.reached = reached;
    if (reached) this.local.say(info("device-reached", `The tie-breaker is reached${again}: ${message}.`));
    else this.local.say(warning("device-lost", `The tie-breaker is not reached: ${message}.`));
  }

  /** Its vote confirms what this server already carries. */
  get fresh(): boolean {
    return this.local.spec.tieBreaker && this.local.nowMs - this.reachedMs < this.local.spec.timing.permitMs &&
      this.#impatient() === undefined;
  }

  /** It has been reached for as long as a claim needs. */
  get settled(): boolean {
    return this.fresh && this.local.nowMs - this.sinceMs >= this.local.spec.timing.takeoverMs;
  }

  /**
   * Why the device does not support a claim of this server now; undefined when it does. `agreeing` are servers that
   * have said yes themselves.
   */
  refusal(agreeing: { has(server: string): boolean }): string | undefined {
    const { takeoverMs } = this.local.spec.timing;
    if (!this.local.spec.tieBreaker) return "there is no tie-breaker";
    const impatient = this.#impatient();
    if (impatient !== undefined) return `the tie-breaker does not stand in for ${impatient}, which has other times`;
    if (!this.fresh) return "the tie-breaker is not reached";
    const waiting = this.local.others.find((server) =>
      !agreeing.has(server) && !this.peers.left(server) && this.peers.silentMs(server) < takeoverMs
    );
    if (waiting !== undefined) {
      const silentMs = Math.floor(this.peers.silentMs(waiting));
      return `the tie-breaker stands in for ${waiting} only after ${takeoverMs} ms of silence, now ${silentMs} ms`;
    }
    const knocking = this.local.others.find((server) => this.peers.knocking(server, takeoverMs));
    if (knocking !== undefined) {
      return `the tie-breaker does not stand in for ${knocking}: it has started again and does not hear ${this.local.me}`;
    }
    const obscure = this.#obscure(agreeing);
    if (obscure !== undefined) return obscure;
    const reachedMs = this.local.nowMs - this.sinceMs;
    if (reachedMs >= takeoverMs) return undefined;
    return `the tie-breaker has been reached for ${Math.floor(reachedMs)} of ${takeoverMs} ms`;
  }

  /** A server that is there but not understood; one with a fence is made sure of before a takeover. */
  #obscure(agreeing: { has(server: string): boolean }): string | undefined {
    if (this.local.spec.fence) return undefined;
    for (const server of this.local.others) {
      const message = agreeing.has(server) ? undefined : this.presence.there(server);
      if (message === undefined) continue;
      return `the tie-breaker does not stand in for ${server}, which is there but is not understood: ${message}`;
    }
    return undefined;
  }

  /**
   * A server that can be heard but has stopped confirming hears nothing of this one: it will take over as if this one
   * were dead. The device does not stand in for it, so it says no more than that server said last. One that has just
   * come back gets a permit's time to confirm, from the first heartbeat that may have got lost.
   */
  speaksUntilMs(confirmed: ReadonlyMap<string, number>): number {
    const lostMs = LOST_HEARTBEATS * this.local.spec.timing.intervalMs;
    let untilMs = Infinity;
    for (const server of this.local.others) {
      // One that knows that this server is there does not take over for as long as one that confirms it.
      const confirmedMs = Math.max(confirmed.get(server) ?? -Infinity, this.peers.noticedMs(server));
      if (this.peers.left(server) || !this.peers.deaf(server, confirmedMs)) continue;
      untilMs = Math.min(untilMs, Math.max(confirmedMs, this.peers.heardSinceMs(server) - lostMs));
    }
    return Math.min(untilMs, this.#knockedAtMs());
  }

  /**
   * The same for one that has started again and is not believed yet, because it hears nothing of this server. It counts
   * the silence from its start, of which the first heartbeats may have got lost.
   */
  #knockedAtMs(): number {
    const { permitMs, intervalMs } = this.local.spec.timing;
    const lostMs = LOST_HEARTBEATS * intervalMs;
    let untilMs = Infinity;
    for (const server of this.local.others) {
      const knock = this.peers.knocking(server, permitMs);
      if (!knock || knock.latestMs - knock.sinceMs < permitMs - 2 * lostMs) continue;
      untilMs = Math.min(untilMs, knock.sinceMs - lostMs);
    }
    return untilMs;
  }

  /** One that would take over by the same device sooner than this server stops. */
  #impatient(): string | undefined {
    return this.local.others.find((server) => this.roster.impatient(server) && !this.peers.left(server));
  }

  /** When it will support a claim if nothing changes; Infinity when that can't be said. */
  get supportsAtMs(): number {
    return this.fresh ? this.sinceMs + this.local.spec.timing.takeoverMs : Infinity;
  }
}
