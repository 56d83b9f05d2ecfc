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
import { error as failure, info, warning } from "../../cluster/reasons.ts";
import { type Change, changeOf } from "../../config/change.ts";
import type { ClusterConfig } from "../../config/config.ts";
import { ConfigError } from "../../config/problem.ts";
import { every } from "../../plugin/callbacks.ts";
import { type Applied, ConfigStore, MAX_BY } from "./config_store.ts";
import { digestOf, shortDigest } from "./file_text.ts";
import { FileNewsBoard, type PeerFile } from "./file_news.ts";
import { Busy, Hold } from "./hold.ts";
import { readFetched, readQuestion } from "./questions.ts";
import { ReadFile } from "./read_file.ts";
import { TakeUp, type TakeUpHost } from "./take_up.ts";
import type { Rejected } from "./trial.ts";
import { cannotStart, type WayBack, wayBack } from "./way_back.ts";

/** What the agent does for it. */
export interface ApplyingHost extends TakeUpHost {
  /** Checks a file with the plugins of this server; throws a `ConfigError`. */
  load(path: string): Promise<ClusterConfig>;
  ask(server: string, question: unknown, signal: AbortSignal): Promise<unknown>;
  /** Gives all servers the file of before. Throws the refusal as a sentence. */
  goBack(request: WayBack): Promise<void>;
  /** No agent could start here with the file that is on disk, so this one runs the one before. */
  rejected?: Rejected | undefined;
}

/** The file as the status shows it. */
export interface FileView {
  generation: number;
  /** Of what is on disk. */
  digest: string;
  /** Of what the agent runs. */
  running: string;
  /** Who applied it, or why it was gone back to. */
  by: string;
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

/** The file of one agent. */
export class Applying {
  readonly board = new FileNewsBoard();
  #applied: Applied;
  #diskDigest: string;
  readonly #read: ReadFile;
  /** Of the file on disk, when no agent can start with it here. */
  #rejected: Rejected | null;
  readonly #hold = new Hold();
  /** What the file that is being given takes here. */
  #prepared: Change | null = null;
  #waits: string | null = null;
  /** What was told last: what fails again and again is told once. */
  #complaint: string | null = null;
  #notBeforeMs = 0;
  readonly #taking: TakeUp;
  #looking: Promise<void> = Promise.resolve();
  #timer: ReturnType<typeof setInterval> | undefined;
  readonly #closed = new AbortController();

  private constructor(readonly host: ApplyingHost, readonly store: ConfigStore, applied: Applied) {
    this.#applied = applied;
    this.#read = new ReadFile(store, host.note);
    this.#taking = new TakeUp(host, store, this.#read, this.board);
    this.#rejected = host.rejected ?? null;
    this.#diskDigest = this.#rejected?.digest ?? host.running().digest;
  }

  static async open(host: ApplyingHost): Promise<Applying> {
    const { path, stateDir } = host.running();
    const store = new ConfigStore(path, stateDir);
    if (host.rejected) {
      host.note([
        failure(
          "file",
          `No agent can start here with the file ${
            shortDigest(host.rejected.digest)
          }: ${host.rejected.why}. This one goes on ` +
            `with the file before it, ${store.beforePath}.`,
        ),
      ]);
    }
    const applying = new Applying(host, store, await store.recall());
    await applying.#read.keep(host.running().digest);
    return applying;
  }

  start(): void {
    let busy = false;
    this.#timer = every("the look at the files", LOOK_MS, () => {
      if (busy) return;
      busy = true;
      this.#looking = this.#look().finally(() => busy = false);
    });
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
    return { ...this.news, by: this.#applied.by, waits: this.#waits, others: this.board.all() };
  }

  get applied(): Applied {
    return this.#applied;
  }

