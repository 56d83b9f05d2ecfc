/**
 * Who could carry a group: what each server says of itself, and what this one knows of those that say nothing.
 *
 * @module
 */
import { exclusionOf } from "./exclusion.ts";
import type { GroupRun } from "./group.ts";
import type { Intents } from "./intents.ts";
import type { Local } from "./local.ts";
import type { Peers } from "./peers.ts";
import type { Candidate } from "./placement.ts";
import type { MonitorRun } from "./recovery.ts";
import type { Voter } from "./voter.ts";
import type { Votes } from "./votes.ts";

/** What a server says of itself as a candidate for a group. */
export type Self = Pick<Candidate, "ready" | "why" | "crowded" | "unwell" | "slow" | "hangs" | "errors">;

/** The same without what is not so. */
function said({ ready, errors, why, crowded, unwell, slow, hangs }: Self): Self {
  const self: Self = { ready, errors };
  if (why !== undefined) self.why = why;
  if (crowded !== undefined) self.crowded = crowded;
  if (unwell !== undefined) self.unwell = unwell;
  if (slow !== undefined) self.slow = slow;
  if (hangs) self.hangs = hangs;
  return self;
}

/** The candidates for the groups of one server. */
export class Candidates {
  constructor(
    private readonly local: Local,
    /** Why others should be named before this server. */
    private readonly slow: () => { slow?: string | undefined; hangs?: true | undefined },
    private readonly peers: Peers,
    private readonly voter: Voter,
    private readonly votes: Votes,
    private readonly intents: Intents,
    private readonly groups: readonly GroupRun[],
    private readonly monitors: () => readonly MonitorRun[],
  ) {}

  /** The servers of a group in its order; undefined when there is no such group. */
  of(group: string): Candidate[] | undefined {
    const run = this.groups.find(({ name }) => name === group);
    if (!run) return undefined;
    const { holder, won } = this.voter.register(group);
    return run.spec.servers.map((server): Candidate => {
      const last = won && holder === server;
      if (server === this.local.me) return { server, alive: true, last, ...this.self(run) };
      const news = this.peers.news(server, group);
      if (!news || !this.peers.fresh(server) || this.peers.left(server)) {
        const foreign = !news && this.peers.fresh(server) && !this.peers.left(server);
        const why = foreign ? `has another cluster.yaml, without ${group}` : this.votes.absence(server);
        return { server, alive: false, ready: false, last, why, errors: news?.errors ?? 0 };
      }
      return { server, alive: true, last, ...said(news) };
    });
  }

  /** This server as a candidate. */
  self(run: GroupRun): Self {
    const why = this.unready(run);
    const { crowded } = exclusionOf(run, this.groups, this.local.spec.exclusions);
    const unwell = run.spec.healthy?.otherwise === "any" ? this.#unwell(run) : undefined;
    const { slow, hangs } = this.slow();
    return said({ ready: why === undefined, errors: run.errors, why, crowded, unwell, slow, hangs });
  }

  /** Why this server could not carry the group, as the end of a sentence that starts with its name. */
  unready(run: GroupRun): string | undefined {
    if (run.phase === "sweeping") return `is still removing what may be left of ${run.name}`;
    if (run.phase === "stuck") return `could not stop it: ${run.why}`;
    if (this.local.nowMs < run.coolUntilMs) {
      return `${run.coolWhy} and waits ${Math.ceil((run.coolUntilMs - this.local.nowMs) / 1000)} s`;
    }
    const { forbidden } = exclusionOf(run, this.groups, this.local.spec.exclusions);
    if (forbidden !== undefined && !run.active) return forbidden;
    if (run.spec.healthy?.otherwise === "none" && !run.active) {
      const unwell = this.#unwell(run);
      if (unwell !== undefined) return unwell;
    }
    return this.votes.minority(run.name);
  }

  /** Why this server gives others more time before it claims; undefined when it does not. */
  patience(run: GroupRun, chosenMs: number): string | undefined {
    return this.#unheardBefore(run) ?? this.#unsettledBefore(run, chosenMs);
  }

  /** A monitor that the group needs to be well here is in error. */
  #unwell(run: GroupRun): string | undefined {
    const ill = this.monitors().find(({ spec, status }) =>
      run.spec.healthy?.monitors.includes(spec.name) && status === "error"
    );
    return ill && `has the monitor ${ill.spec.name} in error`;
  }

  /** Servers that placement would prefer to this one if they were well. */
  #before(run: GroupRun): string[] {
    const { me } = this.local;
    const { crowded } = exclusionOf(run, this.groups, this.local.spec.exclusions);
    if (crowded !== undefined) return run.spec.servers.filter((server) => server !== me);
    const last = run.spec.policy === "last" ? this.voter.register(run.name) : undefined;
    if (last?.won && last.holder === me) return [];
    const mine = run.spec.servers.indexOf(me);
    return run.spec.servers.filter((server, index) => index < mine || (last?.won && last.holder === server));
  }

  /** Right after its start a server gives those that come before it time to be heard. */
  #unheardBefore(run: GroupRun): string | undefined {
    const { startedMs, spec: { timing: { takeoverMs } } } = this.local;
    // So does a group that a new file has brought: others may take that up a moment later.
    const untilMs = run.bornMs + takeoverMs;
    if (this.local.nowMs >= untilMs || this.intents.wanted(run.name) === this.local.me) return undefined;
    const before = this.#before(run);
    const leftMs = Math.ceil(untilMs - this.local.nowMs);
    for (const server of before) {
      if (!this.peers.everHeard(server)) {
        if (this.local.nowMs >= startedMs + takeoverMs) continue;
        return `${server} comes before and gets ${leftMs} ms more to be heard`;
      }
      const news = this.peers.news(server, run.name);
      if (!news && this.peers.fresh(server) && !this.peers.left(server)) {
        return `${server} comes before and gets ${leftMs} ms more to hear of ${run.name}`;
      }
      const sweeping = news && !news.ready && !news.idle && news.status === "offline";
      if (sweeping) return `${server} comes before and gets ${leftMs} ms more to get ready`;
    }
    return undefined;
  }

  /** When a network heals, those that come before need a heartbeat to say that they are ready again. */
  #unsettledBefore(run: GroupRun, chosenMs: number): string | undefined {
    if (this.local.nowMs - chosenMs >= this.local.spec.timing.intervalMs) return undefined;
    const unsettled = this.#before(run).find((server) => {
      const news = this.peers.fresh(server) && !this.peers.left(server) && this.peers.news(server, run.name);
      return news && !news.ready && news.status === "offline";
    });
    return unsettled === undefined ? undefined : `${unsettled} comes before and may be ready in a moment`;
  }
}
