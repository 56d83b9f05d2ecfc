/**
 * From "somebody should carry this group" to "I do": whom the policy names, whether a majority would agree, the claim
 * itself, and what ends the group here again on purpose (an operator, a move, a failback).
 *
 * A claim is only made when a majority has said beforehand that it would agree (each beat tells which groups its sender
 * would give away). So a server in a minority never disturbs a healthy carrier with a higher epoch.
 *
 * @module
 */
import type { Candidates } from "./candidates.ts";
import { Dependencies } from "./dependencies.ts";
import type { Device } from "./device.ts";
import type { Disk } from "./disk.ts";
import type { Failover } from "./escalation.ts";
import type { Fencing } from "./fencing.ts";
import type { GroupRun } from "./group.ts";
import type { Handover } from "./handover.ts";
import type { Intents } from "./intents.ts";
import type { Local } from "./local.ts";
import { type Beat, decided, type GroupNews } from "./message.ts";
import { hasNext } from "./numbers.ts";
import type { Peers } from "./peers.ts";
import { Permit } from "./permit.ts";
import { place, type Placement } from "./placement.ts";
import { info, list, warning } from "./reasons.ts";
import { alike, names, type Register } from "./register.ts";
import { Starts } from "./starts.ts";
import { mayBeActive } from "./status.ts";
import type { Voter } from "./voter.ts";
import type { Votes } from "./votes.ts";
import type { Witness } from "./witness.ts";

/** The claims of one server. */
export class Claims {
  /** What each group waits for; empty when it waits for nothing. */
  readonly waiting = new Map<string, string>();
  /** The register as it was before this server's claim. */
  readonly #before = new Map<string, Register>();
  /** The version of the intent that was last looked at. */
  readonly #seen = new Map<string, number>();
  readonly #failbackSinceMs = new Map<string, number>();
  /** Since when placement has named this server. */
  readonly #chosenMs = new Map<string, number>();
  /** Groups that wait for each other. */
  readonly dependencies: Dependencies;
  /** Groups that wait for this server to have time for them. */
  readonly starts: Starts;

  constructor(
    private readonly local: Local,
    private readonly disk: Disk,
    private readonly peers: Peers,
    private readonly device: Device,
    private readonly witness: Witness,
    private readonly fencing: Fencing,
    private readonly voter: Voter,
    private readonly handover: Handover,
    private readonly intents: Intents,
    private readonly votes: Votes,
    private readonly candidates: Candidates,
    private readonly groups: readonly GroupRun[],
  ) {
    this.dependencies = new Dependencies(local, peers, intents, groups, (run) => this.#placement(run).server);
    this.starts = new Starts(local, groups, (run) => this.permitUntilMs(run));
  }

  hear(beat: Beat): void {
    for (const run of this.groups) run.permit?.hear(beat);
  }

  permitUntilMs(run: GroupRun): number {
    return run.permit?.untilMs(this.handover.votes) ?? -Infinity;
  }

  /** Wins and loses claims. Nobody is asked, and nothing won, before the claim is on the disk. */
  watch(): void {
    const { me, nowMs } = this.local;
    for (const run of this.groups) {
      if (run.phase !== "claiming" || !run.permit) continue;
      if (!names(this.voter.register(run.name), me, run.epoch)) {
        this.#lose(run, "another server has won the group meanwhile");
      } else if (!this.#asked(run)) continue;
      else {
        run.permit.askedMs = Math.min(run.permit.askedMs, nowMs);
        if (nowMs < this.permitUntilMs(run)) {
          if (!this.starts.full(run)) this.#win(run);
        } else if (
          nowMs >= run.permit.askedMs + this.local.spec.timing.permitMs / 2 && !this.#answering(run, run.permit)
        ) {
          this.#lose(run, `no majority agreed within ${Math.round(nowMs - run.permit.askedMs)} ms`);
        }
      }
    }
  }

  /** The claim is on the disk, and so in the beats. */
  #asked(run: GroupRun): boolean {
    return run.phase === "claiming" && names(this.disk.register(run.name), this.local.me, run.epoch);
  }

  /**
   * An answer is under way: somebody has said yes and waits for its disk, however long that takes, or is heard but has yet
   * to hear the claim. Who has answered and did not say yes has said no.
   */
  #answering(run: GroupRun, { askedMs }: Permit): boolean {
    const { me, others, nowMs, spec: { timing } } = this.local;
    return others.some((server) => {
      if (!this.peers.mutual(server) || this.peers.left(server)) return false;
      const { promise } = this.peers.news(server, run.name) ?? {};
      if (promise && names(promise, me, run.epoch)) return true;
      return this.peers.confirmedMs(server) < askedMs && nowMs < askedMs + timing.permitMs;
    });
  }

