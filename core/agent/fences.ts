/**
 * The fence of one agent: stops other servers when the engine says so, and finds out all the time whether it could. A
 * permission that somebody took away is known before it is needed.
 *
 * @module
 */
import { numbered, shownCode } from "../cluster/numbered.ts";
import { error, info, type Reason, warning } from "../cluster/reasons.ts";
import type { FenceConfig } from "../config/config.ts";
import { Fault, FAULT_CODES } from "../plugin/fault.ts";
import { faultVerdict } from "../plugin/fault_verdict.ts";
import { soundVerdict } from "../plugin/sound_verdict.ts";
import type { Verdict } from "../plugin/verdict.ts";
import { bounded, elapsed } from "./bounded.ts";
import type { Contexts, Subject } from "./contexts.ts";
import { numberOf, sentenceOf } from "./told.ts";

/** Whether another server could be stopped, as the latest look found. */
export interface FenceTarget {
  target: string;
  /** Null until it was looked at. */
  ready: Verdict["status"] | null;
  code: number | null;
  message: string;
  /** Wall clock time, ISO 8601. */
  checkedAt: string | null;
  /** It is being stopped at this moment. */
  stopping: boolean;
}

/** The fence for the status. */
export interface FenceState {
  type: string;
  wait: FenceConfig["wait"];
  targets: FenceTarget[];
}

/** The answer to one `shoot`. */
export interface Shot {
  server: string;
  request: number;
  /** It is off for certain. */
  stopped: boolean;
  message: string;
  code?: number;
}

/** Whom the fence tells. */
export interface FenceListener {
  /** Once for every {@linkcode Fences.shoot}. */
  shot(shot: Shot): void;
  /** Lines for the journal. */
  note(reasons: Reason[]): void;
}

/** The first look comes at the latest after this, and all servers of a cluster don't look at once. In milliseconds. */
const FIRST_LOOK_MS = 5_000;
/** A look takes no longer than this. In milliseconds. */
const LOOK_MS = 30_000;
/** Attempts that wait for the one before at the same server; the engine asks again only when it was answered. */
const MAX_WAITING = 4;

/** The fence of one agent; without a configured one it answers that there is none. */
export class Fences {
  readonly #states: FenceTarget[];
  readonly #stop = new AbortController();
  /** The attempts at each server, one after the other. */
  readonly #lines = new Map<string, { count: number; ended: Promise<void> }>();
  #looking: Promise<void> = Promise.resolve();
  readonly #subject: Subject;

