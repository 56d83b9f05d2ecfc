/**
 * Asks the acknowledgement devices all the time, not only when they are needed: one that is dead is known before. What
 * they say together is one answer, because together they have one vote (`combined_answer.ts`); what each of them says is
 * in the status, and in the journal when it changes.
 *
 * @module
 */
import { numbered, shownCode } from "../cluster/numbered.ts";
import { info, type Reason, warning } from "../cluster/reasons.ts";
import type { ClusterConfig, QuorumConfig } from "../config/config.ts";
import { soundVerdict } from "../plugin/sound_verdict.ts";
import { bounded, elapsed } from "./bounded.ts";
import { CombinedAnswer } from "./combined_answer.ts";
import type { Contexts } from "./contexts.ts";
import { line, told } from "./told.ts";

/** What one device last said. */
export interface DeviceState {
  name: string;
  type: string;
  /** Null until it was asked. */
  reached: boolean | null;
  message: string;
}

/** Whom the devices tell. Times on the clock that they were given, in milliseconds. */
export interface DeviceListener {
  /** What the devices say together, after every question that adds to it. */
  answer(startedMs: number, reached: boolean, message: string): void;
  /** Lines for the journal: one for each change of one of several devices. */
  note(reasons: Reason[]): void;
}

/** How long other devices get to answer before they are asked instead of those before, in milliseconds. */
const FIRST_ANSWER_MS = 10_000;

/** The devices of one agent. */
export class Devices {
  #round: Round;
  /** Of those that were asked before. */
  #ending: Promise<unknown> = Promise.resolve();

  constructor(
    config: Pick<ClusterConfig, "quorum" | "tieBreaker">,
    private readonly contexts: Contexts,
    private readonly listener: DeviceListener,
    /** The engine's clock: it compares these times with its own, also after the system's clock has gone back. */
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    this.#round = new Round(config, contexts, listener, nowMs);
  }

  get states(): DeviceState[] {
    return this.#round.states;
  }

  start(): void {
    this.#round.start();
  }

  async close(): Promise<void> {
    await Promise.all([this.#round.close(), this.#ending]);
  }

  /**
   * Asks other devices beside those that count. Resolves once they have answered; rejects with a sentence when they don't
   * answer within `withinMs`. Until they are taken nothing has changed: a server that needs its device must not lose it to
   * a name that was misspelt.
   */
  async others(
    config: Pick<ClusterConfig, "quorum" | "tieBreaker">,
    signal: AbortSignal,
    withinMs = FIRST_ANSWER_MS,
  ): Promise<OtherDevices> {
    const heard = new FirstAnswers(this.listener);
    const next = new Round(config, this.contexts, heard, this.nowMs);
    next.start();
    const drop = () => next.close();
    try {
      await bounded(signal, withinMs, () => heard.reached);
    } catch {
      await drop();
      signal.throwIfAborted();
      throw new Error(
        `the new acknowledgement devices are not reached from here (${heard.said}), so the ones before go on being asked`,
      );
    }
    const take = () => {
      const before = this.#round.close();
      this.#ending = Promise.all([this.#ending, before]);
      this.#round = next;
      heard.pass();
    };
    return { take, drop };
  }
}

/** Devices that have answered and do not count yet. */
export interface OtherDevices {
  /** They count from now on, and those before are asked no more. */
  take(): void;
  /** They are not needed. */
  drop(): Promise<void>;
}

/** Keeps what devices say until they count. */
class FirstAnswers implements DeviceListener {
  readonly reached: Promise<void>;
  said = "they have not answered yet";
  #reached: () => void = () => {};
  #latest: Parameters<DeviceListener["answer"]> | null = null;
  #counts = false;

  constructor(private readonly listener: DeviceListener) {
    this.reached = new Promise((resolve) => this.#reached = resolve);
  }

  answer(startedMs: number, reached: boolean, message: string): void {
    if (this.#counts) return this.listener.answer(startedMs, reached, message);
    this.#latest = [startedMs, reached, message];
    this.said = line(message).replace(/\.$/, "");
    if (reached) this.#reached();
  }

  note(reasons: Reason[]): void {
    this.listener.note(reasons);
  }

  /** Hands on all that is said from now on, and what was said last. */
  pass(): void {
    this.#counts = true;
    if (this.#latest) this.listener.answer(...this.#latest);
  }
}

/** Devices that are asked together, until others take their place. */
class Round {
  readonly states: DeviceState[];
  readonly #devices: readonly QuorumConfig[];
  readonly #answer: CombinedAnswer;
  readonly #stop = new AbortController();
  #ended: Promise<unknown> = Promise.resolve();

  constructor(
    { quorum, tieBreaker }: Pick<ClusterConfig, "quorum" | "tieBreaker">,
    private readonly contexts: Contexts,
    private readonly listener: DeviceListener,
    private readonly nowMs: () => number,
  ) {
    this.#devices = quorum;
    this.#answer = new CombinedAnswer(quorum.map(({ name }) => name), tieBreaker);
    this.states = quorum.map(({ name, type }) => ({ name, type, reached: null, message: "not asked yet" }));
  }

  start(): void {
    this.#ended = Promise.all(this.#devices.map((device, index) => this.#loop(device, this.states[index]!)));
  }

  async close(): Promise<void> {
    this.#stop.abort(new DOMException("the agent stops", "AbortError"));
    await this.#ended;
  }

  async #loop(device: QuorumConfig, state: DeviceState): Promise<void> {
    const { signal } = this.#stop;
    for (let nextMs = this.nowMs(); !signal.aborted;) {
      const startedMs = this.nowMs();
      const { reached, message } = await this.#ask(device);
      if (signal.aborted) return;
      this.#changed(state, reached, message);
      const together = this.#answer.add({ name: device.name, startedMs, endedMs: this.nowMs(), reached, message });
      if (together) this.listener.answer(together.startedMs, together.reached, together.message);
      nextMs = Math.max(nextMs + device.intervalMs, this.nowMs());
      if (!await elapsed(nextMs - this.nowMs(), signal)) return;
    }
  }

  /** What a single device says is what all of them say together, and that is told already. */
  #changed(state: DeviceState, reached: boolean, message: string): void {
    const before = state.reached;
    state.reached = reached;
    state.message = message;
    if (before === reached || this.states.length === 1) return;
    const again = before === null ? "" : " again";
    this.listener.note([
      reached
        ? info("device-reached", `The acknowledgement device ${state.name} is reached${again}: ${message}.`)
        : warning("device-lost", `The acknowledgement device ${state.name} is not reached: ${line(message)}`),
    ]);
  }

  async #ask(device: QuorumConfig): Promise<{ reached: boolean; message: string }> {
    try {
      const subject = { name: device.name, options: device.options };
      const said: unknown = await bounded(
        this.#stop.signal,
        device.timeoutMs,
        (signal) => device.plugin.probe(this.contexts.of(subject, signal)),
      );
      const { status, code, message } = soundVerdict(device.type, said);
      const reached = status === "normal";
      return { reached, message: reached || code === undefined ? message : numbered(shownCode(status, code), message) };
    } catch (error) {
      return { reached: false, message: told(error) };
    }
  }
}
