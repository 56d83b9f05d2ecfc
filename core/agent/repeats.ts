/**
 * Sends the latest heartbeat to a server again, within the interval, while that server does not acknowledge what it is
 * sent. A network that loses packets, or a flood that fills the other's socket, then costs copies instead of permits: a
 * copy that is not needed is turned away at the door for the price of a look at its number.
 *
 * @module
 */

/** Copies of one heartbeat within its interval, itself among them. */
export const COPIES = 4;
/** A healthy peer acknowledges within an interval and the way there and back. In intervals. */
const LATE = 1.5;
/** Nobody is sent copies who was not heard for so long: it is gone, and not in a flood. In intervals. */
const GONE = 20;

interface Sent {
  packet: Uint8Array;
  sentMs: number;
  copies: number;
}

/** What was sent to each server last, and what it has acknowledged. */
export class Repeats {
  readonly #sent = new Map<string, Sent>();
  readonly #heard = new Map<string, { acknowledgedMs: number; atMs: number }>();

  constructor(private readonly intervalMs: number) {}

  /** A heartbeat of `sentMs` (on the clock of the heartbeats) goes to `server`. */
  sent(server: string, packet: Uint8Array, sentMs: number): void {
    this.#sent.set(server, { packet, sentMs, copies: 1 });
  }

  /** A heartbeat of `server` has come at `nowMs`, and says that it has that of `acknowledgedMs`. */
  heard(server: string, acknowledgedMs: number, nowMs: number): void {
    this.#heard.set(server, { acknowledgedMs, atMs: nowMs });
  }

  /** What is to be sent once more at `nowMs`; asked for {@linkcode COPIES} times in an interval. */
  due(nowMs: number): { server: string; packet: Uint8Array }[] {
    const due: { server: string; packet: Uint8Array }[] = [];
    for (const [server, sent] of this.#sent) {
      const heard = this.#heard.get(server);
      if (!heard || nowMs - heard.atMs > GONE * this.intervalMs || sent.copies >= COPIES) continue;
      const quiet = nowMs - heard.atMs > LATE * this.intervalMs;
      if (!quiet && sent.sentMs - heard.acknowledgedMs <= LATE * this.intervalMs) continue;
      sent.copies += 1;
      due.push({ server, packet: sent.packet });
    }
    return due;
  }
}
