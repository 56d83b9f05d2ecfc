/**
 * A server whose every step takes its time: what happens waits in a row, and the clock is read when its turn has come. A
 * permit that ends is noticed within one step, because every step looks.
 *
 * @module
 */
import type { Event } from "../cluster/events.ts";
import type { Machine } from "./machine.ts";

/** Beats that wait at most: the buffer of a socket has an end. */
const MAX_BEATS = 200;

/** The row of one server. */
export class SlowProcessor {
  /** How long a step takes, in milliseconds; 0: the server is as quick as it is. */
  stepMs = 0;
  #row: Event[] = [];
  #beats = 0;
  #turning = false;

  constructor(private readonly machine: Machine, private readonly step: (event: Event) => void) {}

  /** What happens has to wait. */
  get busy(): boolean {
    return this.stepMs > 0 || this.#row.length > 0;
  }

  /** Something that has happened. */
  take(event: Event): undefined {
    if (event.type === "tick" && this.#row.some(({ type }) => type === "tick")) return undefined;
    if (event.type === "beat" && ++this.#beats > MAX_BEATS) {
      this.#beats -= 1;
      return undefined;
    }
    // The driver looks for a suspension before anything else.
    if (event.type === "suspended") this.#row.unshift(event);
    else this.#row.push(event);
    this.#turn();
    return undefined;
  }

  /** The process has ended. */
  abandon(): void {
    this.#row = [];
    this.#beats = 0;
    this.#turning = false;
  }

  #turn(): void {
    if (this.#turning) return;
    this.#turning = true;
    const { life } = this.machine;
    this.machine.after(this.stepMs, () => this.#next(life));
  }

  #next(life: number): void {
    const { machine } = this;
    if (life !== machine.life) return;
    if (machine.paused) return machine.after(machine.pausedForMs + this.stepMs, () => this.#next(life));
    this.#turning = false;
    const event = this.#row.shift();
    if (!event) return;
    if (event.type === "beat") this.#beats -= 1;
    this.step(event);
    if (life === machine.life && this.#row.length > 0) this.#turn();
  }
}
