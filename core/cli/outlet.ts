/**
 * What a running agent prints. A pipe that nobody reads is full after 64 KiB, and whoever writes to it then waits for
 * ever; an agent that waits renews no permit. So the agent's lines wait in a queue with a bound, one write is under way
 * at a time and never in the agent's own thread, and what does not fit is dropped and counted.
 *
 * @module
 */
import process from "node:process";
import { inspect } from "node:util";

/** Lines that wait, in bytes. */
const MAX_WAITING_BYTES = 256 * 1024;
/** At its end the agent waits so long for who reads: until it is gone its dead man's switches do nothing. In milliseconds. */
const FLUSH_MS = 100;

/** Where bytes go; resolves with how many were taken. */
export type Sink = (bytes: Uint8Array) => Promise<number>;

/** Prints lines to a sink that may be slow, full or gone. */
export class Outlet {
  #waiting: string[] = [];
  #waitingBytes = 0;
  #dropped = 0;
  #writing: Promise<void> | null = null;

  constructor(private readonly sink: Sink, private readonly maxBytes = MAX_WAITING_BYTES) {}

  /** Prints a line, at once or later or never; throws nothing. */
  put(line: string): void {
    if (this.#waitingBytes + line.length > this.maxBytes) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(line);
    this.#waitingBytes += line.length + 1;
    this.#writing ??= this.#write();
  }

  /** Resolves when all has been written or dropped. */
  async written(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    // What is said in one step goes out together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const lines = this.#waiting;
      const dropped = this.#dropped;
      this.#waiting = [];
      this.#waitingBytes = 0;
      this.#dropped = 0;
      const first = dropped === 0 ? [] : [`(${dropped} lines were dropped here: nobody took them in time)`];
      try {
        const bytes = new TextEncoder().encode([...first, ...lines, ""].join("\n"));
        for (let taken = 0; taken < bytes.length;) taken += await this.sink(bytes.subarray(taken));
      } catch {
        // Full, or gone. There is nobody to tell; who reads again is told how much is missing.
        this.#dropped += dropped + lines.length;
      }
    }
    // In the same step as the last look at what waits.
    this.#writing = null;
  }
}

const outlets: Outlet[] = [];

/**
 * From now on nothing in this process waits for who reads its standard output and standard error: neither what commands
 * say, nor what a library prints, nor the warnings of the runtime.
 */
export function loosenOutput(): void {
  if (outlets.length > 0) return;
  const out = new Outlet((bytes) => Deno.stdout.write(bytes));
  const err = new Outlet((bytes) => Deno.stderr.write(bytes));
  outlets.push(out, err);
  const to = (outlet: Outlet) => (...said: unknown[]) =>
    outlet.put(said.map((part) => typeof part === "string" ? part : inspect(part)).join(" "));
  Object.assign(console, {
    log: to(out),
    info: to(out),
    debug: to(out),
    error: to(err),
    warn: to(err),
    trace: to(err),
  });
  process.removeAllListeners("warning");
  process.on("warning", (warning: Error) => err.put(`${warning.name}: ${warning.message}`));
}

/** Resolves when what was said is out, or nobody takes it. */
export async function outputWritten(): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<void>((resolve) => timer = setTimeout(resolve, FLUSH_MS));
  await Promise.race([Promise.all(outlets.map((outlet) => outlet.written())), patience]);
  clearTimeout(timer);
}
