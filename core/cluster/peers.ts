/**
 * The other servers as this one has heard them.
 *
 * Packets can be late by more than the life of the process that sent them. So a new incarnation of a server is believed
 * only when its beat acknowledges one of ours that was sent after the last beat of its predecessor came in: only a living
 * process can do that, and from then on the predecessor can't. Until then its beats are answered, but nothing that they say
 * is taken in, and they are no sign of life: a recorded packet that somebody sends again keeps nobody alive.
 *
 * One that goes on without hearing this server may be there all the same, behind a link that lets nothing through to it,
 * and about to take over: a weak vote makes way for it (`device.ts`). So that a recording does not pass for it, what is
 * known to be of an earlier life is not even that:
 *
 * - an incarnation that another one has followed here. The lives of a server do not overlap;
 * - one that has believed another life of *this* server, when a later life of it has been believed by the present one. It
 *   lived before this server started, and was followed by one that lived after.
 *
 * Of a server that was not heard since this one started nothing of that is known, and a recording counts until it ends.
 *
 * Silence is counted from the later of the last beat and this server's own start: a voter that has just started may
 * have confirmed a holder's beat right before it went down, so for it everybody was heard just now.
 *
 * @module
 */
import type { Local } from "./local.ts";
import type { Ack, Beat, GroupNews } from "./message.ts";
import type { Patience } from "./patience.ts";
import { info, warning } from "./reasons.ts";
import type { Roster } from "./roster.ts";
import { LOST_HEARTBEATS } from "./timing.ts";

interface Peer {
  name: string;
  /** The latest beat; null until the first of this server's life. */
  beat: Beat | null;
  /** When silence began to count, on this server's clock. */
  heardMs: number;
  /** When the latest beat was taken in. */
  takenMs: number;
  /** None was since this server stood still, for a time that nobody here knows. */
  lost: boolean;
  /** When it last confirmed to hear something later than before. */
  advancedMs: number;
  /** When the first beat of the current unbroken run was taken in. */
  sinceMs: number;
  /** The latest beat of an incarnation that has yet to prove that it is alive. */
  candidate: Ack | null;
  /** Incarnations that others have followed, the latest last. */
  former: string[];
  /** What has come from that incarnation; null when nothing has that is not overtaken. */
  knock: Knock | null;
  /** The journal has been told that it is silent. */
  silent: boolean;
  /** The journal has been told that what it says can't be true. */
  doubted: boolean;
  /** When it last said what can't be true. */
  doubtedMs: number;
}

/** Beats of an incarnation that has yet to prove that it is alive: a recording ends, a server that is deaf goes on. */
interface Knock {
  incarnation: string;
  sequence: number;
  sinceMs: number;
  latestMs: number;
}

/** Earlier lives of one server that are remembered. */
const MAX_FORMER = 64;

/** What is known of the other servers. */
export class Peers {
  readonly #peers: Map<string, Peer>;

