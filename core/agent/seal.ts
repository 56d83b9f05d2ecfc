/**
 * The keyed hash over the head of a packet: HMAC-SHA-256 of one block, cut to 16 bytes. It is what a stranger's packet
 * costs, and it is computed here because a call of the runtime's hash takes some ten times as long as the hash itself.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";

/** In bytes. */
export const SEAL_BYTES = 16;
/** The longest message: with its length and the end mark it fills one block. In bytes. */
export const MAX_SEALED_BYTES = 55;

const BLOCK_BYTES = 64;
const PRIMES = primes(64);
/** What SHA-256 adds in each round, and begins with: the first bits of roots of primes. */
const ROUNDS = Int32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)));
const START = Int32Array.from(PRIMES.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));

/** Seals short messages with one key. */
export class Seal {
  readonly #inner: Int32Array;
  readonly #outer: Int32Array;
  readonly #words = new Int32Array(64);
  readonly #state = new Int32Array(8);

  constructor(key: Uint8Array) {
    const short = key.length > BLOCK_BYTES ? createHash("sha256").update(key).digest() : key;
    const padded = (by: number) => Uint8Array.from({ length: BLOCK_BYTES }, (_, at) => (short[at] ?? 0) ^ by);
    this.#inner = this.#begun(padded(0x36));
    this.#outer = this.#begun(padded(0x5c));
  }

  /** The seal of `message`, of at most {@linkcode MAX_SEALED_BYTES} bytes. */
  of(message: Uint8Array): Uint8Array {
    const state = this.#sealed(message);
    const seal = Buffer.alloc(SEAL_BYTES);
    for (let word = 0; word < SEAL_BYTES / 4; word++) seal.writeInt32BE(state[word]!, word * 4);
    return seal;
  }

  /** True when `seal` is that of `message`. Takes the same time whichever byte differs. */
  fits(message: Uint8Array, seal: Uint8Array): boolean {
    if (seal.length !== SEAL_BYTES) return false;
    const state = this.#sealed(message);
    let differs = 0;
    for (let at = 0; at < SEAL_BYTES; at++) differs |= (state[at >> 2]! >>> (24 - 8 * (at & 3)) & 0xff) ^ seal[at]!;
    return differs === 0;
  }

  #sealed(message: Uint8Array): Int32Array {
    if (message.length > MAX_SEALED_BYTES) {
      throw new RangeError(`${message.length} bytes are more than one block holds`);
    }
    const words = this.#words;
    words.fill(0, 0, 16);
    for (let at = 0; at < message.length; at++) words[at >> 2]! |= message[at]! << (24 - 8 * (at & 3));
    this.#end(message.length);
    this.#state.set(this.#inner);
    this.#compress();
    words.set(this.#state);
    words.fill(0, 8, 16);
    this.#end(32);
    this.#state.set(this.#outer);
    this.#compress();
    return this.#state;
  }

  /** Ends a message of `length` bytes that came after one whole block. */
  #end(length: number): void {
    this.#words[length >> 2]! |= 0x80 << (24 - 8 * (length & 3));
    this.#words[15] = (BLOCK_BYTES + length) * 8;
  }

  #begun(block: Uint8Array): Int32Array {
    for (let word = 0; word < 16; word++) this.#words[word] = Buffer.from(block).readInt32BE(word * 4);
    this.#state.set(START);
    this.#compress();
    return this.#state.slice();
  }

  /** Takes the block of the first 16 words into the state (FIPS 180-4, 6.2.2). */
  #compress(): void {
    const words = this.#words;
    const state = this.#state;
    for (let t = 16; t < 64; t++) {
      const w15 = words[t - 15]!;
      const w2 = words[t - 2]!;
      const s0 = (w15 >>> 7 | w15 << 25) ^ (w15 >>> 18 | w15 << 14) ^ (w15 >>> 3);
      const s1 = (w2 >>> 17 | w2 << 15) ^ (w2 >>> 19 | w2 << 13) ^ (w2 >>> 10);
      words[t] = words[t - 16]! + s0 + words[t - 7]! + s1 | 0;
    }
    let a = state[0]!, b = state[1]!, c = state[2]!, d = state[3]!;
    let e = state[4]!, f = state[5]!, g = state[6]!, h = state[7]!;
    for (let t = 0; t < 64; t++) {
      const s1 = (e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7);
      const one = h + s1 + (e & f ^ ~e & g) + ROUNDS[t]! + words[t]! | 0;
      const s0 = (a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10);
      const two = s0 + (a & b ^ a & c ^ b & c) | 0;
      h = g, g = f, f = e, e = d + one | 0, d = c, c = b, b = a, a = one + two | 0;
    }
    state[0]! += a, state[1]! += b, state[2]! += c, state[3]! += d;
    state[4]! += e, state[5]! += f, state[6]! += g, state[7]! += h;
  }
}

function primes(count: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime !== 0)) found.push(n);
  return found;
}

function fraction(root: number): number {
  return (root - Math.floor(root)) * 2 ** 32 | 0;
}
