/**
 * Who is giving this server a file at the moment. Two files at a time would each find a server that has said yes to it, and
 * two files would count under one number.
 *
 * @module
 */

/** Another server is applying a file. */
export class Busy extends Error {
  override name = "Busy";
  constructor(readonly by: string) {
    super(`${by} is applying another file at this moment; wait until it is through, and apply again`);
  }
}

/** Who has prepared a file for one server refuses others for this time. In milliseconds. */
const HELD_MS = 45_000;
/** The one that applies has it by then: the commit comes at once or not at all. In milliseconds. */
const SOON_MS = 5_000;

/** One file that is being given. */
export interface Held {
  readonly from: string;
  readonly digest: string;
  readonly sinceMs: number;
}

/** Lets one file in at a time. */
export class Hold {
  #held: Held | null = null;

  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  /** Holds the door for a file, before anything is awaited; throws {@linkcode Busy} while it is held for another server's. */
  take(from: string, digest: string): Held {
    const held = this.#held;
    if (held && held.from !== from && this.nowMs() < held.sinceMs + HELD_MS) throw new Busy(held.from);
    return this.#held = { from, digest, sinceMs: this.nowMs() };
  }

  /** It is still held for this very file. */
  has(held: Held): boolean {
    return this.#held === held;
  }

  /** It is over; also one that somebody only knows by its digest. */
  release(held: Held | string): boolean {
    const same = typeof held === "string" ? this.#held?.digest === held : this.#held === held;
    if (same) this.#held = null;
    return same;
  }

  /** Nothing is waited for any more, whatever it was. */
  clear(): void {
    this.#held = null;
  }

  /** A commit is on its way, most likely. */
  get commitComes(): boolean {
    return this.#held !== null && this.nowMs() < this.#held.sinceMs + SOON_MS;
  }
}
