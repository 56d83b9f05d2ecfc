/**
 * Messages on a pipe: a head, the length of the JSON text in four bytes, the text. The head of what a host sends is known
 * only to it and its agent, so that anything else on its standard output (a plugin can write there) is told apart.
 *
 * @module
 */

/** The longest text of a message, in bytes. Reading it costs the agent's thread some milliseconds at most. */
export const MAX_FRAME_BYTES = 256 * 1024;
/** The length of the head of a host's messages, in bytes. */
export const HEAD_BYTES = 16;

const LENGTH_BYTES = 4;

/** A message as bytes. Throws a `RangeError` when it is too long. */
export function encodeFrame(message: unknown, head: Uint8Array = new Uint8Array(0)): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(message));
  if (text.length > MAX_FRAME_BYTES) throw new RangeError(`a message of ${text.length} bytes is too long`);
  const bytes = new Uint8Array(head.length + LENGTH_BYTES + text.length);
  bytes.set(head);
  new DataView(bytes.buffer).setUint32(head.length, text.length);
  bytes.set(text, head.length + LENGTH_BYTES);
  return bytes;
}

/** Takes messages out of a stream of bytes. */
export class FrameReader {
  #bytes: Uint8Array = new Uint8Array(0);

  /** `stray` gets the bytes between messages, which nobody but a plugin can have written. */
  constructor(private readonly head: Uint8Array, private readonly stray: (bytes: Uint8Array) => void) {}

  /** The texts of the messages that are complete now. Throws when the stream can't be understood. */
  *add(chunk: Uint8Array): Generator<unknown> {
    this.#bytes = joined(this.#bytes, chunk);
    for (;;) {
      const start = indexOf(this.#bytes, this.head);
      // A head may be cut in two.
      const strayEnd = start < 0 ? this.#bytes.length - tail(this.#bytes, this.head) : start;
      if (strayEnd > 0) {
        this.stray(this.#bytes.subarray(0, strayEnd));
        this.#bytes = this.#bytes.subarray(strayEnd);
      }
      if (start < 0) return;
      const from = this.head.length + LENGTH_BYTES;
      if (this.#bytes.length < from) return;
      const length = new DataView(this.#bytes.buffer, this.#bytes.byteOffset).getUint32(this.head.length);
      if (length > MAX_FRAME_BYTES) throw new RangeError(`a message of ${length} bytes is too long`);
      if (this.#bytes.length < from + length) return;
      const text = new TextDecoder("utf-8", { fatal: true }).decode(this.#bytes.subarray(from, from + length));
      this.#bytes = this.#bytes.slice(from + length);
      yield JSON.parse(text);
    }
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}

/** Where `wanted` begins; -1 when it is not there. */
function indexOf(bytes: Uint8Array, wanted: Uint8Array): number {
  const first = wanted[0];
  if (first === undefined) return bytes.length > 0 ? 0 : -1;
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (at + wanted.length > bytes.length) return -1;
    if (wanted.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return -1;
}

/** How many bytes at the end may be the beginning of `wanted`. */
function tail(bytes: Uint8Array, wanted: Uint8Array): number {
  for (let length = Math.min(wanted.length - 1, bytes.length); length > 0; length--) {
    const from = bytes.length - length;
    if (wanted.subarray(0, length).every((byte, index) => bytes[from + index] === byte)) return length;
  }
  return 0;
}
