/**
 * Preflights on a schedule: whether each server is ready to take each group is known before it has to be.
 *
 * It tells and never decides: what it finds does not move a group and keeps no server from taking one. Cost: `cloud.ts`
 * counts its calls to EC2.
 *
 * @module
 */
import { slowMs } from "../cluster/disk.ts";
import { info, type Reason, warning } from "../cluster/reasons.ts";
import type { GroupView } from "../cluster/view.ts";
import type { ClusterConfig } from "../config/config.ts";
import type { Os } from "../os/os.ts";
import { bootTime } from "../preflight/boot.ts";
import type { HeardPath, PeerAnswer, PeerNews } from "../preflight/peers.ts";
import { readyNow } from "../preflight/ready_now.ts";
import { type PreflightReport, type Readiness, readinessOf } from "../preflight/report.ts";
import { runPreflight } from "../preflight/run.ts";
import { bounded, elapsed } from "./bounded.ts";
import type { Contexts } from "./contexts.ts";
import { askPreflight, type PeerReply, preflightAnswer, type PreflightQuestion } from "./peer_questions.ts";

/** The preflights for the status. */
export interface PreflightState {
  /** The latest of this server; null until there was one. */
  own: PreflightReport | null;
  /** The latest that others have told, by their names. */
  peers: Record<string, PreflightReport>;
  /** For each group and each of its servers. */
  readiness: Readiness[];
}

/** What a runner needs. */
export interface PreflightRunnerParts {
  config: ClusterConfig;
  server: string;
  version: string;
  os: Os;
  contexts: Contexts;
  /** Asks another agent over the interconnect; rejects when there is no answer before `signal` aborts. */
  ask(server: string, question: PreflightQuestion, signal: AbortSignal): Promise<unknown>;
  /** What this server hears now. */
  paths(): HeardPath[];
  /** Servers that are there but not understood, and why. */
  unclear(): ReadonlyMap<string, string>;
  /** The groups as its engine sees them. */
  groups(): readonly GroupView[];
  note(reasons: Reason[]): void;
}

/** The first comes this long after the start, when the groups have settled. In milliseconds. */
const FIRST_MS = 10_000;
/** Each interval is longer or shorter by up to this part of it, so that servers don't ask EC2 together. */
const JITTER = 0.1;
/** Two preflights are never closer, whoever asks. In milliseconds. */
const APART_MS = 10_000;
/** Others get this long to answer a question, and to carry out a preflight that somebody waits for. In milliseconds. */
const ANSWER_MS = 1_500;
const FRESH_MS = 25_000;
/** How often a fresh report is asked for. In milliseconds. */
const POLL_MS = 500;
/** A path is dead after so many heartbeats, and not before so long. In milliseconds. */
const DEAD_BEATS = 10;
const DEAD_MS = 3_000;
/** Readiness of others is asked for this often between preflights. In milliseconds. */
const NEWS_MS = 60_000;

/** The preflights of one agent. */
export class PreflightRunner {
  readonly #others: string[];
  /** The latest of each, and how far its wall clock is ahead of ours, in milliseconds. */
  readonly #peers = new Map<string, { report: PreflightReport; offsetMs: number }>();
  readonly #told = new Map<string, boolean | null>();
  readonly #stop = new AbortController();
  readonly #bootMs = bootTime(Deno.osUptime() * 1_000, performance.now());
  #own: PreflightReport | null = null;
  #running: Promise<PreflightReport> | null = null;
  #startedMs = -Infinity;
  #runs = 0;
  #ended: Promise<void> = Promise.resolve();

  constructor(private readonly parts: PreflightRunnerParts) {
    const { config, server } = parts;
    this.#others = config.servers.map(({ name }) => name).filter((name) => name !== server);
  }

