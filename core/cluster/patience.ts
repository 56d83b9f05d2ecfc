/**
 * How long this server, as a voter, waits for a holder that is silent. It says so in its beats, and a holder only counts
 * voters that wait at least as long as it may serve: so servers whose files have different times share no majority that
 * could give a group away too soon.
 *
 * A promise outlives the file under which it was made. Who starts again with a shorter detection time waits the former one
 * once more, and who takes over a vote waits as long as its giver did.
 *
 * @module
 */
import type { Local } from "./local.ts";

/** The promises of one server. */
export class Patience {
  /** Until then an earlier promise may bind. */
  #bindsUntilMs: number;

  constructor(private readonly local: Local) {
    this.#bindsUntilMs = local.startedMs + local.durable.patienceMs;
    if (this.#ownMs > local.durable.patienceMs) this.#note(this.#ownMs);
  }

  /** By how much the promises made so far are longer than the detection time of this server's file. */
  get moreMs(): number {
    return Math.max(0, this.local.durable.patienceMs - this.#ownMs);
  }

  /** Somebody's promises become this server's: his `patienceMs` counts from now. */
  inherit(patienceMs: number): void {
    this.#bindsUntilMs = Math.max(this.#bindsUntilMs, this.local.nowMs + patienceMs);
    if (patienceMs > this.local.durable.patienceMs) this.#note(patienceMs);
  }

  /** Forgets what no longer binds. */
  watch(): void {
    if (this.moreMs > 0 && this.local.nowMs >= this.#bindsUntilMs) this.#note(this.#ownMs);
  }

  get #ownMs(): number {
    return this.local.spec.timing.takeoverMs;
  }

  #note(patienceMs: number): void {
    this.local.durable.patienceMs = patienceMs;
    this.local.remember();
  }
}
