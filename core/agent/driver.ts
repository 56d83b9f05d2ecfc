/**
 * Makes the engine real: hands it every event with the time at which it came, and carries out what comes of it.
 *
 * The rule that a vote is on disk before anybody hears of it is kept by a queue: outputs go out in their order, each
 * after its own state has been written. Steps do not wait for the disk. So a disk that hangs silences this server (its
 * beats wait behind the write, and the others take over), but it can't keep a permit from ending: a fence, and the power
 * that answers a fence that failed, do not wait in the queue.
 *
 * @module
 */
import type { Engine } from "../cluster/engine.ts";
import type { Command, Event, Output } from "../cluster/events.ts";
import type { DurableState } from "../cluster/durable.ts";
import type { Beat } from "../cluster/message.ts";
import type { Reason } from "../cluster/reasons.ts";
import type { Clock } from "./clock.ts";

/** What a driver drives. */
export interface DriverPorts {
  clock: Clock;
  save(state: DurableState): Promise<void>;
  send(beat: Beat): void;
  /** Called at once, in the order of the steps; returns what is to be done once the outputs before it are out. */
  accept(command: Command): () => void;
  note(reasons: readonly Reason[]): void;
  /** Called after every step, when permits may have changed. */
  stepped(): void;
  /** A step is due at this time of the clock, also where the engine asks for none; left out: never. */
  dueMs?(): number;
  /** The disk does not take the state: this server can't vote any more. */
  onDiskFailure(error: unknown): void;
}

/** Outputs that wait for the disk at most: minutes of them. Who has to wait longer has no disk. */
export const MAX_QUEUED = 2_000;

/** Drives one engine. */
export class Driver {
  #queue: Promise<void> = Promise.resolve();
  /** Outputs that wait for a write. */
  #queued = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;
  /** A state could not be written. What came after it builds on it, so nothing of that may go out. */
  #failed = false;

  constructor(private readonly engine: Engine, private readonly ports: DriverPorts) {}

  /** Hands an event to the engine. The answer to an operator's request is the reason of its refusal. */
  handle(event: Event): string | undefined {
    if (this.#stopped) return "the agent is stopping";
    const { clock } = this.ports;
    const forMs = clock.suspendedMs();
    if (forMs > 0) this.#put(this.engine.step({ type: "suspended", forMs }, clock.nowMs()));
    const output = this.engine.step(event, clock.nowMs());
    this.#put(output);
    this.ports.stepped();
    this.#wakeAt(output.wakeMs);
    return output.refused;
  }

  /** No more events are taken. Resolves when what was decided before is out. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#queue;
  }

  #put(output: Output): void {
    this.ports.note(output.reasons);
    const { persist, beat } = output;
    const actions: (() => void)[] = [];
    for (const command of output.commands) {
      const act = this.ports.accept(command);
      if (command.do === "fence" || command.do === "power") act();
      else actions.push(act);
    }
    const release = () => {
      if (this.#stopped || this.#failed) return;
      if (beat) this.ports.send(beat);
      for (const act of actions) act();
    };
    // Nothing to write and nothing before it that is being written: no reason to wait for anything.
    if (!persist && this.#queued === 0) return release();
    if (!persist && !beat && actions.length === 0) return;
    if (this.#queued >= MAX_QUEUED) return this.#fail(new Error(`${this.#queued} steps wait for it`));
    this.#queued += 1;
    this.#queue = this.#queue.then(async () => {
      try {
        if (persist && !this.#failed) await this.ports.save(persist);
      } catch (error) {
        this.#fail(error);
      } finally {
        this.#queued -= 1;
      }
      release();
    });
  }

  #fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    // Of an agent that ends nothing goes out any more, so nothing depends on it.
    if (!this.#stopped) this.ports.onDiskFailure(error);
  }

  #wakeAt(wakeMs: number): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    // Rounded up: a timer that comes early would only come again.
    const dueMs = Math.min(wakeMs, this.ports.dueMs?.() ?? Infinity);
    const inMs = Math.max(1, Math.ceil(dueMs - this.ports.clock.nowMs()));
    this.#timer = setTimeout(() => void this.handle({ type: "tick" }), inMs);
  }
}
