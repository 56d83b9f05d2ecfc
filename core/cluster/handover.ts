/**
 * Votes on the move.
 *
 * A server that leaves in order, and without which the others would no longer be a majority, gives its vote to one of
 * them. So the last server of a cluster can carry on alone, and yet no vote is ever in two hands: the total never
 * changes, hence majorities still share a vote.
 *
 * A handover has a serial number. The giver writes it down before it says it, and from then on has no vote; the taker
 * writes it down before it votes with it. When the giver returns it asks; whoever holds the vote, or was to hold it and
 * never got it, first closes that serial for good and then says so. A message that arrives late finds it closed.
 *
 * A lost disk takes with it what was given, held and passed on. Who has lost its memory asks for its vote where somebody
 * says that he holds it. That a vote never came it can't say of itself, only that it is nowhere: when all servers have been
 * heard without a break for the detection time, and none holds it, gives it or asks for it with its own. A vote that was
 * given to it together with others is not taken back by who gave it: its owner may have it already.
 *
 * With a vote moves what it has promised: the register with the higher epoch, and "everybody was heard just now".
 *
 * @module
 */
import type { Disk } from "./disk.ts";
import type { Local } from "./local.ts";
import type { Beat, HandoverNews } from "./message.ts";
import { hasNext } from "./numbers.ts";
import type { Patience } from "./patience.ts";
import type { Peers } from "./peers.ts";
import { info, list, warning } from "./reasons.ts";
import { inherit, type Register } from "./register.ts";
import type { Voter } from "./voter.ts";

/** This server's votes. */
export class Handover {
  /** A handover that this process has begun. */
  #giving: { to: string; votes: Record<string, number> } | null = null;
  /** The taker has it. */
  given = false;

  constructor(
    private readonly local: Local,
    private readonly peers: Peers,
    private readonly voter: Voter,
    private readonly patience: Patience,
    private readonly disk: Disk,
  ) {
    if (local.remembers) return;
    this.#state.unsure = [...local.others];
    local.remember();
  }

