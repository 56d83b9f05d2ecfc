/**
 * Runs one monitor: a check each interval, each with its deadline; what could not be found out in time is `unknown`.
 * Beside the checks, what they could see on this machine alone is looked at every few seconds: an address that a network
 * manager takes away must not wait for the next question to a cloud, nor for one that is under way.
 *
 * @module
 */
import type { MonitorConfig } from "../config/config.ts";
import { FAULT_CODES } from "../plugin/fault.ts";
import { unknownVerdict } from "../plugin/fault_verdict.ts";
import type { EngineVerdict } from "../cluster/events.ts";
import type { PluginContext } from "../plugin/contract.ts";
import { LOOK_MS } from "../plugin/look.ts";
import { soundVerdict } from "../plugin/sound_verdict.ts";
import type { Verdict } from "../plugin/verdict.ts";
import { bounded, elapsed } from "./bounded.ts";
import type { CheckStrays } from "./check_strays.ts";
import type { Contexts, Subject } from "./contexts.ts";

/** The latest check of a monitor, for the status. */
export interface LatestCheck {
  /** Wall clock time, ISO 8601. */
  time: string;
  elapsedMs: number;
  verdict: Verdict;
}

/** Whether the check ended in time, and how long it took. */
export type CheckTiming = Required<Pick<EngineVerdict, "timedOut" | "took">>;

/** One monitor of one agent. */
export class MonitorRunner {
  latest: LatestCheck | null = null;
  #running: AbortController | null = null;
  readonly #subject: Subject;
  /** Makes the next check begin at once. */
  #soon = new AbortController();
  /** The loops so far; a check of the one before may still be ending when the next starts. */
  #ended: Promise<void> = Promise.resolve();

  constructor(
    readonly config: MonitorConfig,
    private readonly contexts: Contexts,
    private readonly report: (monitor: string, verdict: Verdict, check: CheckTiming) => void,
    private readonly lookMs = LOOK_MS,
    private readonly strays?: CheckStrays,
  ) {
    const { name, options, recovery: { target } } = config;
    this.#subject = { name, options, ...("group" in target ? { group: target.group } : {}) };
  }

  /** Starts or stops checking. */
  run(wanted: boolean): void {
    if (wanted === (this.#running !== null)) return;
    if (this.#running) {
      this.#running.abort(new DOMException("the monitor stops", "AbortError"));
      this.#running = null;
      return;
    }
    const { signal } = this.#running = new AbortController();
    // One after the other: two checks of one monitor never run at once.
    this.#ended = this.#ended.then(async () => void await Promise.all([this.#loop(signal), this.#looks(signal)]));
  }

  /** Resolves when the check that is under way has ended. */
  async close(): Promise<void> {
    this.run(false);
    await this.#ended;
  }

  async #loop(signal: AbortSignal): Promise<void> {
    const { intervalMs, startDelayMs } = this.config;
    if (!await elapsed(startDelayMs, signal)) return;
    for (let nextMs = performance.now(); !signal.aborted;) {
      await this.#check(signal);
      await this.strays?.look(signal);
      // Absolute times: a slow check delays the next one, but checks never drift or pile up.
      nextMs = Math.max(nextMs + intervalMs, performance.now());
      if (!await elapsed(nextMs - performance.now(), AbortSignal.any([signal, this.#soon.signal]))) {
        this.#soon = new AbortController();
        nextMs = performance.now();
      }
    }
  }

  /** What is well says nothing of what only a check sees, so it is kept quiet; what is not counts as a check. */
  async #looks(signal: AbortSignal): Promise<void> {
    const { intervalMs, startDelayMs, timeoutMs, plugin } = this.config;
    if (plugin.look === undefined || intervalMs <= this.lookMs) return;
    if (!await elapsed(startDelayMs, signal)) return;
    let bad = false;
    while (await elapsed(this.lookMs, signal)) {
      const startedMs = performance.now();
      const verdict = await bounded(
        signal,
        Math.min(timeoutMs, this.lookMs),
        (within) => plugin.look!(this.contexts.of(this.#subject, within)),
      ).then((said) => soundVerdict(this.config.type, said)).catch(unknownVerdict);
      if (signal.aborted) return;
      if (verdict.status === "error") this.#tell(verdict, false, startedMs);
      // The check that follows says how everything is, not only what is on this machine.
      else if (bad) this.#soon.abort();
      bad = verdict.status === "error";
    }
  }

  async #check(signal: AbortSignal): Promise<void> {
    const startedMs = performance.now();
    let verdict: Verdict;
    let timedOut = false;
    try {
      const said: unknown = await bounded(
        signal,
        this.config.timeoutMs,
        (within) => this.config.plugin.check(this.#context(within)),
      );
      verdict = soundVerdict(this.config.type, said);
    } catch (error) {
      if (signal.aborted) return;
      timedOut = error instanceof DOMException && error.name === "TimeoutError";
      verdict = error instanceof DOMException && timedOut
        ? { status: "unknown", code: FAULT_CODES.timeout, message: `Timeout occurred: ${error.message}` }
        : unknownVerdict(error);
    }
    if (signal.aborted) return;
    this.#tell(verdict, timedOut, startedMs);
  }

  #context(signal: AbortSignal): PluginContext {
    const context = this.contexts.of(this.#subject, signal);
    return this.strays?.context(context) ?? context;
  }

  #tell(verdict: Verdict, timedOut: boolean, startedMs: number): void {
    const ms = Math.round(performance.now() - startedMs);
    this.latest = { time: new Date().toISOString(), elapsedMs: ms, verdict };
    this.report(this.config.name, verdict, { timedOut, took: { ms, ofMs: this.config.timeoutMs } });
  }
}
