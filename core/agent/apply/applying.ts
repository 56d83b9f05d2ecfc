/**
 * The part of an agent that takes up new versions of `cluster.yaml`: it answers what the server that applies one asks,
 * fetches what it has missed, and lets the agent go on with the new file when that is safe.
 *
 * A file is first prepared (every server checks it with its own plugins and keeps it beside its own), and counts once the
 * server that applies it has made it its own: that one rename decides. Servers that did not hear of it any more see in the
 * heartbeats that a peer has a newer one, and fetch it.
 *
 * @module
 */
import type { FileNews } from "../../cluster/message.ts";
import { info, type Reason, warning } from "../../cluster/reasons.ts";
import type { View } from "../../cluster/view.ts";
import { type Change, changeOf } from "../../config/change.ts";
import type { ClusterConfig } from "../../config/config.ts";
import { ConfigError } from "../../config/problem.ts";
import { type Applied, ConfigStore, digestOf } from "./config_store.ts";
import { FileNewsBoard, type PeerFile } from "./file_news.ts";
import { readFetched, readQuestion } from "./questions.ts";
import { waitsFor } from "./turn.ts";

/** What the agent does for it. */
export interface ApplyingHost {
  server: string;
  /** The configuration with which the agent runs now. */
  running(): ClusterConfig;
  /** Checks a file with the plugins of this server; throws a `ConfigError`. */
  load(path: string): Promise<ClusterConfig>;
  view(): View;
  note(reasons: readonly Reason[]): void;
  ask(server: string, question: unknown, signal: AbortSignal): Promise<unknown>;
  /** Goes on with the same groups and other checks. */
  swap(config: ClusterConfig): Promise<void>;
  /** Leaves in order and starts again with it. */
  restart(config: ClusterConfig, by: string): void;
}

/** The file as the status shows it. */
export interface FileView {
  generation: number;
  /** Of what is on disk. */
  digest: string;
  /** Of what the agent runs. */
  running: string;
  /** What it waits for before it runs what is on disk; null: it does. */
  waits: string | null;
  others: PeerFile[];
}

/** How often it looks whether there is something to do, in milliseconds. */
const LOOK_MS = 250;
/** A file that could not be fetched or read is tried again after this. In milliseconds. */
const AGAIN_MS = 5_000;
/** Fetching a file takes no longer than this. In milliseconds. */
const FETCH_MS = 20_000;
/** Who has prepared a file for one server refuses others for this time. In milliseconds. */
const PREPARED_MS = 45_000;

interface Prepared {
  applied: Applied;
  from: string;
  change: Change;
  untilMs: number;
}

/** The file of one agent. */
export class Applying {
  readonly board = new FileNewsBoard();
  #applied: Applied;
  #diskDigest: string;
  #prepared: Prepared | null = null;
  #waits: string | null = null;
  #waitingSinceMs: number | null = null;
  #notBeforeMs = 0;
  #restarting = false;
  #looking: Promise<void> = Promise.resolve();
  #timer: ReturnType<typeof setInterval> | undefined;
  readonly #closed = new AbortController();

  private constructor(readonly host: ApplyingHost, readonly store: ConfigStore, applied: Applied) {
    this.#applied = applied;
    this.#diskDigest = host.running().digest;
  }

  static async open(host: ApplyingHost): Promise<Applying> {
    const { path, stateDir } = host.running();
    const store = new ConfigStore(path, stateDir);
    return new Applying(host, store, await store.recall());
  }

