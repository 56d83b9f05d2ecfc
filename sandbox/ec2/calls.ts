/**
 * The calls that arrived, for people who watch and for tests that count.
 *
 * @module
 */

/** One call. */
export interface Call {
  /** The sandbox's clock at its arrival, in milliseconds. */
  at: number;
  /** Whose listener it arrived at. */
  server: string;
  action: string;
  params: Record<string, string>;
  /**
   * `ok`, an error code of EC2, or what a fault made of it: `hung` (no effect), `lost` (took effect, no answer), `late`
   * (will take effect, no answer).
   */
  outcome: string;
  /** Until it was answered or given up, in milliseconds. */
  latencyMs: number;
}

/** The latest calls; older ones fall out. */
export class CallLog {
  readonly #calls: Call[] = [];

  constructor(private readonly limit = 2_000) {}

  /** Adds a call. */
  add(call: Call): void {
    this.#calls.push(call);
    if (this.#calls.length > this.limit) this.#calls.shift();
  }

  /** The calls of a server and of an action, or all, the oldest first. */
  list(where: { server?: string; action?: string } = {}): Call[] {
    return this.#calls.filter((call) =>
      (where.server === undefined || call.server === where.server) &&
      (where.action === undefined || call.action === where.action)
    );
  }

  /** Forgets them all. */
  clear(): void {
    this.#calls.length = 0;
  }
}
