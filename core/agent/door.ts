/**
 * The door of the interconnect. In front of every packet stands a head with its sender, the sender's life (a random number
 * of its process), a number that grows by one with each packet, and a seal over them: a keyed hash that also names the
 * receiver. So most of what must not be let in is turned away before anything is parsed, inflated or hashed whole:
 *
 * - what is no packet of ours costs a comparison, what a stranger made up costs the seal (a microsecond);
 * - what was recorded in the present life of its sender and is sent again costs a look into a window of numbers;
 * - what was recorded in an earlier life is let in at the rate of a healthy server, and no faster, until that life has
 *   proved to be the present one by acknowledging what was sent to it just now. An earlier one can't.
 *
 * Of a stranger nothing is kept. Of a server of the file: its life, which numbers were seen, and how much came of the
 * few other lives that say they are its present one.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHash, randomBytes } from "node:crypto";
import { Allowance } from "./allowance.ts";
import type { KeyRing } from "./key_ring.ts";
import { Seal, SEAL_BYTES } from "./seal.ts";

const MAGIC = Buffer.from("BTN2");
const NAME_BYTES = 8;
const LIFE_AT: number = MAGIC.length + NAME_BYTES;
const LIFE_BYTES = 8;
const NUMBER_AT: number = LIFE_AT + LIFE_BYTES;
const SEALED_BYTES: number = NUMBER_AT + 8;

/** What stands in front of a packet. In bytes. */
export const HEAD_BYTES: number = SEALED_BYTES + SEAL_BYTES;

/** Numbers that may come out of their order. */
const WINDOW = 1_024;
/** A number beyond this has no place: at a million a second it is reached after eight years. */
const MAX_NUMBER = 2 ** 48;
/** Lives of one server that may try to prove themselves at once; of one that can, there is one. */
const MAX_CANDIDATES = 4;
/** A place among them is given to another life after this much silence. In milliseconds. */
const CANDIDATE_MS = 10_000;
/** Packets in a second of a life that has yet to prove itself: the fastest heartbeat and some questions. */
const UNPROVEN = { perSecond: 25, atOnce: 50 };

/** True for what has the mark of Baton, but of another version than this. */
export function isOfOtherVersion(packet: Uint8Array): boolean {
  return MAGIC.every((byte, at) => (packet[at] === byte) === (at < MAGIC.length - 1));
}

/** Why a packet is not let in. `repeated` and `crowded` are no news: the sender had the key. */
export type Refused = "shape" | "key" | "repeated" | "crowded";

/** A packet that may be looked at. */
export interface Guest {
  /** Undefined: a holder of the key that is no server of the file. */
  from: string | undefined;
  /** The one of ours that the head was sealed with, and so the rest. */
  key: Uint8Array;
  body: Uint8Array;
  /** It has come over another path already. */
  copy: boolean;
  /** Its sender is known to be alive. */
  proven: boolean;
  life: string;
  number: number;
  path: number;
}

interface Known {
  name: string;
  /** The life that has proved itself; null until one has. */
  life: string | null;
  seen: Window;
  seenOn: Map<number, Window>;
  candidates: Map<string, { allowance: Allowance; latestMs: number }>;
}

/** The door of one server. */
export class Door {
  readonly #seals = new Map<Uint8Array, Seal>();
  readonly #life = randomBytes(LIFE_BYTES);
  readonly #known = new Map<string, Known>();
  readonly #unknown = new Allowance(UNPROVEN.perSecond, UNPROVEN.atOnce);
  readonly #me: Buffer;
  /** What is sealed: the head, and whom it is for. */
  readonly #sealed = Buffer.alloc(SEALED_BYTES + NAME_BYTES);
  readonly #names = new Map<string, Buffer>();
  #number = 0;

  constructor(
    private readonly cluster: string,
    private readonly me: string,
    peers: Iterable<string>,
    private readonly keys: Pick<KeyRing, "for" | "accepted">,
  ) {
    this.#me = this.#named(me);
    for (const name of peers) {
      const of = this.#named(name).toString("latin1");
      this.#known.set(of, { name, life: null, ...unseen(), candidates: new Map() });
    }
  }

