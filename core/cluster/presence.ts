/**
 * Servers that are there but not understood: what comes from the address of one, or in its name, and can't be taken in.
 * Its key is another one, a second server has its name, its heartbeats are too large for the path, or what it says can't
 * be true. Nothing of that is believed; but silence it is not.
 *
 * ## Why a weak vote waits for them
 *
 * A tie-breaker stands in for servers that are silent, on the assumption that at most one side of a cut reaches it. Two
 * servers that don't *understand* each other are not cut off: both reach it, and if each took the other for silent, both
 * would carry. So it does not support a claim while there are signs of a server, and a sign counts for the detection time,
 * as a heartbeat does. Let X and Y not understand each other, while signs pass both ways.
 *
 * - Who did not carry when that began does not begin: at X there are signs of Y, so X does not claim, and the same at Y.
 * - Who carried goes on, by the device, and is alone: before, they understood each other, or one of them has started anew
 *   since then and carries nothing.
 *
 * Signs can be invented, and then they delay a takeover. So the proven ones (made with a key of this cluster, repeating
 * what this server has sent within the detection time, which no recording can) count always. Others count only for a server
 * of which nothing has been understood lately. That is enough, because keys, names and files change with a start (a path
 * that becomes too narrow changes under servers that run, and there the signs are proven):
 *
 * - Y, which has just started, has understood nobody: it begins only where no sign of X came for the detection time. So
 *   the two were cut off from each other for so long, and Y reached the device, and X did not, up to a permit before.
 * - X begins by the device only when it has reached that for the detection time since. So from the last that X understood
 *   of Y, which is before Y's start, to a claim of X next to Y two detection times pass, less a permit; and whoever was
 *   not understood for so long counts as one that never was. A clock that stood still does not tell how long that is.
 *
 * An operator who has made sure that the server is off ends the waiting.
 *
 * Where the signs pass one way only, the one that is understood is told in the heartbeats of the other up to when there
 * were signs of it, by its own clock. The other does not claim for the detection time after that, so the device may
 * confirm a carrier up to there, as it may up to the latest heartbeat that a peer has confirmed itself (`device.ts`).
 *
 * @module
 */
import type { Event } from "./events.ts";
import type { Local } from "./local.ts";
import { numbered, WARNING_OFFSET } from "./numbered.ts";
import type { Beat } from "./message.ts";
import type { Peers } from "./peers.ts";
import { info, warning } from "./reasons.ts";
import { CLOCK_DRIFT } from "./timing.ts";

/** Why a server is not understood: another key, a second server of that name, a path for small packets only, content. */
export type Obscurity = "key" | "name" | "size" | "content";

/** A moment in one life of a server, on its own clock. */
export interface Moment {
  incarnation: string;
  sentMs: number;
}

/** What `baton explain` has of it. */
export const UNCLEAR_CODE = 51;
/** The same is not told again sooner than after this: strangers can make it be said. In milliseconds. */
const QUIET_MS = 60_000;

interface Sign {
  cause: Obscurity;
  message: string;
  /** When the latest came, on this server's clock. */
  latestMs: number;
  /** When the latest proven one came. */
  provenMs: number;
  /** The latest proven one, on the clock of who sent it. */
  moment: Moment | null;
  /** The journal knows. */
  told: boolean;
}

/** What there is of servers that are not understood. */
export class Presence {
  readonly #signs = new Map<string, Sign>();
  /** When the journal was told of a server and a cause. */
  readonly #toldMs = new Map<string, number>();
  /** Servers that are off by the word of an operator, whatever comes from there. */
  readonly #excused = new Set<string>();

  constructor(private readonly local: Local, private readonly peers: Peers) {}

  /** Something came that was not understood. */
  note({ server, cause, message, moment, echo }: Extract<Event, { type: "unclear" }>): void {
    if (!this.local.others.includes(server)) return;
    const { nowMs } = this.local;
    const known = this.#signs.get(server);
    // One that is understood all the same has lost a packet or two, unless somebody else has its name.
    const tell = cause === "name" || !this.peers.fresh(server);
    const key = `${server} ${cause}`;
    if (tell && nowMs - (this.#toldMs.get(key) ?? -Infinity) >= QUIET_MS) {
      this.#toldMs.set(key, nowMs);
      const text = `${server} is there, but is not understood. ${numbered(UNCLEAR_CODE + WARNING_OFFSET, message)}`;
      this.local.say(warning("peer-unclear", text, { number: UNCLEAR_CODE }));
    }
    const proven = this.#isProof(echo);
    this.#signs.set(server, {
      cause,
      message,
      latestMs: nowMs,
      provenMs: proven ? nowMs : known?.provenMs ?? -Infinity,
      moment: proven ? moment ?? null : known?.moment ?? null,
      told: known?.told === true || tell,
    });
  }

  /** A heartbeat was understood: whatever was before is over. What has the name of another has not become clear by that. */
  heard({ from }: Beat): void {
    this.#excused.delete(from);
    const sign = this.#signs.get(from);
    if (!sign || sign.cause === "name") return;
    this.#signs.delete(from);
    if (!sign.told) return;
    this.#toldMs.delete(`${from} ${sign.cause}`);
    this.local.say(info("peer-heard", `${from} is understood.`));
  }

  /** It repeats what this server has sent not long ago, so it was made just now. */
  #isProof(echo: Moment | undefined): boolean {
    const { incarnation, sentMs, nowMs, spec: { timing } } = this.local;
    return echo !== undefined && echo.incarnation === incarnation && echo.sentMs <= sentMs &&
      nowMs - echo.sentMs < timing.takeoverMs;
  }

  /** Why `server` is not silent though nothing of it is understood; undefined when it is, or is understood. */
  there(server: string): string | undefined {
    if (this.#excused.has(server) || this.peers.fresh(server)) return undefined;
    const { nowMs, spec: { timing } } = this.local;
    if (nowMs - this.peers.doubtedMs(server) < timing.takeoverMs) return "what it says can't be true";
    const sign = this.#signs.get(server);
    if (!sign) return undefined;
    const lately = this.peers.understoodMs(server) < (2 * timing.takeoverMs - timing.permitMs) * (1 - 2 * CLOCK_DRIFT);
    const sinceMs = lately ? sign.provenMs : sign.latestMs;
    return nowMs - sinceMs < timing.takeoverMs ? sign.message : undefined;
  }

  /** For the status: what came within the detection time, also where it holds nobody back; null when nothing did. */
  view(server: string): { cause: Obscurity; message: string } | null {
    const sign = this.#signs.get(server);
    if (!sign || this.local.nowMs - sign.latestMs >= this.local.spec.timing.takeoverMs) return null;
    if (sign.cause !== "name" && this.peers.fresh(server)) return null;
    return { cause: sign.cause, message: sign.message };
  }

  /** An operator has made sure that it is off. False when nothing has waited for that. */
  excuse(server: string): boolean {
    if (this.there(server) === undefined) return false;
    this.#excused.add(server);
    return true;
  }

  /** For the heartbeats: up to when there were proven signs of servers that are not understood. */
  news(): Record<string, Moment> {
    const news: Record<string, Moment> = {};
    for (const [server, { provenMs, moment }] of this.#signs) {
      if (!moment || this.#excused.has(server)) continue;
      if (this.local.nowMs - provenMs < this.local.spec.timing.takeoverMs) news[server] = moment;
    }
    return news;
  }
}