  constructor(
    private readonly fence: FenceConfig | undefined,
    others: readonly string[],
    private readonly contexts: Contexts,
    private readonly listener: FenceListener,
    /** Nobody is stopped. The engine asks for it all the same never; this is the wall behind it. */
    private readonly noPower = false,
  ) {
    this.#subject = { name: "fence", options: fence?.options ?? new Map() };
    this.#states = others.map((target) => ({
      target,
      ready: null,
      code: null,
      message: "not looked at yet",
      checkedAt: null,
      stopping: false,
    }));
  }

  /** Null where none is configured. */
  get state(): FenceState | null {
    if (!this.fence) return null;
    return { type: this.fence.type, wait: this.fence.wait, targets: this.#states.map((state) => ({ ...state })) };
  }

  /** Loads what is slow to load, and begins to look whether the others could be stopped. */
  start(): void {
    if (this.fence && this.#states.length > 0) this.#looking = this.#look(this.fence);
  }

  /** Stops a server. The answer goes to the listener, exactly once and within the timeout of an attempt. */
  async shoot(server: string, request: number): Promise<void> {
    const line = this.#lines.get(server) ?? { count: 0, ended: Promise.resolve() };
    if (line.count > MAX_WAITING) {
      return this.listener.shot(failed(server, request, new Error(`${line.count} attempts are under way already`)));
    }
    this.#lines.set(server, line);
    line.count += 1;
    // One at a time: the answer to a later question must not come from what was read before it was asked.
    const ended = this.#after(line.ended, server, request).finally(() => line.count -= 1);
    line.ended = ended.catch(() => {});
    await ended;
  }

  /** Calls off what is under way. */
  async close(): Promise<void> {
    this.#stop.abort(new DOMException("the agent stops", "AbortError"));
    await Promise.all([this.#looking, ...[...this.#lines.values()].map(({ ended }) => ended)]);
  }

  async #after(before: Promise<void>, server: string, request: number): Promise<void> {
    await before;
    const state = this.#states.find(({ target }) => target === server);
    if (state) state.stopping = true;
    const shot = await this.#attempt(server, request);
    if (state) state.stopping = false;
    this.listener.shot(shot);
  }

  async #attempt(server: string, request: number): Promise<Shot> {
    const { fence } = this;
    try {
      if (!fence) throw new Fault(FAULT_CODES.internal, "there is no fence in cluster.yaml");
      if (this.noPower) throw new Fault(FAULT_CODES.internal, `${server} is not stopped, because of --no-power`);
      if (!this.#states.some(({ target }) => target === server)) {
        throw new Fault(FAULT_CODES.internal, `${server} is no other server of this cluster`);
      }
      const proof: unknown = await bounded(
        this.#stop.signal,
        fence.timeoutMs,
        (signal) => fence.plugin.stop(this.contexts.fence(this.#subject, server, signal)),
      );
      // A drop-in in plain JavaScript that forgets to wait ends well at once, with nothing in its hands.
      if (typeof proof !== "string" || proof === "") {
        throw new Fault(FAULT_CODES.internal, `${fence.type} did not say how it knows that ${server} is off`);
      }
      return { server, request, stopped: true, message: proof };
    } catch (thrown) {
      return failed(server, request, thrown);
    }
  }

  async #look(fence: FenceConfig): Promise<void> {
    const { signal } = this.#stop;
    await this.#prepare(fence);
    if (!await elapsed(Math.random() * Math.min(FIRST_LOOK_MS, fence.intervalMs), signal)) return;
    for (let nextMs = performance.now(); !signal.aborted;) {
      for (const state of this.#states) {
        const verdict = await this.#ready(fence, state.target);
        if (signal.aborted) return;
        this.#keep(fence, state, verdict);
      }
      nextMs = Math.max(nextMs + fence.intervalMs, performance.now());
      if (!await elapsed(nextMs - performance.now(), signal)) return;
    }
  }

  /** What fails here fails again at the first look, which says so. */
  async #prepare({ plugin }: FenceConfig): Promise<void> {
    try {
      await bounded(
        this.#stop.signal,
        LOOK_MS,
        async (signal) => await plugin.prepare?.(this.contexts.of(this.#subject, signal)),
      );
    } catch {
      // See above.
    }
  }

  async #ready({ plugin, type, timeoutMs }: FenceConfig, target: string): Promise<Verdict> {
    try {
      const said: unknown = await bounded(
        this.#stop.signal,
        Math.min(LOOK_MS, timeoutMs),
        (signal) => plugin.ready(this.contexts.fence(this.#subject, target, signal)),
      );
      return soundVerdict(type, said);
    } catch (thrown) {
      return faultVerdict(thrown);
    }
  }

  #keep({ type }: FenceConfig, state: FenceTarget, { status, code, message }: Verdict): void {
    const shown = shownCode(status, code);
    const changed = state.ready !== status || state.code !== (shown ?? null);
    Object.assign(state, { ready: status, code: shown ?? null, message, checkedAt: new Date().toISOString() });
    if (!changed) return;
    const could = status === "normal"
      ? `could stop ${state.target}`
      : status === "warning"
      ? `could stop ${state.target}, with a warning`
      : status === "error"
      ? `can't stop ${state.target}`
      : `may be unable to stop ${state.target}`;
    const note = status === "normal" ? info : status === "error" ? error : warning;
    const said = shown === undefined ? `${could}: ${message}.` : `${could}. ${numbered(shown, message)}`;
    this.listener.note([
      note(
        status === "normal" ? "fence-ready" : "fence-unready",
        `The fence ${type} ${said}`,
        shown === undefined ? {} : { number: shown },
      ),
    ]);
  }
}

function failed(server: string, request: number, thrown: unknown): Shot {
  return { server, request, stopped: false, message: sentenceOf(thrown), code: numberOf(thrown) };
}