  get state(): PreflightState {
    const views = this.parts.groups();
    return {
      own: this.#own,
      peers: Object.fromEntries([...this.#peers].map(([name, { report }]) => [name, report])),
      readiness: this.#foreseen().map((foreseen) =>
        readyNow(foreseen, views.find(({ name }) => name === foreseen.group), this.#ageMs(foreseen.server))
      ),
    };
  }

  /** What the latest preflights say, whatever has happened since. */
  #foreseen(): Readiness[] {
    return this.parts.config.groups.flatMap((group) =>
      group.servers.map((name) => readinessOf(group.name, name, this.#reportOf(name)))
    );
  }

  #reportOf(name: string): PreflightReport | undefined {
    return name === this.parts.server ? this.#own ?? undefined : this.#peers.get(name)?.report;
  }

  #ageMs(name: string): number | null {
    const report = this.#reportOf(name);
    if (report === undefined) return null;
    return Math.max(0, Date.now() + (this.#peers.get(name)?.offsetMs ?? 0) - Date.parse(report.at));
  }

  start(): void {
    this.#ended = this.#loop();
  }

  async close(): Promise<void> {
    this.#stop.abort(new DOMException("the agent stops", "AbortError"));
    await Promise.all([this.#ended, this.#running]);
  }

  /** The answer to another agent. */
  answer({ fresh }: PreflightQuestion): unknown {
    // Not waited for: who has asked asks again. Failures are findings; nothing is thrown.
    if (fresh) this.#run(false).catch(() => {});
    const { config, version } = this.parts;
    return preflightAnswer({ version, digest: config.digest, paths: this.parts.paths(), report: this.#own });
  }

  /** A new preflight of this server and, with `all`, of the others, for somebody who waits. */
  async now(all: boolean): Promise<PreflightState> {
    await Promise.all([this.#run(true), ...(all ? this.#others.map((server) => this.#freshly(server)) : [])]);
    this.#settle();
    return this.state;
  }

  async #loop(): Promise<void> {
    const { signal } = this.#stop;
    const { intervalMs } = this.parts.config.preflight;
    if (intervalMs === 0) return;
    if (!await elapsed(Math.min(FIRST_MS, intervalMs) * (1 + Math.random() * JITTER), signal)) return;
    for (let nextMs = performance.now(); !signal.aborted;) {
      if (performance.now() >= nextMs) {
        await this.#run(false);
        nextMs = performance.now() + intervalMs * (1 + (Math.random() * 2 - 1) * JITTER);
      }
      await Promise.all(this.#others.map((server) => this.#hear(server)));
      this.#settle();
      if (!await elapsed(Math.min(NEWS_MS, Math.max(0, nextMs - performance.now())), signal)) return;
    }
  }

  /** One at a time, and not too often: whoever comes in between gets the one that is under way, or the latest. */
  #run(thorough: boolean): Promise<PreflightReport> {
    if (this.#running !== null) return this.#running;
    if (this.#own !== null && performance.now() - this.#startedMs < APART_MS) return Promise.resolve(this.#own);
    this.#startedMs = performance.now();
    const running = this.#carryOut(thorough).then((report) => this.#own = report).finally(() => this.#running = null);
    this.#running = running;
    return running;
  }

  async #carryOut(thorough: boolean): Promise<PreflightReport> {
    const { config, server, version, os, contexts } = this.parts;
    const { signal } = this.#stop;
    const peers = await this.#askAll();
    return await runPreflight({
      config,
      server,
      version,
      os,
      thorough,
      run: ++this.#runs,
      bootMs: this.#bootMs,
      slowDiskMs: slowMs(this.parts.config.timing),
      peers,
      context: (subject, within) => contexts.preflight(subject, thorough, within),
      fenceContext: (subject, target, within) => contexts.fence(subject, target, within),
      inspection: () => contexts.inspection(),
      bounded: (ms, work) => bounded(signal, ms, work),
    });
  }

  async #askAll(): Promise<PeerNews> {
    const { config, server, version } = this.parts;
    const replies = await Promise.all(this.#others.map(async (name) => [name, await this.#hear(name)] as const));
    return {
      server,
      version,
      digest: config.digest,
      deadMs: Math.max(DEAD_MS, config.timing.intervalMs * DEAD_BEATS),
      paths: this.parts.paths(),
      unclear: this.parts.unclear(),
      answers: new Map<string, PeerAnswer | undefined>(
        replies.map(([name, reply]) => [name, reply && { server: name, ...reply }]),
      ),
    };
  }

  async #hear(server: string, fresh = false): Promise<PeerReply | undefined> {
    const within = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(ANSWER_MS)]);
    const reply = await askPreflight((question) => this.parts.ask(server, question, within), fresh);
    if (reply?.report?.server === server) {
      this.#peers.set(server, { report: reply.report, offsetMs: reply.offsetMs });
    }
    return reply;
  }

  /** Waits until the server has a report that was not there before; what it does not give in time stays as it was. */
  async #freshly(server: string): Promise<void> {
    const { signal } = this.#stop;
    const first = await this.#hear(server, true);
    if (first === undefined) return void this.#peers.delete(server);
    const before = first.report?.run ?? 0;
    // A report of a moment ago is fresh enough: then no new one comes, and is not waited for either.
    const ageMs = first.report === null ? Infinity : Date.now() - Date.parse(first.report.at);
    const endsMs = performance.now() + (ageMs > APART_MS ? FRESH_MS : 0);
    while (performance.now() < endsMs && (this.#peers.get(server)?.report.run ?? 0) === before) {
      if (!await elapsed(POLL_MS, signal)) return;
      await this.#hear(server);
    }
  }

  /** What has changed is told once. */
  #settle(): void {
    const reasons: Reason[] = [];
    for (const { group, server, ready, message } of this.#foreseen()) {
      const key = `${group} ${server}`;
      const before = this.#told.get(key);
      if (before === ready || ready === null) continue;
      this.#told.set(key, ready);
      // That all is well is no news at the first look.
      if (ready && before === undefined) continue;
      reasons.push(
        ready
          ? info("preflight-ready", `${message} again.`, { group })
          : warning("preflight-unready", `Preflight: ${message}.`, { group }),
      );
    }
    if (reasons.length > 0) this.parts.note(reasons);
  }
}
