/**
 * Makes the engine real: hands it every event with the time at which it came, and carries out what comes of it.
 *
 * Nothing waits for the disk here. The engine knows what is on it and lets nothing out that depends on more (see
 * `core/cluster/disk.ts`); it asks for one write at a time, and is told when it has ended. So what changes while a disk is
 * slow goes into the next write, all of it at once, and a disk that hangs keeps this server from voting, but not from
 * being heard, from carrying what it carries, and from fencing itself.
 *
 * @module
 */
import type { Engine } from "../cluster/engine.ts";
import type { Command, Event, Output } from "../cluster/events.ts";
import type { Write } from "../cluster/disk.ts";
import type { DurableState } from "../cluster/durable.ts";
import type { Beat } from "../cluster/message.ts";
import type { Reason } from "../cluster/reasons.ts";
import { later } from "../plugin/callbacks.ts";
import type { Clock } from "./clock.ts";

/** What a driver drives. */
export interface DriverPorts {
  clock: Clock;
  save(state: DurableState): Promise<void>;
  send(beat: Beat): void;
  /** Called within the step; returns what is to be done once all commands of the step are accepted, and the beat is out. */
  accept(command: Command): () => void;
  note(reasons: readonly Reason[]): void;
  /** Called after every step, when permits may have changed. */
  stepped(): void;
  /** A step is due at this time of the clock, also where the engine asks for none; left out: never. */
  dueMs?(): number;
  /** The disk does not take the state: this server can't vote any more. */
  onDiskFailure(error: unknown): void;
}

/** The next step after one that failed comes so much later. In milliseconds. */
const AGAIN_MS = 100;

/** Drives one engine. */
export class Driver {
  /** The write that is under way. */
  #write: Promise<void> = Promise.resolve();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;
  /** A state could not be written: the agent ends, and nothing of it goes out any more but what takes groups down. */
  #failed = false;

  constructor(private readonly engine: Engine, private readonly ports: DriverPorts) {}

  /** Hands an event to the engine. The answer to an operator's request is the reason of its refusal. */
  handle(event: Event): string | undefined {
    if (this.#stopped) return "the agent is stopping";
    const { clock } = this.ports;
    // Until the step says when: one that fails must not be the last.
    let wakeMs = clock.nowMs() + AGAIN_MS;
    try {
      const forMs = clock.suspendedMs();
      if (forMs > 0) this.#put(this.engine.step({ type: "suspended", forMs }, clock.nowMs()));
      const output = this.engine.step(event, clock.nowMs());
      wakeMs = output.wakeMs;
      this.#put(output);
      this.ports.stepped();
      return output.refused;
    } finally {
      this.#wakeAt(wakeMs);
    }
  }

  /** No more events are taken. Resolves when the write that is under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#write;
  }

  #put({ reasons, persist, beat, commands }: Output): void {
    this.ports.note(reasons);
    if (persist && !this.#failed) this.#write = this.#save(persist);
    const actions = commands.flatMap((command) => {
      const act = this.ports.accept(command);
      return this.#failed && command.do !== "fence" && command.do !== "power" ? [] : [act];
    });
    if (beat && !this.#failed) this.ports.send(beat);
    for (const act of actions) act();
  }

  async #save({ number, state }: Write): Promise<void> {
    try {
      await this.ports.save(state);
    } catch (error) {
      if (this.#failed) return;
      this.#failed = true;
      // Of an agent that ends nothing goes out any more, so nothing depends on it.
      if (!this.#stopped) this.ports.onDiskFailure(error);
      return;
    }
    if (!this.#stopped) this.handle({ type: "written", number });
  }

  #wakeAt(wakeMs: number): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    // Rounded up: a timer that comes early would only come again.
    const dueMs = Math.min(wakeMs, this.ports.dueMs?.() ?? Infinity);
    const inMs = Math.max(1, Math.ceil(dueMs - this.ports.clock.nowMs()));
    this.#timer = later("a step that was due", inMs, () => void this.handle({ type: "tick" }));
  }
}
