/**
 * Everything of an agent that has to do with new versions of its `cluster.yaml`, put together.
 *
 * @module
 */
import type { Beat, FileNews } from "../../cluster/message.ts";
import type { Reason } from "../../cluster/reasons.ts";
import type { View } from "../../cluster/view.ts";
import type { ClusterConfig } from "../../config/config.ts";
import type { KeyRing } from "../key_ring.ts";
import { Applying, type FileView } from "./applying.ts";
import { type ApplyOutcome, ApplyRefused, type ApplyRequest, Coordinator } from "./coordinator.ts";
import { Exchange } from "./exchange.ts";
import type { Rejected } from "./trial.ts";

/** What it needs of the agent. */
export interface FileChangesParts {
  config: ClusterConfig;
  server: string;
  keys: KeyRing;
  load(path: string): Promise<ClusterConfig>;
  view(): View;
  note(reasons: readonly Reason[]): void;
  /** A packet was refused. It may be anybody's, and there may be any number. */
  refused(text: string): void;
  post(server: string, packet: Uint8Array): void;
  /** Answers what is not about the file; undefined: it is. */
  answer?(from: string, question: unknown): Promise<unknown> | undefined;
  /** Goes on with another file in the agent that runs; resolves with what runs then. */
  goOn(before: ClusterConfig, after: ClusterConfig): Promise<ClusterConfig>;
  /** Moves a group in order. Returns why it can't; undefined when it does. */
  move(group: string, to: string, by: string): string | undefined;
  /** Leaves in order, to start again with the file. */
  restart(by: string): void;
  /** No agent could start here with the file that is on disk; `config` is the one before. */
  rejected?: Rejected | undefined;
}

/** The file of one agent, and the questions about it. */
export class FileChanges {
  readonly #stop = new AbortController();

  private constructor(
    private readonly exchange: Exchange,
    private readonly applying: Applying,
    private readonly coordinator: Coordinator,
  ) {}

  static async open(parts: FileChangesParts): Promise<FileChanges> {
    let running = parts.config;
    const exchange = new Exchange({
      cluster: running.cluster,
      me: parts.server,
      keys: parts.keys,
      peers: new Set(running.servers.map(({ name }) => name).filter((name) => name !== parts.server)),
      post: parts.post,
      answer: (from, question) => parts.answer?.(from, question) ?? applying.answer(from, question),
      onTrouble: parts.refused,
    });
    const applying: Applying = await Applying.open({
      server: parts.server,
      running: () => running,
      load: parts.load,
      view: parts.view,
      note: parts.note,
      ask: (server, question, signal) => exchange.ask(server, question, signal),
      swap: async (config) => void (running = await parts.goOn(running, config)),
      move: parts.move,
      restart: (_config, by) => parts.restart(by),
      goBack: async (request) => void await changes.apply(request),
      rejected: parts.rejected,
    });
    const changes = new FileChanges(exchange, applying, new Coordinator(applying));
    return changes;
  }

  start(): void {
    this.applying.start();
  }

  /** For the heartbeats. */
  get news(): FileNews {
    return this.applying.news;
  }

  get view(): FileView {
    return this.applying.view;
  }

  hear({ from, file }: Beat): void {
    this.applying.board.hear(from, file);
  }

  /** Asks another server something; rejects with its refusal, or when `signal` aborts before there is an answer. */
  ask(server: string, question: unknown, signal: AbortSignal): Promise<unknown> {
    return this.exchange.ask(server, question, signal);
  }

  receive(packet: Uint8Array, key: Uint8Array): boolean {
    return this.exchange.receive(packet, key);
  }

  /** Applies a file to all servers; throws an {@linkcode ApplyRefused}. */
  async apply(request: ApplyRequest): Promise<ApplyOutcome> {
    if (this.#stop.signal.aborted) throw new ApplyRefused("the agent is stopping");
    return await this.coordinator.apply(request, this.#stop.signal);
  }

  async close(): Promise<void> {
    this.#stop.abort(new DOMException("the agent stops", "AbortError"));
    await Promise.all([this.exchange.close(), this.applying.close()]);
  }
}
