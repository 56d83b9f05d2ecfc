/** Most bytes that are kept of one stream. */
export const MAX_OUTPUT_BYTES = 64 * 1024;

/** Reads a pipe to its end, so that the writer never blocks, and keeps the first 64 KiB. */
export class BoundedOutput {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #kept = new Uint8Array(MAX_OUTPUT_BYTES);
  #length = 0;
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
        const kept = value.subarray(0, MAX_OUTPUT_BYTES - this.#length);
        this.#kept.set(kept, this.#length);
        this.#length += kept.length;
        if (kept.length < value.length) this.truncated = true;
      }
    } catch {
      // A pipe that breaks has ended, whatever the reason.
    }
  }

  /** Waits for the end of the stream for at most `graceMs` milliseconds, then lets go of it. */
  async finish(graceMs: number): Promise<void> {
    if (graceMs > 0) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const grace = new Promise<void>((resolve) => timer = setTimeout(resolve, graceMs));
      await Promise.race([this.#done, grace]);
      clearTimeout(timer);
    }
    await this.#reader.cancel().catch(() => {});
    await this.#done;
  }

  /** What was kept, as UTF-8; a character cut in half at the limit becomes a replacement character. */
  text(): string {
    return new TextDecoder().decode(this.#kept.subarray(0, this.#length));
  }
}
