import { later } from "../plugin/callbacks.ts";

/** Most bytes that are kept of one stream. */
export const MAX_OUTPUT_BYTES = 64 * 1024;

/** Bytes at the end of a stream that are kept besides. */
const TAIL_BYTES = 4 * 1024;
/** Lines of that. */
const LAST_LINES = 5;

/** Reads a pipe to its end, so that the writer never blocks, and keeps the first 64 KiB. */
export class BoundedOutput {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #kept = new Uint8Array(MAX_OUTPUT_BYTES);
  #length = 0;
  #tail: Uint8Array = new Uint8Array(0);
  #left = false;
  readonly #done: Promise<void>;
  /** True when there was more than is kept. */
  truncated = false;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
    this.#done = this.#read();
  }

  async #read(): Promise<void> {
    try {
      for (;;) {
        const { done, value } = await this.#reader.read();
        if (done) return;
        if (this.#left) continue;
        this.#tail = tailOf(this.#tail, value);
        const kept = value.subarray(0, MAX_OUTPUT_BYTES - this.#length);
        this.#kept.set(kept, this.#length);
        this.#length += kept.length;
        if (kept.length < value.length) this.truncated = true;
      }
    } catch {
      // A pipe that breaks has ended, whatever the reason.
    }
  }

  /** Waits for the end of the stream for at most `graceMs` milliseconds. False: it goes on. */
  async ended(graceMs: number): Promise<boolean> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const grace = new Promise<false>((resolve) => timer = later("the wait for output", graceMs, () => resolve(false)));
    try {
      return await Promise.race([this.#done.then(() => true), grace]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Lets go of the stream: who still writes there is told by the kernel that nobody reads any more. */
  async close(): Promise<void> {
    await this.#reader.cancel().catch(() => {});
    await this.#done;
  }

  /** Goes on reading for as long as somebody writes, and keeps nothing more. */
  leave(): void {
    this.#left = true;
  }

  /** What was kept, as UTF-8; a character cut in half at the limit becomes a replacement character. */
  text(): string {
    return new TextDecoder().decode(this.#kept.subarray(0, this.#length));
  }

  /** The last lines, without empty ones; the first of them may lack its beginning. */
  lastLines(): string[] {
    return new TextDecoder().decode(this.#tail).split("\n").map((line) => line.trim()).filter((line) => line !== "")
      .slice(-LAST_LINES);
  }
}

function tailOf(before: Uint8Array, chunk: Uint8Array): Uint8Array {
  if (chunk.length >= TAIL_BYTES) return chunk.slice(-TAIL_BYTES);
  const kept = before.subarray(Math.max(0, before.length + chunk.length - TAIL_BYTES));
  const tail = new Uint8Array(kept.length + chunk.length);
  tail.set(kept);
  tail.set(chunk, kept.length);
  return tail;
}
