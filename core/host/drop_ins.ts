/**
 * The drop-ins of one agent: which of them share a host, and what becomes of those that do wrong.
 *
 * Checks with the same permissions share a host; every resource, quorum device and fence has one for itself. A host that
 * does wrong is ended with all that it has started, at once. Then whoever did it gets a host of its own. Where that can't
 * be told, those whose code was running (or, when none was, all of them) are divided in two, again and again until the
 * culprit is alone.
 *
 * @module
 */
import { dirname } from "node:path";
import type { Plugin, PluginContext, PluginKind, PluginLog } from "../plugin/contract.ts";
import { pause } from "../plugin/deadline.ts";
import { Fault } from "../plugin/fault.ts";
import { DEFAULT_SETTINGS, type PluginSettings } from "../plugin/settings.ts";
import { Cell } from "./cell.ts";
import { DropIn, type DropInState, fingerprintOf } from "./drop_in.ts";
import { HostProcess } from "./host_process.ts";
import { hostParts, realPath } from "./host_parts.ts";
import { NewVersions } from "./new_versions.ts";
import { permissionKey } from "./permissions.ts";
import { proxyOf } from "./proxy.ts";
import { Turns } from "./turns.ts";
import { type Usage, usageOf } from "./usage.ts";

/** What drop-ins need of their program. */
export interface DropInsParts {
  log: (name: string) => PluginLog;
  /** Gets a sentence, without its full stop, about everything an operator should know. */
  note?: (text: string) => void;
  /** The command line of a host; left out: this program. */
  command?: readonly [string, ...string[]];
  /** Throws when one of these files should not be run. Left out: whatever is named is run. */
  trust?: (type: string, files: readonly string[]) => Promise<void>;
  /** Loading one takes no longer than this. In milliseconds. */
  loadMs?: number;
}

/** Loading a drop-in takes no longer than this. In milliseconds. */
const LOAD_MS = 10_000;
/** The files are looked at this often. In milliseconds. */
const WATCH_MS = 2_000;
/** The memory of the hosts is looked at this often. In milliseconds. */
const MEASURE_MS = 250;
/** What decides over a group must not wait long for its host. In milliseconds. */
const URGENT_PAUSE_MS = 1_000;
/** A host that was replaced may finish its calls for so long. In milliseconds. */
const RETIRE_MS = 60_000;