  /** The packet with its head, for one server. */
  wrap(to: string, body: Uint8Array): Buffer {
    const packet = Buffer.alloc(HEAD_BYTES + body.length);
    MAGIC.copy(packet);
    this.#me.copy(packet, MAGIC.length);
    this.#life.copy(packet, LIFE_AT);
    packet.writeBigUInt64BE(BigInt(++this.#number), NUMBER_AT);
    packet.copy(this.#sealed, 0, 0, SEALED_BYTES);
    this.#named(to).copy(this.#sealed, SEALED_BYTES);
    packet.set(this.#sealWith(this.keys.for(to)).of(this.#sealed), SEALED_BYTES);
    packet.set(body, HEAD_BYTES);
    return packet;
  }

  /** Looks at the head of what came over `path`. `nowMs` never goes back. */
  look(packet: Uint8Array, path: number, nowMs: number): Guest | Refused {
    if (packet.length <= HEAD_BYTES || MAGIC.some((byte, at) => packet[at] !== byte)) return "shape";
    const bytes = Buffer.from(packet.buffer, packet.byteOffset, packet.byteLength);
    const number = bytes.readUInt32BE(NUMBER_AT) * 2 ** 32 + bytes.readUInt32BE(NUMBER_AT + 4);
    if (number > MAX_NUMBER) return "shape";
    const known = this.#known.get(bytes.toString("latin1", MAGIC.length, LIFE_AT));
    const life = bytes.toString("latin1", LIFE_AT, NUMBER_AT);
    const proven = known !== undefined && known.life === life;
    // Before the seal: who makes up a number that was seen only makes up what is turned away.
    if (proven && known.seenOn.get(path)?.has(number)) return "repeated";
    bytes.copy(this.#sealed, 0, 0, SEALED_BYTES);
    this.#me.copy(this.#sealed, SEALED_BYTES);
    const seal = bytes.subarray(SEALED_BYTES, HEAD_BYTES);
    const key = this.keys.accepted.find((one) => this.#sealWith(one).fits(this.#sealed, seal));
    if (key === undefined) return "key";
    if (!proven && !this.#mayTry(known, life, nowMs)) return "crowded";
    const copy = proven && known.seen.has(number);
    return { from: known?.name, key, body: bytes.subarray(HEAD_BYTES), copy, proven, life, number, path };
  }

  /**
   * The packet was what its head said: it is not let in again. False when its sender has yet to prove that it is alive, so
   * that nothing is kept of it.
   */
  admit({ from, life, number, path }: Guest): boolean {
    const known = from === undefined ? undefined : this.#of(from);
    if (known?.life !== life) return false;
    known.seen.add(number);
    let on = known.seenOn.get(path);
    if (!on) known.seenOn.set(path, on = new Window());
    on.add(number);
    return true;
  }

  /** What this guest is has acknowledged what was sent just now: its life is the present one of its sender. */
  prove({ from, life }: Guest): void {
    const known = from === undefined ? undefined : this.#of(from);
    if (!known || known.life === life) return;
    Object.assign(known, { life, ...unseen() });
    known.candidates.clear();
  }

  #sealWith(key: Uint8Array): Seal {
    let seal = this.#seals.get(key);
    if (!seal) this.#seals.set(key, seal = new Seal(key));
    return seal;
  }

  #of(name: string): Known | undefined {
    return this.#known.get(this.#named(name).toString("latin1"));
  }

  #mayTry(known: Known | undefined, life: string, nowMs: number): boolean {
    if (!known) return this.#unknown.take(nowMs);
    let candidate = known.candidates.get(life);
    if (!candidate) {
      for (const [old, { latestMs }] of known.candidates) {
        if (nowMs - latestMs > CANDIDATE_MS) known.candidates.delete(old);
      }
      if (known.candidates.size >= MAX_CANDIDATES) return false;
      candidate = { allowance: new Allowance(UNPROVEN.perSecond, UNPROVEN.atOnce), latestMs: nowMs };
      known.candidates.set(life, candidate);
    }
    candidate.latestMs = nowMs;
    return candidate.allowance.take(nowMs);
  }

  #named(name: string): Buffer {
    let of = this.#names.get(name);
    if (!of) {
      of = createHash("sha256").update(`${this.cluster}\0${name}`).digest().subarray(0, NAME_BYTES);
      this.#names.set(name, of);
    }
    return of;
  }
}

function unseen(): Pick<Known, "seen" | "seenOn"> {
  return { seen: new Window(), seenOn: new Map() };
}

/** Which of the latest numbers were seen; what is older than those counts as seen. */
class Window {
  readonly #numbers = new Float64Array(WINDOW);
  #highest = 0;

  has(number: number): boolean {
    return number <= this.#highest - WINDOW || this.#numbers[number % WINDOW] === number;
  }

  add(number: number): void {
    this.#numbers[number % WINDOW] = number;
    this.#highest = Math.max(this.#highest, number);
  }
}
