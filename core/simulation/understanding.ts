/**
 * Who understands whom: servers with another key, paths that only let small packets through, servers that have the name of
 * another one, and heartbeats that can't be true. What the agent makes of such packets is what arrives here.
 *
 * @module
 */
import type { Event } from "../cluster/events.ts";
import type { Beat } from "../cluster/message.ts";
import type { Moment, Obscurity } from "../cluster/presence.ts";
import type { Machine } from "./machine.ts";

const MESSAGES: Readonly<Record<Obscurity, string>> = {
  key: "its key is another one",
  name: "a second server of that name",
  size: "only small packets pass",
  content: "its heartbeats can't be read",
};

/** An acknowledgement of a time that nobody lives to see, in milliseconds. */
const FUTURE_MS = 1e15;

/** What becomes of heartbeats on their way. */
export class Understanding {
  /** Ways, `a>b`, on which only small packets pass. */
  readonly #narrow = new Set<string>();
  /** The latest of each server (of) that each other one (by) has received, understood or not: by -> of. */
  readonly #heard = new Map<string, Map<string, Moment>>();
  readonly #latest = new Map<string, Beat>();

  narrow(from: string, to: string): void {
    this.#narrow.add(`${from}>${to}`);
  }

  /** All paths are wide again. */
  heal(): void {
    this.#narrow.clear();
  }

  /** `beat` goes out now. Returns what happens when it arrives; undefined: nobody sends there. */
  sent(from: Machine, to: Machine, beat: Beat): (() => void) | undefined {
    this.#latest.set(from.name, beat);
    // Others know the name at the address of the first one.
    if (to.poses) return undefined;
    const { key } = from;
    const narrow = this.#narrow.size > 0 && this.#narrow.has(`${from.name}>${to.name}`);
    const echo = narrow ? this.#heard.get(from.name)?.get(to.name) : undefined;
    const moment: Moment = { incarnation: beat.incarnation, sentMs: beat.sentMs };
    return () => {
      if (from.poses) return this.#pose(from, to, moment);
      if (key !== to.key) return void to.deliver(unclear(from.name, "key"));
      if (to.running && !to.paused) this.#hear(to, from, moment);
      if (!narrow) return void to.deliver({ type: "beat", beat });
      to.deliver({ ...unclear(from.name, "size"), moment, ...(echo ? { echo } : {}) });
    };
  }

  /** Somebody who has the key says in the name of `from` what can't be true. */
  forge(from: string, to: Machine): void {
    const beat = this.#latest.get(from);
    const ack = beat?.acks[to.name];
    if (!beat || !ack) return;
    const acks = { ...beat.acks, [to.name]: { ...ack, sentMs: FUTURE_MS } };
    to.deliver({ type: "beat", beat: { ...beat, sequence: beat.sequence + 1, acks } });
  }

  #hear(by: Machine, of: Machine, moment: Moment): void {
    const heard = this.#heard.get(by.name);
    if (heard) heard.set(of.name, moment);
    else this.#heard.set(by.name, new Map([[of.name, moment]]));
  }

  /** A second server of a name is heard, and told that it is one. */
  #pose(from: Machine, to: Machine, echo: Moment): void {
    if (!to.running) return;
    to.deliver(unclear(from.as, "name"));
    from.deliver({ ...unclear(to.name, "name"), echo });
  }
}

function unclear(server: string, cause: Obscurity): Extract<Event, { type: "unclear" }> {
  return { type: "unclear", server, cause, message: MESSAGES[cause] };
}
