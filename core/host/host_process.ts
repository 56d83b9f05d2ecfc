/**
 * One host process, as the agent sees it: what is asked of it, and what it does wrong.
 *
 * @module
 */
import type { PluginContext, PluginLog } from "../plugin/contract.ts";
import { Fault, FAULT_CODES } from "../plugin/fault.ts";
import type { Declaration } from "./declaration.ts";
import { errorOf, failureOf } from "./failure.ts";
import { Flow } from "./flow.ts";
import { HostPipe, type HostPipeParts } from "./host_pipe.ts";
import { plainText } from "../plugin/plain_text.ts";
import { type Ask, type CallFacts, type FromHost, type LoadRequest, MAX_LINE, type ToHost } from "./protocol.ts";
import { serve, startsPrograms } from "./serve.ts";
import type { Turns } from "./turns.ts";

/** How long after an abort a plugin may take to answer. Less than the agent itself waits. In milliseconds. */
const ABORT_GRACE_MS = 180;
/** ... and how much longer until a host that others share is ended: machines are slow at times. In milliseconds. */
const SHARED_GRACE_MS = 700;
/** What a host may ask for at once. */
const MAX_ASKED = 64;
/** Lines of a second that come into the log. */
const MAX_LINES = 20;

/** One thing asked of a host. */
export interface HostCall {
  type: string;
  method: string;
  facts?: CallFacts;
  args: unknown[];
  signal: AbortSignal;
  /** What the plugin's questions are answered with. */
  context?: PluginContext;
}

/** Who is told when a host does wrong. */
export interface HostListener {
  /** It can't go on. `type`: whose fault it is, where that is known; `suspects`: whose code it was running. */
  fell(reason: string, type: string | undefined, suspects: string[]): void;
  /** Whether several drop-ins have this host. */
  shared(): boolean;
  /** A call of `type` did not end after its abort, while the host itself is sound. */
  overran(type: string, reason: string): void;
  log: PluginLog;
  /** When what it asks for may start a program. */
  turns: Turns;
}

/** What a host was asked and has not answered. */
interface Pending {
  type: string;
  context?: PluginContext;
  /** Its thread has heard of the abort. */
  heard: boolean;
  /** The host has ended. */
  lost(reason: string): void;
  take(message: FromHost): void;
}

/** A running host. */
export class HostProcess {
  readonly #pipe: HostPipe;
  readonly #pending = new Map<number, Pending>();
  readonly #asked = new Map<number, AbortController>();
  readonly #lines = new Flow(MAX_LINES, 1_000);
  #lostLines = 0;
  /** The types that were loaded, or are being. */
  readonly loaded = new Map<string, Promise<{ declaration: Declaration; files: string[] }>>();
  #next = 1;
  #reason: string | undefined;

  /** What it may use, in MiB. */
  readonly memoryMb: number;

