/**
 * Makes the engine real: hands it every event with the time at which it came, and carries out what comes of it.
 *
 * The rule that a vote is on disk before anybody hears of it is kept by a queue: outputs go out in their order, each
 * after its own state has been written. Steps do not wait for the disk. So a disk that hangs silences this server (its
 * beats wait behind the write, and the others take over), but it can't keep a permit from ending: a fence is carried out
 * at once, ahead of the queue.
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
  /** The disk does not take the state: this server can't vote any more. */
  onDiskFailure(error: unknown): void;
}

/** Drives one engine. */
export class Driver {
  #queue: Promise<void> = Promise.resolve();
  /** Outputs that wait for a write. */
  #queued = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(private readonly engine: Engine, private readonly ports: DriverPorts) {}

  /** Hands an event to the engine. The answer to an operator's request is the reason of its refusal. */
  handle(event: Event): string | undefined {
    if (this.#stopped) return "the agent is stopping";
    const { clock } = this.ports;
    const forMs = clock.suspendedMs();
    if (forMs > 0) this.#put(this.engine.step({ type: "suspended", forMs }, clock.nowMs()));
    const output = this.engine.step(event, clock.nowMs());
    this.#put(output);
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
    const actions = output.commands.map((command) => {
      const act = this.ports.accept(command);
      if (command.do !== "fence") return act;
      act();
      return () => {};
    });
    const release = () => {
      if (beat && !this.#stopped) this.ports.send(beat);
      for (const act of actions) act();
    };
    // Nothing to write and nothing before it that is being written: no reason to wait for anything.
    if (!persist && this.#queued === 0) return release();
    this.#queued += 1;
    this.#queue = this.#queue.then(async () => {
      try {
        if (persist) await this.ports.save(persist);
        release();
      } catch (error) {
        this.ports.onDiskFailure(error);
      } finally {
        this.#queued -= 1;
      }
    });
  }

  #wakeAt(wakeMs: number): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    // Rounded up: a timer that comes early would only come again.
    const inMs = Math.max(1, Math.ceil(wakeMs - this.ports.clock.nowMs()));
    this.#timer = setTimeout(() => void this.handle({ type: "tick" }), inMs);
  }
}
