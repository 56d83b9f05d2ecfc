/**
 * Drop-ins that share a host, and the life of that host: started on first use, started again when it had to be ended,
 * each time a little later.
 *
 * @module
 */
import { Fault, FAULT_CODES } from "../plugin/fault.ts";
import type { HostProcess } from "./host_process.ts";

/** The first pause before a host is started again, and the longest. In milliseconds. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 60_000;

/** Starts a host for a cell. */
export type StartHost = (cell: Cell) => Promise<HostProcess>;

/** Drop-ins that share a host. */
export class Cell {
  readonly types = new Set<string>();
  #host: HostProcess | null = null;
  #starting: Promise<HostProcess> | null = null;
  #fails = 0;
  #notBeforeMs = -Infinity;
  #reason = "";

  /**
   * `key`: only drop-ins with the same one may be together; `longestPauseMs` between two starts; `alone`: nobody comes to
   * the one that is in it.
   */
  constructor(
    readonly key: string,
    private readonly start: StartHost,
    private readonly longestPauseMs = LONGEST_PAUSE_MS,
    readonly alone = false,
  ) {}

  /** The host that runs now. */
  get running(): HostProcess | null {
    return this.#host;
  }

  /** Milliseconds until a host may be started again. */
  get pauseMs(): number {
    return Math.max(0, this.#notBeforeMs - performance.now());
  }

  /** The host. Throws while a new one may not be started yet. */
  async host(): Promise<HostProcess> {
    if (this.#host) return this.#host;
    const pauseMs = this.pauseMs;
    if (pauseMs > 0) {
      const message = `its process was ended (${this.#reason}) and is started again in ${Math.ceil(pauseMs)} ms`;
      throw new Fault(FAULT_CODES.internal, message, { uncertain: true });
    }
    this.#starting ??= this.#begin();
    return await this.#starting;
  }

  /** Puts another host in the place of the one that runs, which is returned. */
  replace(host: HostProcess): HostProcess | null {
    const before = this.#host;
    this.#host = host;
    this.#fails = 0;
    this.#notBeforeMs = -Infinity;
    return before;
  }

  /** Takes a host out: it is used no more. */
  drop(host: HostProcess): void {
    if (this.#host === host) this.#host = null;
  }

  /** Notes that a host had to be ended: the next one starts at once, those after it later and later. */
  failed(reason: string): void {
    const pauseMs = this.#fails === 0 ? 0 : FIRST_PAUSE_MS * 2 ** (this.#fails - 1);
    this.#fails = Math.min(this.#fails + 1, 20);
    this.#notBeforeMs = performance.now() + Math.min(pauseMs, this.longestPauseMs);
    this.#reason = reason;
  }

  /** Notes that a call went well. */
  went(): void {
    this.#fails = 0;
  }

  /** Ends the host and starts none any more. */
  async close(): Promise<void> {
    this.#notBeforeMs = Infinity;
    this.#reason = "the agent stops";
    const starting = this.#starting;
    if (starting) await starting.catch(() => {});
    const host = this.#host;
    this.#host = null;
    await host?.close();
  }

  async #begin(): Promise<HostProcess> {
    try {
      return this.#host = await this.start(this);
    } finally {
      this.#starting = null;
    }
  }
}