  decide(run: GroupRun, leaving: boolean): void {
    this.#heed(run);
    this.waiting.delete(run.name);
    if (leaving) {
      if (run.phase === "claiming") this.#lose(run, `${this.local.me} leaves`);
      return;
    }
    if (run.phase === "online") this.#outbid(run);
    if (run.phase === "online") this.#reconsider(run);
    const { run: wanted, by } = this.intents.of(run.name);
    if (run.phase === "activating" && !wanted) run.stop("stop", `${by} stopped it`);
    if (run.phase === "claiming" && !this.intents.of(run.name).run) this.#lose(run, "the group is to be stopped");
    if (run.phase === "claiming") this.#stepAside(run);
    if (run.phase !== "offline") return;
    const why = this.#waitsFor(run);
    if (why === undefined) this.#claim(run);
    else this.waiting.set(run.name, why);
  }

  /** A claim that hangs at the disk here, and that another server could make: nobody has been asked yet. */
  #stepAside(run: GroupRun): void {
    const { slow } = this.disk;
    if (slow === undefined || this.#asked(run)) return;
    const { server } = this.#placement(run);
    if (server !== undefined && server !== this.local.me) {
      this.#lose(run, `${this.local.me} ${slow}, and ${server} could`);
    }
  }

  /** Moves the group away because it is not well here, to the best of the others. */
  failOver(run: GroupRun, { why, by, policy }: { why: string; by: string; policy: "stable" | "priority" }): Failover {
    const group = run.name;
    if (run.spec.failover === "manual") {
      return { group, to: undefined, why: "its failover is by hand (failover: manual)" };
    }
    const others = (this.candidates.of(group) ?? []).filter(({ server }) => server !== this.local.me);
    const { server: to } = place(others, { policy });
    if (to === undefined) return { group, to, why: "no other server could take it" };
    run.errors += 1;
    // Named in an intent, so that nobody else takes it first, and this server does not take it back.
    this.intents.want(group, { run: true, to, recovery: true }, by);
    run.stop("failover", why);
    return { group, to, why };
  }

  news(run: GroupRun): GroupNews {
    const memory = this.voter.register(run.name);
    const register = this.disk.register(run.name);
    const news: GroupNews = {
      register,
      idle: run.phase === "offline",
      open: this.handover.votes.length > 0 && this.voter.open(run.name),
      status: run.status,
      ...this.candidates.self(run),
      intent: this.intents.of(run.name),
      served: this.intents.served(run.name),
    };
    if (!alike(register, memory)) news.promise = memory;
    if (this.#asked(run)) news.claim = run.epoch;
    return news;
  }

  /** A new intent clears what was held against the group here. */
  #heed(run: GroupRun): void {
    const { version, by, recovery } = this.intents.of(run.name);
    const seen = this.#seen.get(run.name) ?? version;
    this.#seen.set(run.name, version);
    if (version <= seen || recovery) return;
    // Asked again what could not be stopped before. A final action of this very step asks for nothing new.
    if (run.phase === "stuck" && run.sinceMs < this.local.nowMs) run.stop("stop", `${by} asks again`);
    if (run.phase === "online") return this.intents.of(run.name).run ? run.resume() : undefined;
    run.errors = 0;
    run.coolUntilMs = -Infinity;
    run.nextClaimMs = -Infinity;
  }