  constructor(
    private readonly local: Local,
    private readonly roster: Roster,
    private readonly patience: Patience,
  ) {
    this.#peers = new Map(
      local.others.map((name) => [name, {
        name,
        beat: null,
        heardMs: local.startedMs + patience.moreMs,
        takenMs: -Infinity,
        lost: false,
        sinceMs: Infinity,
        advancedMs: -Infinity,
        candidate: null,
        former: [],
        knock: null,
        silent: false,
        doubted: false,
        doubtedMs: -Infinity,
      }]),
    );
  }

  /** Takes in a beat. Returns what may be believed of it; undefined when it is from nobody we know, or was overtaken. */
  hear(received: Beat): Beat | undefined {
    const peer = this.#peers.get(received.from);
    if (!peer || this.#impossible(peer, received)) return undefined;
    if (peer.beat?.incarnation === received.incarnation) {
      if (received.sequence <= peer.beat.sequence) return undefined;
    } else if (isOver(peer, received, this.local)) return undefined;
    else if (!this.#alive(peer, received)) {
      // Answered at once, but once: every answer goes to everybody, and answers to answers would never end.
      if (peer.candidate?.incarnation !== received.incarnation) this.local.urgent = true;
      peer.candidate = { incarnation: received.incarnation, sentMs: received.sentMs, taken: false };
      this.#knocks(peer, received);
      return undefined;
    }
    const beat = this.roster.admit(received);
    if (peer.beat === null || peer.silent || peer.beat.incarnation !== beat.incarnation) {
      this.local.say(info("peer-heard", `${beat.from} is heard${peer.silent ? " again" : ""}.`));
      this.local.urgent = true;
    }
    if (beat.left && !peer.beat?.left) {
      this.local.say(info("peer-left", `${beat.from} has left in order, all its groups are down.`));
    }
    if (peer.beat?.incarnation !== beat.incarnation || !this.fresh(peer.name)) peer.sinceMs = this.local.nowMs;
    const before = this.confirmedMs(peer.name);
    if (peer.beat && peer.beat.incarnation !== beat.incarnation) {
      peer.former = [...peer.former, peer.beat.incarnation].slice(-MAX_FORMER);
    }
    peer.beat = beat;
    if (this.confirmedMs(peer.name) > before) peer.advancedMs = this.local.nowMs;
    peer.candidate = null;
    peer.knock = null;
    peer.doubted = false;
    peer.takenMs = this.local.nowMs;
    peer.lost = false;
    peer.heardMs = Math.max(peer.heardMs, this.local.nowMs);
    peer.silent = false;
    return beat;
  }

  /**
   * It acknowledges what this server has not sent yet, so it is false, whoever made it. A permit that counted from there
   * would outlast everything: nothing of such a beat is taken in.
   */
  #impossible(peer: Peer, { acks }: Beat): boolean {
    const { me, incarnation, sentMs } = this.local;
    const ack = acks[me];
    // Turned round, so that what is no number does not pass either.
    if (!ack || ack.incarnation !== incarnation || ack.sentMs <= sentMs) return false;
    if (!peer.doubted) {
      this.local.say(warning(
        "peer-unclear",
        `A heartbeat of ${peer.name} is refused: it acknowledges one of ${me} that was not sent yet.`,
      ));
    }
    peer.doubted = true;
    peer.doubtedMs = this.local.nowMs;
    return true;
  }

  #knocks(peer: Peer, { incarnation, sequence }: Beat): void {
    const { nowMs, spec: { timing } } = this.local;
    const known = peer.knock?.incarnation === incarnation ? peer.knock : null;
    if (known && sequence <= known.sequence) return;
    const sinceMs = known && nowMs - known.latestMs < timing.permitMs ? known.sinceMs : nowMs;
    peer.knock = { incarnation, sequence, sinceMs, latestMs: nowMs };
  }

  /**
   * When a new incarnation of `name`, which does not hear this server, was heard first and last; undefined when there is
   * none, or not within the last `withinMs`.
   */
  knocking(name: string, withinMs: number): { sinceMs: number; latestMs: number } | undefined {
    const knock = this.#peers.get(name)?.knock;
    return knock && this.local.nowMs - knock.latestMs < withinMs ? knock : undefined;
  }

  /** A new incarnation has heard this server since its predecessor was last heard. */
  #alive(peer: Peer, beat: Beat): boolean {
    const ack = beat.acks[this.local.me];
    return ack?.incarnation === this.local.incarnation && ack.sentMs > peer.takenMs;
  }

  /** Something has come from `name` while nobody listened here: no more is taken from it than that it is not silent. */
  overheard(beat: Beat): void {
    const peer = this.#peers.get(beat.from);
    if (peer && !this.#impossible(peer, beat)) peer.heardMs = Math.max(peer.heardMs, this.local.nowMs);
  }

  /** What to acknowledge to `name`; undefined when nothing has come from it. */
  ack(name: string): Ack | undefined {
    const peer = this.#peers.get(name);
    // A recorded packet of an earlier life must not take the place of a server that is alive.
    const alive = peer?.beat && this.local.nowMs - peer.takenMs < 2 * this.local.spec.timing.intervalMs;
    if (peer?.candidate && !alive) return peer.candidate;
    return peer?.beat ? { incarnation: peer.beat.incarnation, sentMs: peer.beat.sentMs, taken: true } : undefined;
  }

  /** Tells the journal of servers that have become silent; not of those that are there, but not understood. */
  watch(there: (name: string) => string | undefined): void {
    for (const peer of this.#peers.values()) {
      const silentMs = this.silentMs(peer.name);
      if (peer.silent || silentMs < this.local.spec.timing.takeoverMs || there(peer.name) !== undefined) continue;
      peer.silent = true;
      if (peer.beat?.left) continue;
      this.local.say(
        warning("peer-silent", `${peer.name} has been silent for ${Math.round(silentMs)} ms: it counts as down.`),
      );
    }
  }

  /** Milliseconds of silence. */
  silentMs(name: string): number {
    const peer = this.#peers.get(name);
    return peer ? Math.max(0, this.local.nowMs - peer.heardMs) : Infinity;
  }

  /** When the silence of `name` will have lasted for the detection time. */
  silentAtMs(name: string): number {
    return (this.#peers.get(name)?.heardMs ?? -Infinity) + this.local.spec.timing.takeoverMs;
  }

  /** Heard since this server's start, at all. */
  everHeard(name: string): boolean {
    return this.beat(name) !== null;
  }

  /**
   * Heard recently enough to count on it. Not the same as a short silence: after a start, a suspension or an inherited
   * vote silence is counted anew also for those who have been dead for long.
   */
  fresh(name: string): boolean {
    const peer = this.#peers.get(name);
    return peer !== undefined && this.local.nowMs - peer.takenMs < this.local.spec.timing.permitMs;
  }

  /**
   * It was heard long after the latest beat of this server that it confirmed (sent at `confirmedMs`): it hears nothing
   * of this server. A healthy peer is late by an interval and the beats that got lost.
   */
  deaf(name: string, confirmedMs: number): boolean {
    const { permitMs, intervalMs } = this.local.spec.timing;
    const takenMs = this.#peers.get(name)?.takenMs ?? -Infinity;
    return this.fresh(name) && takenMs - confirmedMs >= permitMs - 2 * intervalMs;
  }

  /** Since when it has been heard without a gap of the permit time. */
  heardSinceMs(name: string): number {
    return this.#peers.get(name)?.sinceMs ?? Infinity;
  }

  /** Milliseconds since its latest beat was taken in, for people to read; Infinity when there was none. */
  quietMs(name: string): number {
    return this.local.nowMs - (this.#peers.get(name)?.takenMs ?? -Infinity);
  }

  /** Milliseconds since something of it was understood; Infinity when nothing was since this server started, or stood still. */
  understoodMs(name: string): number {
    return this.#peers.get(name)?.lost === false ? this.quietMs(name) : Infinity;
  }

  /** When the latest beat of this server that `name` has confirmed to hear was sent; -Infinity when there is none. */
  confirmedMs(name: string): number {
    const ack = this.beat(name)?.acks[this.local.me];
    return ack?.taken && ack.incarnation === this.local.incarnation ? ack.sentMs : -Infinity;
  }

  /** It goes on confirming, however late: it hears this server. The latest came at most `withinMs` ago. */
  listens(name: string, withinMs = LOST_HEARTBEATS * this.local.spec.timing.intervalMs): boolean {
    return this.local.nowMs - (this.#peers.get(name)?.advancedMs ?? -Infinity) <= withinMs;
  }

  /** Heard recently, and it said that it hears this server as well. */
  mutual(name: string): boolean {
    return this.fresh(name) && this.local.nowMs - this.confirmedMs(name) < this.local.spec.timing.permitMs;
  }

  /** When it last said what can't be true; -Infinity: never. */
  doubtedMs(name: string): number {
    return this.#peers.get(name)?.doubtedMs ?? -Infinity;
  }

  /** Up to which of this server's heartbeats it has known this server to be there, without understanding it. */
  noticedMs(name: string): number {
    const sign = this.beat(name)?.signs?.[this.local.me];
    // Nothing later than what was sent: as with an acknowledgement.
    return sign?.incarnation === this.local.incarnation && sign.sentMs <= this.local.sentMs ? sign.sentMs : -Infinity;
  }

  /** It said goodbye and has not come back. */
  left(name: string): boolean {
    return this.#peers.get(name)?.beat?.left ?? false;
  }

  beat(name: string): Beat | null {
    return this.#peers.get(name)?.beat ?? null;
  }

  news(name: string, group: string): GroupNews | undefined {
    return this.#peers.get(name)?.beat?.groups[group];
  }

  /** Whatever was confirmed to anybody counts as confirmed now: silence starts anew for all. */
  startAnew(): void {
    for (const peer of this.#peers.values()) {
      peer.heardMs = this.local.nowMs + this.patience.moreMs;
      peer.lost = true;
    }
  }
}

/** `received` is of a life that is over for certain, see above. */
function isOver({ beat, former }: Peer, { incarnation, acks }: Beat, { me, incarnation: mine }: Local): boolean {
  if (former.includes(incarnation)) return true;
  const ack = acks[me];
  return beat !== null && ack !== undefined && ack.taken && ack.incarnation !== mine;
}