  get #state() {
    return this.local.durable.handover;
  }

  /** Servers whose votes this server holds. */
  get votes(): string[] {
    // What it holds for a server that is no longer in the file is no vote any more.
    const { given, held } = this.#state;
    const mine = given === null && this.#mayVote ? [this.local.me] : [];
    // For in: this is asked several times in each step, and mostly nothing is held.
    for (const server in held) if (this.local.spec.servers.includes(server)) mine.push(server);
    return mine;
  }

  /**
   * Without memory the own vote may be in another's hands: it counts for nobody before everybody was heard. Not with a
   * tie-breaker, where time has to do.
   */
  get #mayVote(): boolean {
    return this.knowsSerial || this.local.spec.tieBreaker || this.local.others.length === 0;
  }

  /** There may be promises of this server's own. */
  get #bound(): boolean {
    return this.#state.given === null || this.votes.length > 0;
  }

  /** Gives all votes to `to`, for good until asked back. */
  give(to: string): void {
    const state = this.#state;
    if (state.given !== null || !hasNext(state.serial)) return;
    state.serial += 1;
    const votes: Record<string, number> = { ...state.held, [this.local.me]: state.serial };
    Object.assign(state.moved, state.held);
    state.held = {};
    state.given = { to, serial: state.serial, votes };
    this.#giving = { to, votes };
    this.local.remember();
    this.local.say(
      info("vote-given", `${this.local.me} gives its vote to ${to}: the others would be no majority without it.`),
    );
  }

  /** What a beat says of votes on the move: what is on the disk. */
  news(): HandoverNews {
    const { held, closed, unsure, given } = this.disk.handover;
    const news: HandoverNews = {
      held: { ...held },
      closed: { ...closed },
      unsure: [...new Set([...unsure, ...this.#state.unsure])],
      bindsMs: Math.max(this.local.durable.patienceMs, this.disk.written.patienceMs),
    };
    if (given && this.#giving) news.give = this.#giving;
    else if (given) news.ask = given;
    return news;
  }

  /**
   * False while this server does not know which serial numbers its own vote has had: after a first start, or a lost disk,
   * until everybody was heard. A number that comes twice would put the vote into two hands.
   */
  get knowsSerial(): boolean {
    return this.#state.closed[this.local.me] !== undefined;
  }

  hear(beat: Beat): void {
    this.#inheritTimes(beat);
    this.#recall(beat);
    this.#makeSure(beat);
    this.#take(beat);
    this.#giveBack(beat);
    this.#getBack(beat);
    if (this.#giving?.to === beat.from && beat.handover.held[this.local.me] === this.#giving.votes[this.local.me]) {
      this.given = true;
    }
  }

  /** What a lost memory has promised, it has promised to somebody who may go on serving by his own times. */
  #inheritTimes({ patienceMs }: Beat): void {
    if (this.knowsSerial || patienceMs <= this.local.durable.patienceMs) return;
    this.patience.inherit(patienceMs);
    this.peers.startAnew();
  }

  /** What others know of the serial numbers of this server's vote. */
  #recall({ from, handover: { closed, held, give } }: Beat): void {
    const { me, others } = this.local;
    const state = this.#state;
    const away = Math.max(held[me] ?? 0, give?.votes[me] ?? 0);
    // A number is written down here before it is said anywhere: this memory is new, or older, and the vote is not here.
    if (away > state.serial && state.given === null) {
      const to = held[me] === away ? from : give?.to ?? from;
      state.serial = away;
      state.given = { to, serial: away, votes: { [me]: away } };
      this.local.remember();
      this.local.say(
        warning(
          "vote-given",
          `${me} has lost the memory of giving its vote to ${to}: it asks for it and has none until then.`,
        ),
      );
    }
    const serial = closed[me] ?? 0;
    if (serial > state.serial && state.given === null) {
      state.serial = serial;
      this.local.remember();
    }
    if (!this.knowsSerial && others.every((server) => this.peers.everHeard(server))) {
      state.closed[me] = state.serial;
      this.local.remember();
    }
  }

  /** Whose vote is at home when it is heard did not pass it on through this server. */
  #makeSure({ from, handover: { give, ask } }: Beat): void {
    const state = this.#state;
    if (give || ask || !state.unsure.includes(from)) return;
    state.unsure = state.unsure.filter((server) => server !== from);
    this.local.remember();
  }

  /** Nobody has the vote of `owner`, or could still get it. */
  #isNowhere(owner: string): boolean {
    const { given, held } = this.#state;
    if (given?.votes[owner] !== undefined || held[owner] !== undefined) return false;
    const { nowMs, others, spec: { timing } } = this.local;
    return others.every((server) => {
      if (server === owner) return true;
      if (!this.peers.fresh(server) || nowMs - this.peers.heardSinceMs(server) < timing.takeoverMs) return false;
      const news = this.peers.beat(server)?.handover;
      return news?.held[owner] === undefined && news?.give?.votes[owner] === undefined &&
        news?.ask?.votes[owner] === undefined;
    });
  }

  /** Somebody gives votes to this server. */
  #take(beat: Beat): void {
    const give = beat.handover.give;
    if (give?.to !== this.local.me) return;
    const state = this.#state;
    if ((give.votes[beat.from] ?? 0) <= (state.closed[beat.from] ?? 0)) return;
    const taken = Object.entries(give.votes).filter(([server, serial]) =>
      server !== this.local.me && serial > (state.closed[server] ?? 0) && serial > (state.held[server] ?? 0) &&
      // The giver says it in every beat until it ends; by then the vote may have been passed on from here.
      serial > (state.moved[server] ?? 0)
    );
    if (taken.length === 0) return;
    if (!this.#inherit(beat, this.#bound)) return;
    for (const [server, serial] of taken) state.held[server] = serial;
    this.local.say(info("vote-held", `${this.local.me} now also votes for ${list(taken.map(([server]) => server))}.`));
  }

  /** Somebody is back and asks for its vote. */
  #giveBack(beat: Beat): void {
    const ask = beat.handover.ask;
    if (!ask) return;
    const state = this.#state;
    if ((state.closed[beat.from] ?? 0) >= ask.serial) return;
    const holds = state.held[beat.from] === ask.serial;
    const known = (state.moved[beat.from] ?? 0) < ask.serial && !state.unsure.includes(beat.from);
    const neverCame = ask.to === this.local.me && state.held[beat.from] === undefined &&
      (known || this.#isNowhere(beat.from));
    // Its taker is no longer in the file. Nobody can say that it never came, but each server that it is not there.
    const elsewhere = !this.local.spec.servers.includes(ask.to) && state.held[beat.from] === undefined;
    if (!holds && !neverCame && !elsewhere) return;
    delete state.held[beat.from];
    state.closed[beat.from] = ask.serial;
    this.local.remember();
    this.local.say(info("vote-returned", `${beat.from} is back and votes for itself again.`));
  }

  /** This server is back and has been told that its vote is its own again. */
  #getBack(beat: Beat): void {
    const state = this.#state;
    if (state.given === null || this.#giving) return;
    const { serial: mine, to } = state.given;
    const closed = (server: string) => (this.peers.beat(server)?.handover.closed[this.local.me] ?? 0) >= mine;
    if (!closed(beat.from)) return;
    // A taker that was taken out of the file may have passed it on: all the others have to say that they don't have it.
    if (!this.local.spec.servers.includes(to)) return this.#getBackFromAll(closed);
    // What went with the own vote and never came is back as well, unless its server has it by now.
    const back = beat.from === state.given.to
      ? Object.entries(state.given.votes).filter(([server, serial]) => {
        if (server === this.local.me || state.moved[server] !== serial) return false;
        const arrived = beat.handover.held[server] !== undefined || (beat.handover.closed[server] ?? 0) >= serial;
        return !arrived && (state.closed[server] ?? 0) < serial && !beat.handover.unsure.includes(server);
      })
      : [];
    if (!this.#inherit(beat, this.votes.length + back.length > 0)) return;
    for (const [server, serial] of back) {
      state.held[server] = serial;
      delete state.moved[server];
    }
    state.given = null;
    this.local.say(info("vote-returned", `${this.local.me} votes for itself again.`));
  }

  /** The vote had gone to a server that is no longer in the file: it is back when no other has it. */
  #getBackFromAll(closed: (server: string) => boolean): void {
    if (!this.local.others.every(closed)) return;
    for (const server of this.local.others) {
      const beat = this.peers.beat(server);
      if (!beat || !this.#inherit(beat, this.votes.length > 0)) return;
    }
    this.#state.given = null;
    this.local.say(info("vote-returned", `${this.local.me} votes for itself again.`));
  }

  /** The promises of a vote come with it. False, and nothing done, when they contradict those made here. */
  #inherit(beat: Beat, bound: boolean): boolean {
    const inherited = new Map<string, Register>();
    for (const { name } of this.local.spec.groups) {
      const theirs = beat.groups[name]?.register;
      if (!theirs) continue;
      const register = inherit(this.voter.register(name), theirs, bound);
      if (register === null) {
        this.local.say(
          info(
            "vote-held",
            `${this.local.me} can't vote for ${beat.from} yet: they gave ${name} to different servers.`,
            {
              group: name,
            },
          ),
        );
        return false;
      }
      inherited.set(name, register);
    }
    for (const [name, register] of inherited) this.voter.write(name, register);
    this.patience.inherit(beat.handover.bindsMs);
    this.peers.startAnew();
    this.local.remember();
    return true;
  }

  /** Complains once about a vote that is in nobody's reach. */
  explain(): string | undefined {
    const given = this.#state.given;
    if (given === null && !this.#mayVote) {
      const unheard = this.local.others.filter((server) => !this.peers.everHeard(server));
      return `it has no memory of earlier votes and waits until it has heard ${list(unheard)}`;
    }
    if (given === null || this.#giving) return undefined;
    return `it left in order and gave it to ${given.to}, which has not given it back yet`;
  }

  /** The end of an unfinished handover. */
  giveUp(): void {
    if (this.#giving && !this.given) {
      this.local.say(
        warning("vote-given", `${this.#giving.to} did not confirm that it holds the vote of ${this.local.me}.`),
      );
    }
  }
}