  /**
   * Of two servers the other one may return and remember an epoch of its own that is no earlier than this carrier's (a
   * weak vote, or a lost disk, remembers none). It would confirm nothing. While the permit lasts it can't have won a later
   * one, so the carrier goes on under an epoch that is later than both, and the other learns it.
   *
   * Not with more servers: there a third could meanwhile win an epoch in between, and who hears of the raised one, which
   * no majority has voted for, would take it for won and think that all before it is over.
   */
  #outbid(run: GroupRun): void {
    const { me, nowMs } = this.local;
    if (this.local.others.length !== 1 || !run.permit?.won || nowMs >= this.permitUntilMs(run)) return;
    const rival = this.local.others.find((server) => {
      const news = this.peers.fresh(server) ? this.peers.news(server, run.name) : undefined;
      if (!news || news.register.epoch < run.epoch || news.register.holder === me) return false;
      return news.register.released || (news.register.holder === server && !mayBeActive(news.status));
    });
    if (rival === undefined || !hasNext(this.#latestEpoch(run.name))) return;
    const epoch = this.#nextEpoch(run.name);
    run.epoch = epoch;
    run.permit.epoch = epoch;
    this.voter.write(run.name, { epoch, holder: me, won: true, released: false });
    this.local.say(
      info("epoch-raised", `${me} goes on with ${run.name} under epoch ${epoch}: ${rival} remembers one of its own.`, {
        group: run.name,
        epoch,
      }),
    );
  }

  /** Later than any that is known. */
  #nextEpoch(group: string): number {
    return this.#latestEpoch(group) + 1;
  }

