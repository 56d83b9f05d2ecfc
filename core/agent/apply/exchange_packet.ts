/**
 * What a question between two servers is on the wire: four bytes that say what it is, a keyed hash over all of it, and
 * JSON. A question or an answer is cut into parts that fit one ordinary frame each; a part that is lost is sent again.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";
import * as z from "zod/mini";

const MAGIC = Buffer.from("BTX1");
const HASH_BYTES = 32;
const HEADER_BYTES = MAGIC.length + HASH_BYTES;

/** Bytes of a question or an answer that one part carries: with Base64 and the header it fits 1500 bytes. */
export const PART_BYTES = 800;
/** The largest question or answer, as it is sent. In bytes. */
export const MAX_PARCEL_BYTES = 320 * 1024;
/** In parts. */
const MAX_PARTS: number = Math.ceil(MAX_PARCEL_BYTES / PART_BYTES);

const name = z.string().check(z.minLength(1), z.maxLength(256));
const head = { cluster: name, from: name, to: name, id: z.string().check(z.minLength(8), z.maxLength(64)) };
const token = z.string().check(z.minLength(8), z.maxLength(64));
const index = z.int().check(z.minimum(0), z.maximum(MAX_PARTS - 1));
const of = z.enum(["question", "answer"]);

const packetSchema = z.discriminatedUnion("kind", [
  /** "I have a question." */
  z.object({ ...head, kind: z.literal("hello") }),
  /** "Ask, and say this word": what was recorded earlier does not have it. */
  z.object({ ...head, kind: z.literal("welcome"), token }),
  z.object({
    ...head,
    kind: z.literal("part"),
    of,
    token,
    index,
    count: z.int().check(z.minimum(1), z.maximum(MAX_PARTS)),
    data: z.string().check(z.maxLength(PART_BYTES * 2)),
  }),
  /** "That part is here." */
  z.object({ ...head, kind: z.literal("got"), of, token, index }),
]);

/** One packet of an exchange. */
export type ExchangePacket = z.infer<typeof packetSchema>;

/** True for a packet that is one of an exchange, or says so. */
export function isExchange(packet: Uint8Array): boolean {
  return packet.length > HEADER_BYTES && MAGIC.every((byte, at) => packet[at] === byte);
}

/** A packet with its proof. */
export function packExchange(key: Uint8Array, packet: ExchangePacket): Buffer {
  const body = Buffer.from(JSON.stringify(packet));
  return Buffer.concat([MAGIC, hash(key, body), body]);
}

/** Reads a packet for `me`; a string says why it is none. */
export function unpackExchange(
  key: Uint8Array,
  cluster: string,
  me: string,
  bytes: Uint8Array,
): ExchangePacket | string {
  const packet = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const body = packet.subarray(HEADER_BYTES);
  if (!timingSafeEqual(packet.subarray(MAGIC.length, HEADER_BYTES), hash(key, body))) {
    return "its sender does not have the key of this cluster";
  }
  let read: unknown;
  try {
    read = JSON.parse(body.toString());
  } catch (error) {
    return `it can't be read (${(error as Error).message})`;
  }
  const parsed = packetSchema.safeParse(read);
  if (!parsed.success) return "it is no question of this version of Baton";
  if (parsed.data.cluster !== cluster) return `it is for the cluster ${parsed.data.cluster}`;
  return parsed.data.to === me ? parsed.data : `it is for ${parsed.data.to}`;
}

function hash(key: Uint8Array, body: Uint8Array): Buffer {
  return createHmac("sha256", key).update(MAGIC).update(body).digest();
}
