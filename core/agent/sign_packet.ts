/**
 * A sign of life on the wire: small enough for any path. It says that its sender is there where its heartbeats are not
 * understood, and repeats what it has heard of the receiver last, so that a recording proves nothing.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";
import * as z from "zod/mini";
import type { Moment } from "../cluster/presence.ts";
import { clockMs, count, name } from "./schemas.ts";

const MAGIC = Buffer.from("BTS1");
const HASH_BYTES = 32;
const HEADER_BYTES = MAGIC.length + HASH_BYTES;

const moment = z.object({ incarnation: name, sentMs: clockMs });
const head = { cluster: name, from: name, to: name };

const schema = z.discriminatedUnion("kind", [
  /** "I am here; my heartbeats have so many bytes, and you don't acknowledge them." */
  z.object({ ...head, kind: z.literal("here"), moment, echo: z.nullable(moment), bytes: count }),
  /** "You have a name that I know at another address." */
  z.object({ ...head, kind: z.literal("name"), echo: moment, at: z.string().check(z.maxLength(256)) }),
]);

/** A sign of life. */
export type SignPacket = z.infer<typeof schema>;

/** True for a packet that is one, or says so. */
export function isSign(packet: Uint8Array): boolean {
  return packet.length > HEADER_BYTES && MAGIC.every((byte, at) => packet[at] === byte);
}

/** A sign with its proof. */
export function packSign(key: Uint8Array, packet: SignPacket): Buffer {
  const body = Buffer.from(JSON.stringify(packet));
  return Buffer.concat([MAGIC, hash(key, body), body]);
}

/** Reads a sign for `me`; undefined when it is none. */
export function unpackSign(key: Uint8Array, cluster: string, me: string, bytes: Uint8Array): SignPacket | undefined {
  const packet = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const body = packet.subarray(HEADER_BYTES);
  if (!isSign(packet) || !timingSafeEqual(packet.subarray(MAGIC.length, HEADER_BYTES), hash(key, body))) {
    return undefined;
  }
  try {
    const { data } = schema.safeParse(JSON.parse(body.toString()));
    return data?.cluster === cluster && data.to === me ? data : undefined;
  } catch {
    return undefined;
  }
}

/** A moment as the engine takes it, without anything else that may be in it. */
export function momentOf({ incarnation, sentMs }: Moment): Moment {
  return { incarnation, sentMs };
}

function hash(key: Uint8Array, body: Uint8Array): Buffer {
  return createHmac("sha256", key).update(MAGIC).update(body).digest();
}