  /** Answers another server. */
  async answer(from: string, asked: unknown): Promise<unknown> {
    const question = readQuestion(asked);
    switch (question.do) {
      case "prepare":
        return await this.prepare(from, question.applied, question.text).catch((refusal) => {
          if (refusal instanceof Busy) return { busy: refusal.by };
          throw refusal;
        });
      case "commit":
        return await this.commit(question.applied);
      case "abort":
        return await this.abort(question.digest);
      case "fetch":
        return { applied: { ...this.#applied, digest: this.#diskDigest }, text: await this.#ownText() };
    }
  }

  /** Checks a file and keeps it beside the own one. Throws the refusal as a sentence; {@linkcode Busy} while another is given. */
  async prepare(from: string, applied: Applied, text: string): Promise<Change> {
    if (applied.generation <= this.#applied.generation) {
      throw new Error(`it has generation ${this.#applied.generation} already; apply the file again`);
    }
    const held = this.#hold.take(from, applied.digest);
    try {
      if (await digestOf(text) !== applied.digest) throw new Error("the file was damaged on its way");
      await this.store.writeNext(text);
      await this.store.reserve(applied);
      const change = await this.#changeTo(await this.host.load(this.store.nextPath));
      if (!this.#hold.has(held)) throw new Error(`${from} has given it another file meanwhile`);
      this.#prepared = change;
      return change;
    } catch (error) {
      if (this.#hold.release(held)) await this.store.dropNext();
      throw error;
    }
  }

  /** The prepared file counts from now on. */
  async commit(applied: Applied): Promise<void> {
    if (applied.generation <= this.#applied.generation) {
      if (applied.digest === this.#diskDigest) return;
      throw new Error(`it has generation ${this.#applied.generation} already`);
    }
    try {
      await this.store.commit(applied, this.#prepared?.bearable ?? false, this.#read.text);
    } finally {
      // Whatever comes of it, nobody has to wait for this one any more.
      this.#prepared = null;
      this.#hold.clear();
    }
    this.#took(applied);
    this.host.note([
      info(
        "file",
        `The file ${shortDigest(applied.digest)}, generation ${applied.generation}, is in place, by ${applied.by}.`,
      ),
    ]);
  }

  async abort(digest: string): Promise<void> {
    if (!this.#hold.release(digest)) return;
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
    // With a file that no agent could start with here nothing was done on this server.
    if (this.#diskDigest !== running.digest && !this.#rejected) {
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
    this.#complaint = null;
    this.#rejected = null;
    this.#read.replaced();
    this.#prepared = null;
    this.#notBeforeMs = 0;
    this.#taking.replaced();
  }

  async #look(): Promise<void> {
    if (this.#taking.restarting || this.#closed.signal.aborted || performance.now() < this.#notBeforeMs) return;
    try {
      const newer = this.board.newerThan(this.#applied.generation);
      if (newer && !this.#hold.commitComes) await this.#catchUp(newer);
      if (this.#rejected) await this.#goBack(this.#rejected);
      else if (this.#diskDigest !== this.host.running().digest) await this.#takeUp();
      else this.#waits = await this.#read.trouble(this.#diskDigest);
    } catch (error) {
      if (this.#closed.signal.aborted) return;
      this.#notBeforeMs = performance.now() + AGAIN_MS;
      const text = error instanceof ConfigError ? error.toString().split("\n")[0]! : (error as Error).message;
      const said = this.#rejected ? `${cannotStart(this.#rejected)}; there is no way back: ${text}` : text;
      if (this.#complaint !== said) {
        this.host.note([warning("file", `The new cluster.yaml can't be taken up: ${said}.`)]);
      }
      this.#complaint = this.#waits = said;
    }
  }

  /** The file on disk is none to run: all servers go back to the one before, as soon as they can. */
  async #goBack(rejected: Rejected): Promise<void> {
    const { server, running, view } = this.host;
    const waiting = wayBack(this.#applied, view());
    if ("waits" in waiting) {
      this.#waits = `${cannotStart(rejected)}; ${waiting.waits}`;
      return;
    }
    const text = await this.store.readBefore();
    if (await digestOf(text) !== running().digest) throw new Error(`${this.store.beforePath} was changed by hand`);
    this.#waits = `${cannotStart(rejected)}; all servers go back to the file before`;
    const by = `${server}, which could not start with generation ${this.#applied.generation}: ${rejected.why}`;
    const { mayMove } = this.#applied;
    await this.host.goBack({ text, without: waiting.without, mayMove, by: by.slice(0, MAX_BY), back: true });
    this.#waits = null;
  }

  /** A peer has a newer file: gets it. */
  async #catchUp({ server, generation }: PeerFile): Promise<void> {
    this.#waits = `it fetches generation ${generation} of ${server}`;
    const signal = AbortSignal.any([this.#closed.signal, AbortSignal.timeout(FETCH_MS)]);
    const { applied, text } = readFetched(await this.host.ask(server, { do: "fetch" }, signal));
    if (applied.generation <= this.#applied.generation) return;
    if (await digestOf(text) !== applied.digest) throw new Error(`the file of ${server} was damaged on its way`);
    const held = this.#hold.take(server, applied.digest);
    try {
      await this.store.writeNext(text);
      // What the others have taken up counts; only a file that this server can't read, or is not in, does not.
      const config = await this.host.load(this.store.nextPath);
      if (!config.servers.some(({ name }) => name === this.host.server)) {
        throw new Error(`this server is no longer in the file of ${server}; stop this agent for good`);
      }
      await this.store.commit(applied, changeOf(this.host.running(), config).bearable, this.#read.text);
    } catch (error) {
      if (this.#hold.has(held)) await this.store.dropNext();
      throw error;
    } finally {
      this.#hold.release(held);
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
    this.#waits = await this.#taking.next(config, this.#applied);
  }
}