  constructor(parts: Omit<HostPipeParts, "take" | "broke" | "line">, private readonly listener: HostListener) {
    this.memoryMb = parts.memoryMb;
    this.#pipe = new HostPipe({
      ...parts,
      take: (message) => this.#take(message),
      broke: (reason) => this.fall(reason),
      line: (text) => listener.log.debug(text),
    });
  }

  get pid(): number {
    return this.#pipe.pid;
  }

  /** Calls under way. */
  get busy(): number {
    return this.#pending.size;
  }

  /** Loads a drop-in. Rejects with a `PluginError` when it can't be used. */
  load(
    request: LoadRequest,
    signal: AbortSignal,
  ): Promise<{ declaration: Declaration; files: string[] }> {
    const known = this.loaded.get(request.type);
    if (known) return known;
    const loading = this.#ask(
      (id) => ({ t: "load", id, ...request }),
      { type: request.type, method: "load", args: [], signal },
    ) as Promise<{ declaration: Declaration; files: string[] }>;
    this.loaded.set(request.type, loading);
    loading.catch(() => this.loaded.delete(request.type));
    return loading;
  }

  /** Calls a function of a drop-in that was loaded. */
  call(call: HostCall): Promise<unknown> {
    const { type, method, facts, args } = call;
    return this.#ask((id) => ({ t: "call", id, type, method, ...(facts ? { facts } : {}), args }), call);
  }

  /** Ends it now, with all that it has started. What it was asked is answered with `reason`. */
  kill(reason: string): void {
    this.#reason ??= reason;
    this.#pipe.kill();
    for (const controller of this.#asked.values()) controller.abort(new DOMException(reason, "AbortError"));
    for (const pending of [...this.#pending.values()]) pending.lost(reason);
  }

  /** Ends it because it does wrong; whoever listens is told. `type`: whose fault it is. */
  fall(reason: string, type?: string): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    const suspects = [...new Set([...this.#pending.values()].map((pending) => pending.type))];
    this.listener.fell(reason, type, suspects);
    this.kill(reason);
  }

  /** Lets it end by itself, and kills it when it does not. Resolves when it is gone. */
  async close(): Promise<void> {
    await this.#pipe.close();
    this.kill("the host is closed");
    await this.#pipe.ended;
  }

  /** Resolves when the process and all that belonged to it are gone. */
  get ended(): Promise<void> {
    return this.#pipe.ended;
  }

  #ask(message: (id: number) => ToHost, { type, method, signal, context }: HostCall): Promise<unknown> {
    if (this.#reason !== undefined) return Promise.reject(lostError(type, this.#reason, undefined));
    if (signal.aborted) return Promise.reject(signal.reason);
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      let grace: ReturnType<typeof setTimeout> | undefined;
      const settle = () => {
        this.#pending.delete(id);
        clearTimeout(grace);
        signal.removeEventListener("abort", onAbort);
      };
      const lost = (reason: string) => {
        settle();
        reject(lostError(type, reason, signal.aborted ? signal.reason : undefined));
      };
      const onAbort = () => {
        this.#send({ t: "abort", id, failure: failureOf(signal.reason) });
        grace = setTimeout(() => {
          const reason = `${method} did not end when it was told to`;
          reject(lateError(type, reason, signal.reason));
          if (this.listener.shared()) grace = setTimeout(() => giveUp(reason), SHARED_GRACE_MS);
          else giveUp(reason);
        }, ABORT_GRACE_MS);
      };
      const giveUp = (reason: string) => {
        if (!pending.heard) return this.fall(`${reason}, and its process is stuck`);
        lost(reason);
        this.listener.overran(type, reason);
      };
      const take = (answer: FromHost) => {
        settle();
        if (answer.t === "loaded") {
          const { declaration, files = [], failure } = answer;
          if (failure || !declaration) reject(errorOf(failure ?? { kind: "error", message: "no declaration" }, type));
          else resolve({ declaration, files });
        } else if (answer.t === "done") {
          if (answer.failure) return reject(signal.aborted ? signal.reason : errorOf(answer.failure, type));
          try {
            resolve(answer.json === undefined ? undefined : JSON.parse(answer.json));
          } catch (error) {
            reject(error);
          }
        }
      };
      const pending: Pending = { type, heard: false, lost, take, ...(context ? { context } : {}) };
      this.#pending.set(id, pending);
      signal.addEventListener("abort", onAbort, { once: true });
      this.#send(message(id), () => {
        settle();
        reject(new Fault(FAULT_CODES.internal, `the options of ${type} are too long to be handed over`));
      });
    });
  }

  #take(message: FromHost): void {
    switch (message.t) {
      case "done":
      case "loaded":
        return this.#pending.get(message.id)?.take(message);
      case "aborting": {
        const pending = this.#pending.get(message.id);
        if (pending) pending.heard = true;
        return;
      }
      case "ask":
        return void this.#serve(message);
      case "unask":
        return this.#asked.get(message.id)?.abort(new DOMException("it is not wanted any more", "AbortError"));
      case "log":
        return this.#log(message);
      case "ran": {
        const { call, program, status, lines } = message;
        return this.#pending.get(call)?.context?.ran?.(String(program), { status, lastLines: lines.map(String) });
      }
      case "fell":
        return this.fall(plainText(String(message.reason), MAX_LINE), message.type);
    }
  }

  /** Puts a line into the log, unless there were too many: whoever reads the log, and its disk, have to bear them. */
  #log({ call, level, text }: Extract<FromHost, { t: "log" }>): void {
    if (!this.#lines.take(1)) {
      this.#lostLines += 1;
      return;
    }
    const log = this.#pending.get(call)?.context?.log ?? this.listener.log;
    if (this.#lostLines > 0) {
      log.warn(`${this.#lostLines} lines of drop-ins were left out: more than ${MAX_LINES} a second`);
    }
    this.#lostLines = 0;
    log[level === "info" || level === "warn" ? level : "debug"](plainText(String(text), MAX_LINE));
  }

  async #serve(ask: Ask): Promise<void> {
    const context = this.#pending.get(ask.call)?.context;
    const abort = new AbortController();
    try {
      if (!context) throw new Error("the call has ended");
      if (this.#asked.size >= MAX_ASKED) throw new Error(`${MAX_ASKED} questions wait for their answers already`);
      this.#asked.set(ask.id, abort);
      const signal = AbortSignal.any([context.signal, abort.signal]);
      if (startsPrograms(ask)) await this.listener.turns.next(this, signal);
      const value = await serve(ask, context, signal);
      this.#send({ t: "reply", id: ask.id, value });
    } catch (error) {
      this.#send({ t: "reply", id: ask.id, failure: failureOf(error) });
    } finally {
      this.#asked.delete(ask.id);
    }
  }

  #send(message: ToHost, tooLong: () => void = () => {}): void {
    const problem = this.#pipe.send(message);
    if (problem === "too-long") {
      if (message.t === "reply") {
        this.#send({ t: "reply", id: message.id, failure: failureOf("the answer is too long") });
      } else tooLong();
    } else if (problem === "unread") this.fall("it does not read what it is told");
  }
}

/** What a caller is told whose host has ended. */
function lostError(type: string, reason: string, aborted: unknown): unknown {
  if (aborted !== undefined) return lateError(type, reason, aborted);
  const message = `the process of the drop-in ${type} was ended: ${reason}`;
  return new Fault(FAULT_CODES.internal, message, { uncertain: true });
}

/** What a caller is told who waits no longer. */
function lateError(type: string, reason: string, aborted: unknown): unknown {
  if (!(aborted instanceof DOMException && aborted.name === "TimeoutError")) return aborted;
  return new Fault(FAULT_CODES.timeout, `Timeout occurred: ${aborted.message}; the drop-in ${type}: ${reason}`, {
    uncertain: true,
  });
}
