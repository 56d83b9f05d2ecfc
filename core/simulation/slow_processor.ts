/**
 * A server whose every step takes its time: what happens waits in a row, and the clock is read when its turn has come. A
 * permit that ends is noticed within one step, because every step looks.
 *
 * @module
 */
import type { Event } from "../cluster/events.ts";
import { type Beat, ofOneLife } from "../cluster/message.ts";
import type { Machine } from "./machine.ts";

/** The row of one server. */
export class SlowProcessor {
  /** How long a step takes, in milliseconds; 0: the server is as quick as it is. */
  stepMs = 0;
  #row: Event[] = [];
  #turning = false;

  constructor(private readonly machine: Machine, private readonly step: (event: Event) => void) {}

  /** What happens has to wait. */
  get busy(): boolean {
    return this.stepMs > 0 || this.#row.length > 0;
  }

  /** Something that has happened. */
  take(event: Event): undefined {
    if (event.type === "tick" && this.#row.some(({ type }) => type === "tick")) return undefined;
    if (event.type === "beat" && this.#known(event.beat)) return undefined;
    // The driver looks for a suspension before anything else.
    if (event.type === "suspended") this.#row.unshift(event);
    else this.#row.push(event);
    this.#turn();
    return undefined;
  }

  /** Of the beats that wait the agent takes the latest of each life, see `core/agent/inbox.ts`. */
  #known(beat: Beat): boolean {
    const same = this.#row.findIndex((event) => event.type === "beat" && ofOneLife(event.beat, beat));
    const waiting = this.#row[same];
    if (waiting?.type !== "beat") return false;
    if (beat.sequence > waiting.beat.sequence) this.#row[same] = { type: "beat", beat };
    return true;
  }

  /** The process has ended. */
  abandon(): void {
    this.#row = [];
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
    this.step(event);
    if (life === machine.life && this.#row.length > 0) this.#turn();
  }
}