/** The drop-ins of one agent. */
export class DropIns {
  /** Whom to tell; may be set later. */
  note: (text: string) => void;
  readonly #cells = new Set<Cell>();
  readonly #types = new Map<string, DropIn>();
  readonly #hosts = new Set<HostProcess>();
  readonly #usage = new Map<number, Usage>();
  readonly #stop = new AbortController();
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  readonly #retiring = new Set<Promise<void>>();
  /** What drop-ins ask of the machine. What decides over a group does not wait for checks. */
  readonly #turns = { checks: new Turns(), decisions: new Turns() };
  readonly #versions = new NewVersions({
    dropIns: () => this.#types.values(),
    start: (cell) => this.#start(cell),
    request: (dropIn) => this.#request(dropIn),
    trust: async (type, files) => await this.parts.trust?.(type, files),
    within: () => this.#within(),
    retire: (host) => this.#retire(host),
    note: (text) => this.note(text),
    stop: this.#stop.signal,
  });
  #measures = false;
  #watching: Promise<void> = Promise.resolve();
  #measuring: Promise<void> = Promise.resolve();

  constructor(private readonly parts: DropInsParts) {
    this.note = parts.note ?? (() => {});
  }

  /** Loads a drop-in: a `DropInLoader`. */
  readonly load = async (type: string, kind: PluginKind, file: string, settings: PluginSettings): Promise<Plugin> => {
    await this.parts.trust?.(type, [file]);
    const known = this.#types.get(type);
    if (known) return this.#proxy(known, kind);
    this.#measure();
    const dropIn = new DropIn(type, kind, file, settings, this.#cellFor(kind, file, settings));
    dropIn.cell.types.add(type);
    this.#types.set(type, dropIn);
    try {
      const host = await dropIn.cell.host();
      const { declaration, files } = await host.load(this.#request(dropIn), this.#within());
      await this.parts.trust?.(type, files);
      dropIn.declaration = declaration;
      dropIn.files = files;
      dropIn.fingerprint = dropIn.seen = await fingerprintOf(files);
    } catch (error) {
      // What hangs while it is loaded must not hold up its neighbours.
      if (error instanceof Fault) dropIn.cell.running?.fall(error.message, type);
      dropIn.cell.types.delete(type);
      this.#types.delete(type);
      throw error;
    }
    return this.#proxy(dropIn, kind);
  };

  /** Loads a drop-in of whatever kind it says it is, to look at it. It can't be called. */
  async describe(type: string, file: string): Promise<Plugin> {
    this.#measure();
    const cell = new Cell(`describe ${file}`, (of) => this.#start(of));
    const dropIn = new DropIn(type, "monitor", file, DEFAULT_SETTINGS, cell);
    const host = await this.#startFor(dropIn, cell);
    try {
      const { declaration } = await host.load({ type, kind: "any", file, baseDir: dirname(file) }, this.#within());
      return proxyOf(type, declaration, () => Promise.reject(new Error(`${type} was loaded only to be looked at`)));
    } finally {
      // Who looks at a whole folder would otherwise have as many processes as there are files.
      await host.close();
    }
  }

  /** Begins to look for new versions of the files. */
  watch(everyMs = WATCH_MS): void {
    this.#timers.push(setInterval(() => {
      this.#watching = this.#watching.then(() => this.#versions.look()).catch(() => {});
    }, everyMs));
  }

  /** What every drop-in does and uses. */
  states(): DropInState[] {
    return [...this.#types.values()].map((dropIn) => {
      const { type, kind, file, calls, failures, latestMs, longestMs, misdeed, outdated, cell } = dropIn;
      const usage = cell.running ? this.#usage.get(cell.running.pid) : undefined;
      return {
        type,
        kind,
        file,
        pid: cell.running?.pid ?? null,
        alone: cell.types.size === 1,
        memoryMb: usage?.memoryMb ?? null,
        cpuMs: usage?.cpuMs ?? null,
        calls,
        failures,
        latestMs,
        longestMs,
        misdeed,
        outdated,
      };
    });
  }

  /** Ends all hosts. */
  async close(): Promise<void> {
    this.#stop.abort(new DOMException("the agent stops", "AbortError"));
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all([...this.#cells].map((cell) => cell.close()));
    await Promise.all([this.#watching, this.#measuring, ...this.#retiring]);
    await Promise.all([...this.#hosts].map((host) => host.close()));
    await Promise.all([this.#turns.checks.idle(), this.#turns.decisions.idle()]);
  }

  #proxy(dropIn: DropIn, kind: PluginKind): Plugin {
    const { type, declaration, file } = dropIn;
    if (declaration.kind !== kind) throw new Error(`${file}: ${type} is a ${declaration.kind}, not a ${kind}`);
    return proxyOf(type, declaration, (method, context, args) => this.#call(dropIn, method, context, args));
  }

  async #call(dropIn: DropIn, method: string, context: PluginContext | undefined, args: unknown[]): Promise<unknown> {
    const signal = context?.signal ?? this.#within();
    signal.throwIfAborted();
    const startedMs = performance.now();
    let well = false;
    try {
      const { cell, type } = dropIn;
      // Who waits for less than that gives up without any harm to the host.
      const host = await until(cell.host(), signal);
      await until(host.loaded.get(type) ?? host.load(this.#request(dropIn), this.#within()), signal);
      const facts = context && dropIn.facts(context);
      if (facts) await dropIn.makeFolder();
      const value = await host.call({
        type,
        method,
        args,
        signal,
        ...(facts ? { facts } : {}),
        ...(context ? { context } : {}),
      });
      well = true;
      cell.went();
      return value;
    } finally {
      dropIn.ended(startedMs, well);
    }
  }

  #request({ type, kind, file }: DropIn) {
    return { type, kind, file, baseDir: dirname(file) };
  }

  /** For everything that has no deadline of its own. */
  #within(): AbortSignal {
    return AbortSignal.any([this.#stop.signal, AbortSignal.timeout(this.parts.loadMs ?? LOAD_MS)]);
  }

  #cellFor(kind: PluginKind, file: string, settings: PluginSettings): Cell {
    if (kind !== "monitor") return this.#newCell(file, URGENT_PAUSE_MS);
    const key = permissionKey(settings, file, realPath(file));
    // One that was divided takes nobody new.
    return [...this.#cells].find((cell) => cell.key === key) ?? this.#newCell(key);
  }

  #newCell(key: string, longestPauseMs?: number, alone?: boolean): Cell {
    const cell = new Cell(key, (of) => this.#start(of), longestPauseMs, alone);
    this.#cells.add(cell);
    return cell;
  }

  /** Starts a host for what is in the cell now. */
  async #start(cell: Cell): Promise<HostProcess> {
    this.#stop.signal.throwIfAborted();
    const [type = ""] = cell.types;
    const first = this.#types.get(type);
    if (!first) throw new Error("a host without drop-ins");
    return await this.#startFor(first, cell);
  }

  async #startFor(first: DropIn, cell: Cell): Promise<HostProcess> {
    const host: HostProcess = new HostProcess(
      await hostParts(first, first.shares && !cell.alone, this.parts.command),
      {
        log: this.parts.log("plugins"),
        fell: (reason, type, suspects) => this.#fell(host, reason, type, suspects),
        shared: () => (this.#cellOf(host)?.types.size ?? 1) > 1,
        overran: (type, reason) => this.#overran(host, type, reason),
        turns: first.shares ? this.#turns.checks : this.#turns.decisions,
      },
    );
    this.#hosts.add(host);
    void this.#forget(host);
    return host;
  }

  async #forget(host: HostProcess): Promise<void> {
    await host.ended;
    this.#hosts.delete(host);
    this.#usage.delete(host.pid);
  }

  #cellOf(host: HostProcess): Cell | undefined {
    return [...this.#cells].find(({ running }) => running === host);
  }

  /** A host can't go on. */
  #fell(host: HostProcess, reason: string, type: string | undefined, suspects: string[]): void {
    const cell = this.#cellOf(host);
    // It was replaced already, or never used.
    if (!cell) return;
    cell.drop(host);
    const known = type !== undefined && cell.types.has(type) ? [type] : suspects.filter((each) => cell.types.has(each));
    const blamed = known.length > 0 ? known : [...cell.types];
    const [only] = blamed;
    if (blamed.length === 1 && only !== undefined) return this.#isolate(only, cell, reason);
    const half = blamed.slice(0, Math.ceil(blamed.length / 2));
    this.note(
      `The process of ${cell.types.size} drop-ins was ended: ${reason}; it was one of ${few(blamed)}, which get ` +
        "processes apart from each other",
    );
    const apart = this.#newCell(`${cell.key} apart ${crypto.randomUUID()}`);
    for (const each of half) this.#move(each, cell, apart);
  }

  /** One drop-in does not end what it was told to end; the others of its host are as sound as before. */
  #overran(host: HostProcess, type: string, reason: string): void {
    const cell = this.#cellOf(host);
    if (!cell || !cell.types.has(type)) return;
    cell.drop(host);
    if (cell.types.size === 1) host.kill(reason);
    else this.#retire(host);
    this.#isolate(type, cell, reason);
  }

  #isolate(type: string, cell: Cell, reason: string): void {
    const dropIn = this.#types.get(type);
    if (!dropIn) return;
    dropIn.wrong(reason);
    if (cell.types.size === 1) {
      cell.failed(reason);
      this.note(`The process of the drop-in ${type} was ended: ${reason}`);
      return;
    }
    const alone = this.#newCell(`${cell.key} alone ${crypto.randomUUID()}`, undefined, true);
    this.#move(type, cell, alone);
    alone.failed(reason);
    this.note(`The drop-in ${type} has a process for itself now: ${reason}`);
  }

  #move(type: string, from: Cell, to: Cell): void {
    from.types.delete(type);
    to.types.add(type);
    this.#types.get(type)!.cell = to;
  }

  /** Lets a host finish what it was asked, and ends it. */
  #retire(host: HostProcess): void {
    const retiring: Promise<void> = this.#finish(host).finally(() => this.#retiring.delete(retiring));
    this.#retiring.add(retiring);
  }

  async #finish(host: HostProcess): Promise<void> {
    const untilMs = performance.now() + RETIRE_MS;
    try {
      while (host.busy > 0 && performance.now() < untilMs) await pause(50, this.#stop.signal);
    } catch {
      // The agent stops.
    }
    await host.close();
  }

  /** Begins to look at what the hosts use. */
  #measure(): void {
    if (this.#measures || Deno.build.os !== "linux") return;
    this.#measures = true;
    this.#timers.push(setInterval(() => {
      this.#measuring = this.#measuring.then(() => this.#measureAll()).catch(() => {});
    }, MEASURE_MS));
  }

  async #measureAll(): Promise<void> {
    // All of them: one that loads a new version, is only looked at or finishes its last calls uses memory too.
    for (const host of this.#hosts) {
      const usage = await usageOf(host.pid);
      if (!usage) continue;
      this.#usage.set(host.pid, usage);
      const { memoryMb } = host;
      if (usage.memoryMb > memoryMb) host.fall(`it uses ${usage.memoryMb} MiB of memory, of ${memoryMb} allowed`);
    }
  }
}

/** What `work` resolves with, or the reason of `signal` as soon as that aborts. */
async function until<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function few(types: readonly string[]): string {
  return types.length <= 4 ? types.join(", ") : `${types.slice(0, 3).join(", ")} and ${types.length - 3} more`;
}
