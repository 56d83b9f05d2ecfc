/**
 * Answers that come, but late: a link, or a processor, that is slow and not dead. A server that is confirmed later than a
 * healthy one ever is (`worstConfirmationMs`) loses its permits again and again, and in between it wins them, since it is
 * heard. So it says for the detection time that it is late, and another is named for a group where one could carry it.
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
import { LOST_HEARTBEATS, worstConfirmationMs } from "./timing.ts";
import type { Witness } from "./witness.ts";

/** How late this server is answered. */
export class Lateness {
  /** Since when it has been late without a break; Infinity: it is not. */
  #sinceMs = Infinity;
  #latestMs = -Infinity;
  #byMs = 0;

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
    if (nowMs - this.#sinceMs >= LOST_HEARTBEATS * timing.intervalMs) this.#note(byMs);
  }

  /** A permit has ended: if a majority was heard all the same, it is not leaned on again for the detection time. */
  lost(): void {
    this.#note(this.#now());
  }

  #note(byMs: number | undefined): void {
    if (byMs === undefined) return;
    this.#latestMs = this.local.nowMs;
    this.#byMs = byMs;
  }

  /** By how much a majority that is heard confirms late at the moment; undefined: it does not. */
  #now(): number | undefined {
    const { nowMs, majority, others, spec: { timing } } = this.local;
    const limitMs = worstConfirmationMs(timing);
    const third = this.device.fresh || this.witness.fresh() ? 1 : 0;
    let prompt = this.handover.votes.length + third;
    if (prompt >= majority) return undefined;
    let heard = prompt;
    let byMs = Infinity;
    for (const server of others) {
      if (this.peers.left(server)) continue;
      const votes = this.peers.beat(server)?.votes.length ?? 0;
      const ageMs = nowMs - this.peers.confirmedMs(server);
      if (ageMs <= limitMs) prompt += votes;
      else if (ageMs < Infinity) byMs = Math.min(byMs, ageMs);
      const steady = nowMs - this.peers.heardSinceMs(server) >= limitMs;
      if (steady && this.peers.quietMs(server) <= timing.intervalMs * (1 + LOST_HEARTBEATS)) heard += votes;
    }
    return prompt >= majority || heard < majority || byMs === Infinity ? undefined : byMs;
  }

  /** Why another server should be named, as the end of a sentence that starts with this one's name. */
  get slow(): string | undefined {
    if (this.local.nowMs - this.#latestMs >= this.local.spec.timing.takeoverMs) return undefined;
    return `was answered ${(this.#byMs / 1_000).toFixed(1)} s late`;
  }
}