  start(): void {
    let busy = false;
    this.#timer = setInterval(() => {
      if (busy) return;
      busy = true;
      this.#looking = this.#look().finally(() => busy = false);
    }, LOOK_MS);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#closed.abort(new DOMException("the agent stops", "AbortError"));
    await this.#looking;
  }

  /** For the heartbeats. */
  get news(): FileNews {
    return { generation: this.#applied.generation, digest: this.#diskDigest, running: this.host.running().digest };
  }

  get view(): FileView {
    return { ...this.news, waits: this.#waits, others: this.board.all() };
  }

  get applied(): Applied {
    return this.#applied;
  }

  /** Answers another server. */
  async answer(from: string, asked: unknown): Promise<unknown> {
    const question = readQuestion(asked);
    switch (question.do) {
      case "prepare":
        return await this.prepare(from, question.applied, question.text);
      case "commit":
        return await this.commit(question.applied);
      case "abort":
        return await this.abort(question.digest);
      case "fetch":
        return { applied: { ...this.#applied, digest: this.#diskDigest }, text: await this.#ownText() };
    }
  }

  /** Checks a file and keeps it beside the own one. Throws the refusal as a sentence. */
  async prepare(from: string, applied: Applied, text: string): Promise<Change> {
    const lock = this.#prepared;
    if (lock && lock.from !== from && performance.now() < lock.untilMs) {
      throw new Error(`${lock.from} is applying another file at this moment`);
    }
    if (applied.generation <= this.#applied.generation) {
      throw new Error(`it has generation ${this.#applied.generation} already; apply the file again`);
    }
    if (await digestOf(text) !== applied.digest) throw new Error("the file was damaged on its way");
    await this.store.writeNext(text);
    try {
      const change = await this.#changeTo(await this.host.load(this.store.nextPath));
      this.#prepared = { applied, from, change, untilMs: performance.now() + PREPARED_MS };
      return change;
    } catch (error) {
      await this.store.dropNext();
      throw error;
    }
  }

  /** The prepared file counts from now on. */
  async commit(applied: Applied): Promise<void> {
    if (applied.generation <= this.#applied.generation) {
      if (applied.digest === this.#diskDigest) return;
      throw new Error(`it has generation ${this.#applied.generation} already`);
    }
    await this.store.commit(applied);
    this.#took(applied);
    this.host.note([
      info(
        "file",
        `The file ${short(applied.digest)}, generation ${applied.generation}, is in place, by ${applied.by}.`,
      ),
    ]);
  }

  async abort(digest: string): Promise<void> {
    if (this.#prepared?.applied.digest !== digest) return;
    this.#prepared = null;
    await this.store.dropNext();
  }

  /** From what this server runs, and from what it has on disk, to a file. Throws when that can't be done. */
  async #changeTo(config: ClusterConfig): Promise<Change> {
    const { server } = this.host;
    if (!config.servers.some(({ name }) => name === server)) throw new Error(`${server} is not in it`);
    const running = this.host.running();
    const change = changeOf(running, config);
    const refusals = new Set(change.refusals);
    if (this.#diskDigest !== running.digest) {
      for (const text of changeOf(await this.host.load(this.store.path), config).refusals) refusals.add(text);
    }
    if (refusals.size > 0) throw new Error([...refusals].join("; "));
    return change;
  }

  async #ownText(): Promise<string> {
    const text = await this.store.read();
    if (await digestOf(text) === this.#diskDigest) return text;
    throw new Error(`${this.store.path} was changed by hand`);
  }

  #took(applied: Applied): void {
    this.#applied = applied;
    this.#diskDigest = applied.digest;
    this.#prepared = null;
    this.#waitingSinceMs = null;
    this.#notBeforeMs = 0;
  }

  async #look(): Promise<void> {
    if (this.#restarting || this.#closed.signal.aborted || performance.now() < this.#notBeforeMs) return;
    try {
      const newer = this.board.newerThan(this.#applied.generation);
      if (newer && !this.#preparedNow()) await this.#catchUp(newer);
      if (this.#diskDigest !== this.host.running().digest) await this.#takeUp();
      else this.#waits = null;
    } catch (error) {
      if (this.#closed.signal.aborted) return;
      this.#notBeforeMs = performance.now() + AGAIN_MS;
      const text = error instanceof ConfigError ? error.toString().split("\n")[0]! : (error as Error).message;
      if (this.#waits !== text) this.host.note([warning("file", `The new cluster.yaml can't be taken up: ${text}.`)]);
      this.#waits = text;
    }
  }

  /** A commit is on its way, most likely. */
  #preparedNow(): boolean {
    const lock = this.#prepared;
    if (!lock || performance.now() > lock.untilMs) return false;
    // The one that applies has it, so the commit will come at once or not at all.
    return performance.now() < lock.untilMs - PREPARED_MS + AGAIN_MS;
  }

  /** A peer has a newer file: gets it. */
  async #catchUp({ server, generation }: PeerFile): Promise<void> {
    this.#waits = `it fetches generation ${generation} of ${server}`;
    const signal = AbortSignal.any([this.#closed.signal, AbortSignal.timeout(FETCH_MS)]);
    const { applied, text } = readFetched(await this.host.ask(server, { do: "fetch" }, signal));
    if (applied.generation <= this.#applied.generation) return;
    if (await digestOf(text) !== applied.digest) throw new Error(`the file of ${server} was damaged on its way`);
    await this.store.writeNext(text);
    try {
      // What the others have taken up counts; only a file that this server can't read, or is not in, does not.
      const config = await this.host.load(this.store.nextPath);
      if (!config.servers.some(({ name }) => name === this.host.server)) {
        throw new Error(`this server is no longer in the file of ${server}; stop this agent for good`);
      }
      await this.store.commit(applied);
    } catch (error) {
      await this.store.dropNext();
      throw error;
    }
    this.#took(applied);
    this.host.note([
      warning("file", `This server had an older cluster.yaml; it has fetched generation ${generation} from ${server}.`),
    ]);
  }

  /** The file on disk is not the one that runs. */
  async #takeUp(): Promise<void> {
    const config = await this.host.load(this.store.path);
    if (config.digest !== this.#diskDigest) throw new Error(`${this.store.path} was changed by hand`);
    const { reach, monitors } = changeOf(this.host.running(), config);
    if (reach !== "agent") {
      await this.host.swap(config);
      const what = monitors.length === 0 ? "nothing had to change" : `other checks of ${monitors.join(", ")}`;
      this.host.note([info("file", `The agent goes on with the file ${short(config.digest)}: ${what}.`)]);
      this.#waits = null;
      return;
    }
    const nowMs = performance.now();
    const { server: me } = this.host;
    const waitedMs = this.#waitingSinceMs === null ? 0 : nowMs - this.#waitingSinceMs;
    const waiting = waitsFor({ me, applied: this.#applied, view: this.host.view(), board: this.board, waitedMs });
    this.#waitingSinceMs = waiting?.patient ? this.#waitingSinceMs ?? nowMs : null;
    if (waiting) {
      this.#waits = waiting.why;
      return;
    }
    this.#waits = "it starts again";
    this.#restarting = true;
    this.host.note([info("file", `The agent starts again with the file ${short(config.digest)}.`)]);
    this.host.restart(config, this.#applied.by);
  }
}

/** The beginning of a digest, enough for people. */
export function short(digest: string): string {
  return digest.slice(0, 12);
}
