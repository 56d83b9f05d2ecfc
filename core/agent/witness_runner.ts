/**
 * Asks the witness what the engine wants to know, and writes what it wants remembered: each question with its deadline,
 * and for each exactly one answer. What is unclear in any way is `unreached`: the engine then asks again, and never takes
 * a write whose answer is lost for one that was not done.
 *
 * @module
 */
import type { Command, Event, WitnessOutcome } from "../cluster/events.ts";
import type { WitnessConfig } from "../config/config.ts";
import { soon } from "../plugin/callbacks.ts";
import type { PluginContext } from "../plugin/contract.ts";
import { foreignMessage } from "../preflight/witness_holder.ts";
import { bounded } from "./bounded.ts";
import type { Contexts } from "./contexts.ts";
import { told } from "./told.ts";
import { readRecord, recordText } from "./witness_record.ts";

/** What the engine asks for. */
export type WitnessCommand = Extract<Command, { do: "witness-read" | "witness-write" }>;

/** What the witness last said, about any group. */
export interface WitnessState {
  name: string;
  type: string;
  /** Null until it was asked. */
  reached: boolean | null;
  message: string;
  /** How long its latest answer took; null when there was none yet. */
  latencyMs: number | null;
}

/** Loading what is slow to load takes no longer than this. In milliseconds. */
const PREPARE_MS = 15_000;
/** Questions about one group that may wait for the one that is under way. */
const MAX_WAITING = 4;

interface Queue {
  waiting: number;
  ended: Promise<void>;
}

/** The witness of one agent. */
export class WitnessRunner {
  readonly state: WitnessState;
  readonly #stop = new AbortController();
  readonly #queues = new Map<string, Queue>();

  constructor(
    private readonly config: WitnessConfig,
    private readonly cluster: string,
    private readonly servers: readonly string[],
    private readonly contexts: Contexts,
    private readonly report: (event: Extract<Event, { type: "witness" }>) => void,
  ) {
    this.state = { name: config.name, type: config.type, reached: null, message: "not asked yet", latencyMs: null };
  }

  /** Loads what is slow to load, so that a takeover need not wait for it. Resolves with why that failed. */
  async prepare(): Promise<string | undefined> {
    const { plugin, name } = this.config;
    if (!plugin.prepare) return undefined;
    try {
      await bounded(this.#stop.signal, PREPARE_MS, (signal) => plugin.prepare!(this.#context(signal)));
    } catch (error) {
      if (!this.#stop.signal.aborted) return `the witness ${name} could not be prepared. ${told(error)}`;
    }
    return undefined;
  }

  /** Carries a command out, after those of the same group before it. The answer is reported; nothing is thrown. */
  ask(command: WitnessCommand): void {
    const queue = this.#queues.get(command.group) ?? { waiting: 0, ended: Promise.resolve() };
    this.#queues.set(command.group, queue);
    if (queue.waiting > MAX_WAITING) {
      const message = `${MAX_WAITING} questions about ${command.group} wait already`;
      // Not within the step that asks.
      return soon("the answer of a witness", () => this.#answer(command, { kind: "unreached", message }));
    }
    queue.waiting += 1;
    queue.ended = queue.ended.then(async () => {
      const startedMs = performance.now();
      const outcome = await this.#carryOut(command);
      queue.waiting -= 1;
      if (this.#stop.signal.aborted) return;
      this.state.reached = outcome.kind !== "unreached";
      this.state.message = outcome.kind === "unreached" ? outcome.message : "answered";
      if (this.state.reached) this.state.latencyMs = Math.round(performance.now() - startedMs);
      this.#answer(command, outcome);
    });
  }

  /** Ends what is under way. Nothing is reported any more. */
  async close(): Promise<void> {
    this.#stop.abort(new DOMException("the agent stops", "AbortError"));
    await Promise.all([...this.#queues.values()].map(({ ended }) => ended));
  }

  #answer({ group, request }: WitnessCommand, outcome: WitnessOutcome): void {
    if (this.#stop.signal.aborted) return;
    this.report({ type: "witness", group, request, outcome });
  }

  async #carryOut(command: WitnessCommand): Promise<WitnessOutcome> {
    const { signal } = this.#stop;
    const key = `${this.cluster}/${command.group}`;
    // Also what is still waiting when the agent stops: a write after that would be nobody's.
    if (signal.aborted) return { kind: "unreached", message: "the agent stops" };
    try {
      return await bounded(
        signal,
        this.config.timeoutMs,
        (within) =>
          command.do === "witness-read" ? this.#read(key, command, within) : this.#write(key, command, within),
      );
    } catch (error) {
      return { kind: "unreached", message: told(error) };
    }
  }

  async #read(key: string, { group }: WitnessCommand, signal: AbortSignal): Promise<WitnessOutcome> {
    const { plugin, type } = this.config;
    const found: unknown = await plugin.read(this.#context(signal, group), key);
    if (found === null) return { kind: "none" };
    const { version, text } = (found ?? {}) as Record<string, unknown>;
    if (!isVersion(version) || typeof text !== "string") {
      throw new TypeError(`${type} gave no version and text for ${key}`);
    }
    const read = readRecord(text);
    if ("record" in read) {
      // Neither taken for free nor for held: a majority with another cluster's vote would be none.
      const foreign = foreignMessage(read.record, this.cluster, group, this.servers);
      return foreign === undefined
        ? { kind: "record", version, record: read.record }
        : { kind: "unreached", message: foreign };
    }
    return {
      kind: "unreached",
      message:
        `the record ${key} can't be understood (${read.problem}): another program wrote it, or a later version of ` +
        "Baton; stop all servers before you remove it",
    };
  }

  async #write(
    key: string,
    { group, expected, record }: Extract<WitnessCommand, { do: "witness-write" }>,
    signal: AbortSignal,
  ): Promise<WitnessOutcome> {
    const { plugin, type } = this.config;
    const written: unknown = await plugin.write(this.#context(signal, group), key, expected, recordText(record));
    if (written === "conflict") return { kind: "conflict" };
    const { version } = (written ?? {}) as Record<string, unknown>;
    if (!isVersion(version)) throw new TypeError(`${type} gave no version for what it wrote to ${key}`);
    return { kind: "written", version };
  }

  #context(signal: AbortSignal, group?: string): PluginContext {
    const { name, options } = this.config;
    return this.contexts.of({ name, options, ...(group === undefined ? {} : { group }) }, signal);
  }
}

/** A drop-in in plain JavaScript may return anything. */
function isVersion(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
