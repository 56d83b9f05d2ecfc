/**
 * The plugins' thread: loads drop-ins, calls them, and says what became of it.
 *
 * @module
 */
import process from "node:process";
import { importDropIn } from "../plugin/loader.ts";
import type { Plugin, PluginKind } from "../plugin/contract.ts";
import { checkShape } from "../plugin/shape.ts";
import { importedFiles } from "../plugin/stripped_copy.ts";
import { Asking } from "./asking.ts";
import { catchConsole } from "./console.ts";
import { declarationOf } from "./declaration.ts";
import { errorOf, failureOf } from "./failure.ts";
import { invoke } from "./invoke.ts";
import { guardMessages, Primordials } from "./primordials.ts";
import { MAX_ANSWER, MAX_LINE, type ToHost } from "./protocol.ts";
import type { FromThread, ThreadStart, ToThread } from "./thread_messages.ts";

type Call = Extract<ToHost, { t: "call" }>;
type Load = Extract<ToHost, { t: "load" }>;

/** A drop-in that was loaded. */
interface Loaded {
  plugin: Plugin;
  /** Ends the places of its code in stacks, also where a copy was loaded. */
  path: string;
}

/** The plugins of one host. */
export class PluginThread {
  readonly #running: Int32Array;
  readonly #plugins = new Map<string, Loaded>();
  readonly #calls = new Map<number, { type: string; controller: AbortController }>();
  readonly #asking: Asking;
  readonly #primordials = new Primordials();
  /** Taken before any plugin is loaded: one may replace what it finds. */
  readonly #stringify = JSON.stringify;
  readonly #post: (message: FromThread) => void;
  /** The call whose code ran last, for what is told without one. */
  #latest = 0;

  constructor(private readonly start: ThreadStart) {
    this.#running = new Int32Array(start.running);
    this.#post = start.port.postMessage.bind(start.port);
    this.#asking = new Asking(this.#post);
  }

  begin(): void {
    // A plugin that ends "the program" ends this thread without a word; so it is told instead.
    const exit = (code?: number | string | null): never => {
      const error = new Error(`it called exit(${code ?? 0})`);
      this.fell("an attempt to end the process", error);
      throw error;
    };
    Object.assign(Deno, { exit });
    Object.assign(process, { exit, reallyExit: exit, abort: exit });
    Object.assign(globalThis, { close: exit });
    guardMessages(this.start.port);
    catchConsole((level, text) => this.#post({ t: "log", call: this.#latest, level, text: text.slice(0, MAX_LINE) }));
    this.start.port.onmessage = ({ data }: MessageEvent<ToThread>) => this.#hear(data);
    this.#post({ t: "ready" });
  }

  /** This thread can't be trusted any more. The stack of the error tells whose fault it is. */
  fell(what: string, error: unknown): void {
    const { message } = failureOf(error);
    const stack = stackOf(error);
    const owner = [...this.#plugins].find(([, { path }]) => stack.includes(path))?.[0];
    this.#post({ t: "fell", reason: `${what}: ${message}`, ...(owner === undefined ? {} : { type: owner }) });
  }

  #hear(message: ToThread): void {
    switch (message.t) {
      case "ping":
        return this.#post({ t: "pong" });
      case "load":
        return void this.#load(message);
      case "call":
        return void this.#call(message);
      case "abort":
        this.#post({ t: "aborting", id: message.id });
        this.#calls.get(message.id)?.controller.abort(errorOf(message.failure));
        return;
      case "reply":
        return this.#asking.answer(message);
    }
  }

  async #load({ id, type, kind, file, baseDir }: Load): Promise<void> {
    this.#enter(id);
    try {
      const { value, href } = await importDropIn(type, file, this.start.scratch, this.start.typescript);
      checkShape(type, kind === "any" ? kindOf(value) : kind, value, file);
      const plugin = value as Plugin;
      this.#plugins.set(type, { plugin, path: decodeURI(new URL(href).pathname) });
      const changed = this.#primordials.changed();
      if (changed !== undefined) {
        // Its neighbours must not pay for what is wrong from now on.
        this.#post({ t: "fell", reason: `it changed ${changed} while it was loaded`, type });
        throw new Error(
          `${file} changes ${changed}, which all drop-ins share; keep what it adds in a module of its own`,
        );
      }
      const declaration = declarationOf(plugin, baseDir);
      if (this.#stringify(declaration).length > MAX_ANSWER) throw new Error(`${file} declares more than 64 KiB`);
      // As text and back: a getter or a function in it must not come over in any form.
      const data = JSON.parse(this.#stringify(declaration));
      this.#post({ t: "loaded", id, declaration: data, files: await importedFiles(file) });
    } catch (error) {
      this.#post({ t: "loaded", id, failure: failureOf(error) });
    }
  }

  async #call(call: Call): Promise<void> {
    const { id, type } = call;
    const controller = new AbortController();
    this.#calls.set(id, { type, controller });
    this.#latest = id;
    const ask = this.#asking.of(id);
    try {
      const loaded = this.#plugins.get(type);
      if (!loaded) throw new Error(`the type ${type} is not loaded`);
      this.#enter(id);
      const value = await invoke(loaded.plugin, call, this.start, controller.signal, ask, (level, text) => {
        this.#post({ t: "log", call: id, level, text: text.slice(0, MAX_LINE) });
      });
      const changed = this.#primordials.changed();
      if (changed !== undefined) {
        // Nobody's answer can be believed now. Whoever's code was running may have done it.
        const others = [...this.#calls.values()].some((each) => each.type !== type);
        this.#post({ t: "fell", reason: `it changed ${changed}`, ...(others ? {} : { type }) });
        return;
      }
      const json = value === undefined ? undefined : this.#stringify(value);
      if (json !== undefined && json.length > MAX_ANSWER) {
        throw new Error(`it answered with ${json.length} characters of JSON; at most ${MAX_ANSWER} are taken`);
      }
      this.#post({ t: "done", id, ...(json === undefined ? {} : { json }) });
    } catch (error) {
      this.#post({ t: "done", id, failure: failureOf(error) });
    } finally {
      this.#calls.delete(id);
    }
  }

  /** Says whose code runs now, until the event loop turns: code that never lets it turn is so found. */
  #enter(id: number): void {
    Atomics.store(this.#running, 0, id);
    setTimeout(() => Atomics.compareExchange(this.#running, 0, id, 0), 0);
  }
}

/** The kind that a default export says it is; when it says none, one for which it is refused. */
function kindOf(value: unknown): PluginKind {
  const { kind } = (value ?? {}) as { kind?: unknown };
  return kind === "resource" || kind === "quorum" || kind === "fence" ? kind : "monitor";
}

/** The stack of whatever was thrown, with its places as paths. A plugin may have made it, or put anything into it. */
function stackOf(error: unknown): string {
  try {
    if (!(error instanceof Error)) return "";
    return String(error.stack).replace(/(?:%[0-9a-f]{2})+/gi, (text) => {
      try {
        return decodeURIComponent(text);
      } catch {
        return text;
      }
    });
  } catch {
    return "";
  }
}
