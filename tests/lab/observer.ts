/**
 * The truth, seen by nobody in the lab but the lab: which namespace has the VIP on a NIC, and in which one something
 * listens on the service's port. Read from /proc, so that looking costs little and no cut gets in the way. The list of
 * sockets is long to read (the kernel walks a table for all namespaces), so the looks that go on all the time ask
 * whether the process of the service lives.
 *
 * @module
 */
import { nowMs } from "./commands.ts";
import { type Interval, pairwiseMs } from "./intervals.ts";
import type { Network } from "./network.ts";

/** Between two looks, in milliseconds. */
const LOOK_EVERY_MS = 5;

/** Longer without a look is worth knowing. In milliseconds. */
const LATE_MS = 40;

/** What a server has of the group. */
export interface Carries {
  address: boolean;
  service: boolean;
}

/** Watches some hosts of a network. */
export class Observer {
  readonly #times = new Map<string, { address: Interval[]; service: Interval[]; any: Interval[] }>();
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #listening: RegExp;
  /** Looks so far. */
  looks = 0;
  /** Times without a look that were long, because the lab itself was kept from running. */
  #pauses: Interval[] = [];
  #lookedMs = nowMs();
  /** When the service of a server was kept waiting for a processor. */
  #starved: Interval[] = [];
  /** By process: how long it has waited for a processor in all, in milliseconds. */
  readonly #waitedMs = new Map<string, number>();

  constructor(
    private readonly network: Network,
    private readonly servers: readonly string[],
    private readonly vip: string,
    port: number,
    /** Where the service of a server writes its process id. */
    private readonly pidFile: (server: string) => string,
  ) {
    this.#listening = new RegExp(
      `^ *\\d+: [0-9A-F]{8}:${port.toString(16).toUpperCase().padStart(4, "0")} \\S+ 0A `,
      "m",
    );
    this.forget();
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  /** What a server has now. */
  sees(server: string): Carries {
    const sockets = Deno.readTextFileSync(`/proc/${this.network.holder(server)}/net/tcp`);
    return { address: this.#hasAddress(server), service: this.#listening.test(sockets) };
  }

  /** Each address of its own stands in the table as a host route. */
  #hasAddress(server: string): boolean {
    return Deno.readTextFileSync(`/proc/${this.network.holder(server)}/net/fib_trie`).includes(`|-- ${this.vip}\n`);
  }

  #serves(server: string): boolean {
    try {
      const pid = Deno.readTextFileSync(this.pidFile(server)).trim();
      // Empty for what has ended and nobody has waited for.
      return pid !== "" && Deno.readTextFileSync(`/proc/${pid}/cmdline`) !== "" && this.#noteWaiting(server, pid);
    } catch {
      return false;
    }
  }

  /** The second number of schedstat is the time on the run queue; it grows when the waiting is over. Always true. */
  #noteWaiting(server: string, pid: string): true {
    const key = `${server} ${pid}`;
    const waitedMs = Number(Deno.readTextFileSync(`/proc/${pid}/schedstat`).split(" ")[1]) / 1e6;
    const moreMs = waitedMs - (this.#waitedMs.get(key) ?? waitedMs);
    if (!this.#waitedMs.has(key)) this.#waitedMs.clear();
    this.#waitedMs.set(key, waitedMs);
    const atMs = nowMs();
    if (moreMs > LATE_MS) this.#starved.push({ fromMs: atMs - moreMs, toMs: atMs });
    return true;
  }

  /** Servers with anything of the group on them now. */
  carriers(): string[] {
    return this.servers.filter((server) => this.#hasAddress(server) || this.#serves(server));
  }

  /** When a server had anything of the group, or the address. */
  times(server: string, what: "any" | "address" | "service"): readonly Interval[] {
    return this.#times.get(server)![what];
  }

  /** How long two had anything of the group, and how long two had the address, in milliseconds. */
  twoMs(fromMs: number, toMs: number): { any: number; address: number } {
    const of = (what: "any" | "address") =>
      pairwiseMs(this.servers.map((server) => this.#times.get(server)![what]), fromMs, toMs);
    return { any: of("any"), address: of("address") };
  }

  /** When the lab itself was kept from looking. */
  get pauses(): readonly Interval[] {
    return this.#pauses;
  }

  /** When a service was ready to run and did not, because the machine was busy; by the kernel's own count. */
  get starved(): readonly Interval[] {
    return this.#starved;
  }

  forget(): void {
    this.#pauses = [];
    this.#starved = [];
    for (const server of this.servers) this.#times.set(server, { address: [], service: [], any: [] });
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    this.looks += 1;
    const beginMs = nowMs();
    if (beginMs - this.#lookedMs > LATE_MS) this.#pauses.push({ fromMs: this.#lookedMs, toMs: beginMs });
    this.#lookedMs = beginMs;
    for (const server of this.servers) {
      const atMs = nowMs();
      const seen = { address: this.#hasAddress(server), service: this.#serves(server) };
      const times = this.#times.get(server)!;
      note(times.address, seen.address, atMs);
      note(times.service, seen.service, atMs);
      note(times.any, seen.address || seen.service, atMs);
    }
  }
}

/** Longer than this without a look is a gap in what is known, not a time in which it was so. In milliseconds. */
const MAX_GAP_MS = 500;

function note(intervals: Interval[], now: boolean, atMs: number): void {
  const last = intervals.at(-1);
  const open = last !== undefined && openIntervals.has(last);
  if (now && open && atMs - last.toMs <= MAX_GAP_MS) last.toMs = atMs;
  else if (now) {
    const interval = { fromMs: atMs, toMs: atMs };
    openIntervals.add(interval);
    intervals.push(interval);
  } else if (open) openIntervals.delete(last);
}

/** Intervals that lasted at the latest look. */
const openIntervals = new WeakSet<Interval>();
