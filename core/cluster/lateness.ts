/**
 * Answers that come, but late: a link, or a processor, that is slow and not dead. A server that is confirmed later than a
 * healthy one ever is (`worstConfirmationMs`) loses its permits again and again, and in between it wins them, since it is
 * heard. So it says for the detection time that it is late, and another is named for a group where one could carry it.
 *
 * What is late by chance only shows when it has cost a permit. Such a server says so until a majority has confirmed it
 * promptly for a whole detection time. Otherwise two slow ones that each carry for longer than that would hand a group to
 * and fro while well ones stand by. Whether lateness was the reason is asked of the permit, not of the heartbeats: a
 * prompt voter whose yes waits for its disk confirms nothing.
 *
 * Only servers that are heard all the time count as late. Those that are silent are no majority's concern (`votes.ts` knows
 * them), and those that are heard again are late by what nobody heard until the next heartbeats have gone there and back.
 *
 * @module
 */
import type { Device } from "./device.ts";
import type { Handover } from "./handover.ts";
import type { Local } from "./local.ts";
import type { Peers } from "./peers.ts";
import type { Permit } from "./permit.ts";
import { LOST_HEARTBEATS, ROUND_TRIP_MS, type Timing, worstConfirmationMs } from "./timing.ts";
import type { Witness } from "./witness.ts";

/** The largest time without a confirmation that a server sees of which nothing is late, with a heartbeat lost, in milliseconds. */
function promptMs({ intervalMs }: Pick<Timing, "intervalMs">): number {
  return 2 * intervalMs + ROUND_TRIP_MS;
}

/** How late this server is answered. */
export class Lateness {
  /** Since when it has been late without a break; Infinity: it is not. */
  #sinceMs = Infinity;
  #latestMs = -Infinity;
  #byMs = 0;
  /** It has cost a permit. */
  #lost = false;
  /** Since when it has been prompt without a break, after that. */
  #promptMs = Infinity;

  constructor(
    private readonly local: Local,
    private readonly peers: Peers,
    private readonly handover: Handover,
    private readonly device: Device,
    private readonly witness: Witness,
  ) {}

  /** Looks, in every step. */
  watch(): void {
    const { nowMs, spec: { timing } } = this.local;
    const byMs = this.#now();
    this.#sinceMs = byMs === undefined ? Infinity : Math.min(this.#sinceMs, nowMs);
    if (byMs !== undefined && nowMs - this.#sinceMs >= LOST_HEARTBEATS * timing.intervalMs) this.#note(byMs);
    if (!this.#lost) return;
    const prompt = this.#votes((server) => this.#ageMs(server) <= promptMs(timing));
    this.#promptMs = prompt < this.local.majority ? Infinity : Math.min(this.#promptMs, nowMs);
    this.#lost = nowMs - this.#promptMs < timing.takeoverMs;
  }

  /**
   * A permit has ended that a majority had confirmed up to `confirmedMs`. If a majority is heard all the same, and one of
   * those goes on confirming, but has not confirmed `permit` since, this server is late. One that has ceased to confirm is
   * deaf, and shows it by that.
   */
  lost(permit: Permit, confirmedMs: number): void {
    if (confirmedMs === -Infinity || this.#votes((server) => this.#steady(server)) < this.local.majority) return;
    const limitMs = worstConfirmationMs(this.local.spec.timing);
    const waited = this.local.others.some((server) =>
      this.#steady(server) && permit.confirmedMs(server) <= confirmedMs && this.peers.listens(server, limitMs)
    );
    if (!waited) return;
    this.#note(this.local.nowMs - confirmedMs);
    this.#lost = true;
    this.#promptMs = Infinity;
  }

  #note(byMs: number): void {
    this.#latestMs = this.local.nowMs;
    this.#byMs = byMs;
  }

  /** By how much a majority that is heard confirms late at the moment; undefined: it does not. */
  #now(): number | undefined {
    const { majority, others, spec: { timing } } = this.local;
    const limitMs = worstConfirmationMs(timing);
    if (this.#votes((server) => this.#ageMs(server) <= limitMs) >= majority) return undefined;
    if (this.#votes((server) => this.#steady(server)) < majority) return undefined;
    let byMs = Infinity;
    for (const server of others) {
      const ageMs = this.#ageMs(server);
      if (ageMs > limitMs && !this.peers.left(server)) byMs = Math.min(byMs, ageMs);
    }
    return byMs === Infinity ? undefined : byMs;
  }

  /** The votes of this server, of a third and of the servers that `are`. */
  #votes(are: (server: string) => boolean): number {
    let votes = this.handover.votes.length + (this.device.fresh || this.witness.fresh() ? 1 : 0);
    for (const server of this.local.others) {
      if (!this.peers.left(server) && are(server)) votes += this.peers.beat(server)?.votes.length ?? 0;
    }
    return votes;
  }

  /** How long ago the latest heartbeat was sent that `server` has confirmed. */
  #ageMs(server: string): number {
    return this.local.nowMs - this.peers.confirmedMs(server);
  }

  /** It is heard all the time. */
  #steady(server: string): boolean {
    const { nowMs, spec: { timing } } = this.local;
    return !this.peers.left(server) && nowMs - this.peers.heardSinceMs(server) >= worstConfirmationMs(timing) &&
      this.peers.quietMs(server) <= timing.intervalMs * (1 + LOST_HEARTBEATS);
  }

  /** Why another server should be named, as the end of a sentence that starts with this one's name. */
  get slow(): string | undefined {
    if (!this.#lost && this.local.nowMs - this.#latestMs >= this.local.spec.timing.takeoverMs) return undefined;
    return `was answered ${(this.#byMs / 1_000).toFixed(1)} s late`;
  }
}
