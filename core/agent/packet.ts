/**
 * A beat on the wire: four bytes that say what it is, a keyed hash over the rest, and the beat as JSON with its cluster
 * and addressee.
 *
 * The hash says that it comes from a holder of the key and that nobody changed it. That it is not an old one which
 * somebody recorded is the engine's business: a sequence number within one life of a server, and between lives the proof
 * that the sender has heard something recent (`core/cluster/peers.ts`).
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";
import * as z from "zod/mini";
import type { Beat } from "../cluster/message.ts";
import { beatSchema, firstProblem } from "./schemas.ts";

const MAGIC = Buffer.from("BTN1");
const HASH_BYTES = 32;
const HEADER_BYTES = MAGIC.length + HASH_BYTES;

/** The largest packet; UDP carries no more. In bytes. */
export const MAX_PACKET_BYTES = 60_000;

type Content = z.infer<typeof contentSchema>;
const contentSchema = z.object({ cluster: z.string(), to: z.string(), beat: beatSchema });

/** Packs a beat for one server. */
export function pack(key: Uint8Array, cluster: string, to: string, beat: Beat): Buffer {
  const content: Content = { cluster, to, beat };
  const body = Buffer.from(JSON.stringify(content));
  return Buffer.concat([MAGIC, hash(key, body), body]);
}

/** Unpacks a beat for `me`; a string says why it is not one. */
export function unpack(key: Uint8Array, cluster: string, me: string, packet: Uint8Array): Beat | string {
  const bytes = Buffer.from(packet.buffer, packet.byteOffset, packet.byteLength);
  if (bytes.length <= HEADER_BYTES || bytes.length > MAX_PACKET_BYTES || !bytes.subarray(0, 4).equals(MAGIC)) {
    return "it is no heartbeat of this version of Baton";
  }
  const body = bytes.subarray(HEADER_BYTES);
  if (!timingSafeEqual(bytes.subarray(MAGIC.length, HEADER_BYTES), hash(key, body))) {
    return "its sender does not have the key of this cluster";
  }
  // From here on a holder of the key is speaking.
  const content = parse(body);
  if (typeof content === "string") return content;
  if (content.cluster !== cluster) return `it is for the cluster ${content.cluster}`;
  if (content.to !== me) return `it is for ${content.to}`;
  return content.beat;
}

function parse(body: Buffer): Content | string {
  try {
    const parsed = contentSchema.safeParse(JSON.parse(body.toString()));
    return parsed.success ? parsed.data : `it holds no heartbeat of this version (${firstProblem(parsed.error)})`;
  } catch (error) {
    return `it can't be read (${(error as Error).message})`;
  }
}

function hash(key: Uint8Array, body: Uint8Array): Buffer {
  return createHmac("sha256", key).update(body).digest();
}
