/**
 * A question or an answer in parts: on its way out, a window of parts that are sent until they are acknowledged; on its
 * way in, the parts that have come.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { deflateSync, inflateSync } from "node:zlib";
import { MAX_PARCEL_BYTES, PART_BYTES } from "./exchange_packet.ts";

/** Parts under way at once: a burst that socket buffers take without loss. */
const WINDOW = 32;
/** The largest question or answer as JSON; a few bytes can be deflated gigabytes. In bytes. */
const MAX_JSON_BYTES = 1024 * 1024;

/** On its way out. */
export class OutgoingParcel {
  readonly #parts: string[];
  readonly #open: Set<number>;

  /** Throws a `RangeError` when the content is too large to be sent. */
  constructor(content: unknown) {
    const json = Buffer.from(JSON.stringify(content));
    const bytes = json.length > MAX_JSON_BYTES ? json : deflateSync(json);
    if (json.length > MAX_JSON_BYTES || bytes.length > MAX_PARCEL_BYTES) {
      throw new RangeError(`${json.length} bytes are more than servers send each other (${MAX_JSON_BYTES})`);
    }
    this.#parts = Array.from(
      { length: Math.ceil(bytes.length / PART_BYTES) },
      (_, index) => bytes.subarray(index * PART_BYTES, (index + 1) * PART_BYTES).toString("base64"),
    );
    this.#open = new Set(this.#parts.keys());
  }

  get count(): number {
    return this.#parts.length;
  }

  /** All of it has arrived. */
  get arrived(): boolean {
    return this.#open.size === 0;
  }

  /** The parts that are to be sent now, the first ones that have not been acknowledged. */
  due(): { index: number; data: string }[] {
    return [...this.#open].slice(0, WINDOW).map((index) => ({ index, data: this.#parts[index]! }));
  }

  got(index: number): void {
    this.#open.delete(index);
  }
}

/** On its way in. */
export class IncomingParcel {
  readonly #parts = new Map<number, Buffer>();

  constructor(readonly count: number) {}

  /** Takes a part. True when it was the last one that was missing. */
  take(index: number, data: string): boolean {
    if (index >= this.count || this.#parts.has(index)) return false;
    this.#parts.set(index, Buffer.from(data, "base64").subarray(0, PART_BYTES));
    return this.#parts.size === this.count;
  }

  /** What was sent. Throws when it can't be read. */
  content(): unknown {
    const bytes = Buffer.concat(Array.from({ length: this.count }, (_, index) => this.#parts.get(index)!));
    return JSON.parse(inflateSync(bytes, { maxOutputLength: MAX_JSON_BYTES }).toString());
  }
}
