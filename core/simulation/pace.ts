/**
 * The invariant that an engine never spins: one that asks to be woken at once would keep a processor busy, and servers that
 * answer every beat with a beat would talk without end. Either would be a standstill of virtual time, too.
 *
 * @module
 */
import type { Output } from "../cluster/events.ts";
import { Violation } from "./story.ts";

/** Beats that one server may send within a second. The busiest of 4,000 drawn histories sent 30, an idle one sends 5. */
const MAX_BEATS_PER_SECOND = 300;

/** What one engine asks for and says, watched. */
export class Pace {
  #secondMs = -Infinity;
  #beats = 0;

  /** After each step, by the clock that the engine was given. Throws a {@link Violation}. */
  stepped(name: string, { wakeMs, beat }: Output, clockMs: number): void {
    if (wakeMs <= clockMs) {
      throw new Violation(`${name} asks to be woken at once, again and again, at its ${clockMs} ms`);
    }
    if (!beat) return;
    if (clockMs - this.#secondMs >= 1_000 || clockMs < this.#secondMs) {
      this.#secondMs = clockMs;
      this.#beats = 0;
    }
    this.#beats += 1;
    if (this.#beats > MAX_BEATS_PER_SECOND) {
      throw new Violation(
        `${name} sends more than ${MAX_BEATS_PER_SECOND} beats within a second, by its ${clockMs} ms`,
      );
    }
  }
}
