/**
 * Asks the acknowledgement devices all the time, not only when they are needed: one that is dead is known before. Any
 * answer of any device is an answer; no answer means that all of them are silent.
 *
 * @module
 */
import type { QuorumConfig } from "../config/config.ts";
import { bounded, elapsed } from "./bounded.ts";
import type { Contexts } from "./contexts.ts";

/** What one device last said. */
export interface DeviceState {
  name: string;
  type: string;
  /** Null until it was asked. */
  reached: boolean | null;
  message: string;
}

/** Told after every question. Times on the clock of `performance.now()`. */
export type OnAnswer = (startedMs: number, reached: boolean, message: string) => void;

/** The devices of one agent. */
export class Devices {
  readonly states: DeviceState[];
  readonly #stop = new AbortController();
  #ended: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly devices: readonly QuorumConfig[],
    private readonly contexts: Contexts,
    private readonly onAnswer: OnAnswer,
  ) {
    this.states = devices.map(({ name, type }) => ({ name, type, reached: null, message: "not asked yet" }));
  }

  start(): void {
    this.#ended = Promise.all(this.devices.map((device, index) => this.#loop(device, this.states[index]!)));
  }

  async close(): Promise<void> {
    this.#stop.abort(new DOMException("the agent stops", "AbortError"));
    await this.#ended;
  }

  async #loop(device: QuorumConfig, state: DeviceState): Promise<void> {
    const { signal } = this.#stop;
    for (let nextMs = performance.now(); !signal.aborted;) {
      const startedMs = performance.now();
      const { reached, message } = await this.#ask(device);
      if (signal.aborted) return;
      state.reached = reached;
      state.message = message;
      // One that has yet to be asked may still answer; if it does not, it says so itself.
      const others = this.states.some((other) => other !== state && other.reached !== false);
      if (reached || !others) this.onAnswer(startedMs, reached, `${device.name}: ${message}`);
      nextMs = Math.max(nextMs + device.intervalMs, performance.now());
      if (!await elapsed(nextMs - performance.now(), signal)) return;
    }
  }

  async #ask(device: QuorumConfig): Promise<{ reached: boolean; message: string }> {
    try {
      const subject = { name: device.name, options: device.options };
      const verdict = await bounded(
        this.#stop.signal,
        device.timeoutMs,
        (signal) => device.plugin.probe(this.contexts.of(subject, signal)),
      );
      return { reached: verdict.status === "normal", message: verdict.message };
    } catch (error) {
      return { reached: false, message: error instanceof Error ? error.message : String(error) };
    }
  }
}