  /** The latest that is known. */
  #latestEpoch(group: string): number {
    let epoch = Math.max(this.voter.register(group).epoch, this.witness.epoch(group));
    for (const server of this.local.others) {
      const news = this.peers.news(server, group);
      if (news) epoch = Math.max(epoch, news.register.epoch, decided(news).epoch, news.claim ?? 0);
    }
    return epoch;
  }

  /** An online group: does an operator, or the policy, want it elsewhere? */
  #reconsider(run: GroupRun): void {
    const intent = this.intents.of(run.name);
    if (!intent.run) return this.#stop(run, intent.by);
    const to = this.intents.wanted(run.name);
    if (to !== undefined && to !== this.local.me) {
      const target = this.candidates.of(run.name)?.find(({ server }) => server === to);
      if (target?.alive && target.ready && target.slow === undefined) {
        return run.stop("move", `${intent.by} moves it to ${to}`);
      }
      this.local.say(
        warning("operator", `${run.name} stays: ${to} ${target?.why ?? target?.slow ?? "can't carry it"}.`, {
          group: run.name,
        }),
      );
    }
    if (intent.version > this.intents.served(run.name)) this.intents.serve(run.name);
    this.#failBack(run);
  }

  /** Stops a group because nobody wants it any more; others may have to go first. */
  #stop(run: GroupRun, by: string): void {
    const wait = this.dependencies.stopWait(run, "group");
    if (wait === undefined) run.stop("stop", `${by} stopped it`);
    else this.waiting.set(run.name, wait);
  }

  /** Sends the group back to a preferred server that has been well for the detection time. */
  #failBack(run: GroupRun): void {
    if (run.spec.failback !== "auto") return;
    const candidates = this.candidates.of(run.name) ?? [];
    const mine = candidates.findIndex(({ server }) => server === this.local.me);
    const better = candidates.slice(0, mine).find(({ alive, ready, crowded, unwell, slow, errors }) =>
      alive && ready && !crowded && !unwell && !slow && errors <= run.errors
    );
    if (!better) {
      this.#failbackSinceMs.delete(run.name);
      return;
    }
    const sinceMs = this.#failbackSinceMs.get(run.name) ?? this.local.nowMs;
    this.#failbackSinceMs.set(run.name, sinceMs);
    if (this.local.nowMs - sinceMs < this.local.spec.timing.takeoverMs) return;
    this.#failbackSinceMs.delete(run.name);
    this.intents.want(run.name, { run: true, to: better.server }, "the failback policy");
    this.local.say(
      info("failback", `${run.name} goes back to ${better.server}, which is well again.`, { group: run.name }),
    );
  }

  /** Why this server does not claim the group; undefined when it should. */
  #waitsFor(run: GroupRun): string | undefined {
    const chosenMs = this.#chosenMs.get(run.name) ?? this.local.nowMs;
    this.#chosenMs.delete(run.name);
    const intent = this.intents.of(run.name);
    if (!intent.run) {
      return intent.version === 0 ? "it is started by hand (startup: manual)" : `${intent.by} stopped it`;
    }
    if (!run.spec.servers.includes(this.local.me)) return `${this.local.me} is not one of its servers`;
    const unready = this.candidates.unready(run);
    if (unready !== undefined) return `${this.local.me} ${unready}`;
    const carrier = this.local.others.find((server) =>
      this.peers.fresh(server) && (this.peers.news(server, run.name)?.status ?? "offline") !== "offline" &&
      this.peers.news(server, run.name)?.status !== "online-failure"
    );
    if (carrier !== undefined) return `${carrier} has it (${this.peers.news(carrier, run.name)?.status})`;
    const { epoch, holder } = this.voter.register(run.name);
    if (
      run.spec.failover === "manual" && epoch > 0 && holder !== this.local.me &&
      this.intents.served(run.name) >= intent.version
    ) {
      return "its failover is by hand (failover: manual)";
    }
    const placement = this.#placement(run);
    if (placement.server !== this.local.me) return placement.reason;
    this.#chosenMs.set(run.name, chosenMs);
    const first = this.candidates.patience(run, chosenMs);
    if (first !== undefined) return first;
    const wait = this.dependencies.startWait(run, chosenMs);
    if (wait !== undefined) return wait;
    const latest = this.#latestEpoch(run.name);
    if (!hasNext(latest)) {
      return `there is no later epoch than ${latest}; something has damaged it: stop all agents, and remove the state ` +
        "folder of each";
    }
    if (this.local.nowMs < run.nextClaimMs) return "it pauses after a claim that did not win";
    // Only who would win shoots; and only what is certain then is claimed with.
    const presumed = this.votes.agreement(run.name, true);
    if (!presumed.enough) return presumed.missing;
    const unfenced = this.fencing.waitsFor(run);
    if (unfenced !== undefined) return unfenced;
    const agreement = this.votes.agreement(run.name);
    return agreement.enough ? this.starts.waitsFor(run) : agreement.missing;
  }

  #claim(run: GroupRun): void {
    const before = this.voter.register(run.name);
    const epoch = this.#nextEpoch(run.name);
    this.#before.set(run.name, before);
    const placement = this.#placement(run);
    this.starts.begun();
    run.phase = "claiming";
    run.sinceMs = this.local.nowMs;
    run.epoch = epoch;
    run.permit = new Permit(this.local, this.voter, this.device, this.fencing, run.name, epoch);
    const vacancy = this.#vacancy(before);
    run.why = placement.reason.includes(vacancy) ? placement.reason : `${placement.reason}; ${vacancy}`;
    this.voter.write(run.name, { epoch, holder: this.local.me, won: false, released: false });
    this.local.say(
      info("claim", `${this.local.me} claims ${run.name} with epoch ${epoch}: ${run.why}.`, { group: run.name, epoch }),
    );
  }

  #win(run: GroupRun): void {
    const before = this.#before.get(run.name);
    const votes = run.permit?.majority(this.handover.votes).votes ?? [];
    if (run.permit) run.permit.won = true;
    this.voter.write(run.name, { ...this.voter.register(run.name), won: true });
    const moved = this.intents.wanted(run.name) === this.local.me && !this.intents.of(run.name).recovery;
    this.intents.serve(run.name);
    this.local.say(
      info(
        "won",
        `${this.local.me} takes ${run.name} with epoch ${run.epoch}: ${run.why}; ` +
          `votes: ${list(votes)}, ${votes.length} of ${this.local.totalVotes}.`,
        { group: run.name, epoch: run.epoch, votes },
      ),
    );
    const fromOther = before !== undefined && before.holder !== null && before.holder !== this.local.me && before.won;
    const lost = fromOther && !before.released && before.holder ? before.holder : undefined;
    if (lost !== undefined) this.fencing.follow(run, lost);
    run.activate(moved ? "move" : fromOther ? "failover" : "start", lost);
  }

  #lose(run: GroupRun, why: string): void {
    this.local.say(info("claim-lost", `The claim of ${run.name} with epoch ${run.epoch} is withdrawn: ${why}.`, {
      group: run.name,
      epoch: run.epoch,
    }));
    run.release(why);
    run.nextClaimMs = this.local.nowMs + this.local.spec.timing.intervalMs * (1 + 3 * this.local.random());
  }

  #placement(run: GroupRun): Placement {
    return place(this.candidates.of(run.name) ?? [], {
      policy: run.spec.policy,
      wanted: this.intents.wanted(run.name),
      by: this.intents.of(run.name).by,
    });
  }

  /** What became of the holder before. */
  #vacancy({ holder, released, won, epoch }: Register): string {
    if (holder === null) return "nobody has had it yet";
    if (holder === this.local.me) return won ? `${holder} had it before, under epoch ${epoch}` : "nobody has it";
    if (released) return `${holder} has released epoch ${epoch}`;
    return `${holder} ${this.votes.absence(holder)}`;
  }
}
