/**
 * Heartbeats that have come and wait for the engine. Where a processor is so slow that a step takes longer than it is to
 * the next heartbeat, they pile up, and a server that takes them one by one answers later and later: it is heard, and
 * confirms what was sent many seconds ago. Each of them describes the whole present, so of those that wait only the latest
 * of each life of a server is handed over; the others are as if the network had lost them. Then a server is late by what
 * its steps take, and by no more, however long that goes on.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import type { Event } from "../cluster/events.ts";
import { type Beat, ofOneLife } from "../cluster/message.ts";
import { guarded } from "../plugin/callbacks.ts";

/** What waits for one engine. */
export class Inbox {
  #waiting: Beat[] = [];

  constructor(private readonly handle: (event: Event) => void) {}

  /** Hands `beat` over when all that has come to the sockets is read. */
  put(beat: Beat): void {
    if (this.#waiting.length === 0) setImmediate(() => guarded("heartbeats that waited", () => this.#flush()));
    const same = this.#waiting.findIndex((other) => ofOneLife(beat, other));
    if (same === -1) this.#waiting.push(beat);
    else if (beat.sequence > this.#waiting[same]!.sequence) this.#waiting[same] = beat;
  }

  /** Hands over what came later, after all that waits. */
  pass(event: Event): void {
    this.#flush();
    this.handle(event);
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const beat of waiting) this.handle({ type: "beat", beat });
  }
}
