/**
 * A beat on the wire: four bytes that say what it is, a keyed hash over the rest, and the beat as JSON with its cluster
 * and addressee. What does not fit into one ordinary frame is deflated: the beats of 32 servers say much the same about
 * each other, and every fragment of a datagram is one more that can be lost and takes the others with it.
 *
 * The hash says that it comes from a holder of the key and that nobody changed it. That it is not an old one which
 * somebody recorded is the engine's business: a sequence number within one life of a server, and between lives the proof
 * that the sender has heard something recent (`core/cluster/peers.ts`).
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";
import { deflateSync, inflateSync } from "node:zlib";
import * as z from "zod/mini";
import type { Beat, GroupNews } from "../cluster/message.ts";
import { beatSchema, firstProblem, MAX_REASON_LENGTH } from "./schemas.ts";

const MAGIC = Buffer.from("BTN1");
const HASH_BYTES = 32;
const HEADER_BYTES = MAGIC.length + HASH_BYTES;

/** The largest packet; UDP carries no more. In bytes. */
export const MAX_PACKET_BYTES = 60_000;

/** The longest beat as JSON, on the way out and in; what is longer is not deflated, and so too large. In bytes. */
export const MAX_BEAT_BYTES = 256 * 1024;

/** What the smallest frame that networks carry (1500 bytes) holds besides the headers of IPv6, UDP and the packet. */
const FRAME_BYTES = 1_500 - 40 - 8 - HEADER_BYTES;

/** The first byte of deflated data in the zlib format; JSON never begins with it. */
const DEFLATED = 0x78;

type Content = z.infer<typeof contentSchema>;
const contentSchema = z.object({ cluster: z.string(), to: z.string(), beat: beatSchema });

/** Packs a beat for one server. */
export function pack(key: Uint8Array, cluster: string, to: string, beat: Beat): Buffer {
  const content: Content = { cluster, to, beat: { ...beat, groups: shortened(beat.groups) } };
  const json = Buffer.from(JSON.stringify(content));
  const body = json.length > FRAME_BYTES && json.length <= MAX_BEAT_BYTES ? deflateSync(json) : json;
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

/**
 * Reasons are words for people, and may hold what a plugin said. The others refuse a beat with one that is too long, and
 * would take a server for dead that only has too much to say.
 */
function shortened(groups: Beat["groups"]): Beat["groups"] {
  return Object.fromEntries(Object.entries(groups).map(([name, news]) => [name, shortenedNews(news)]));
}

function shortenedNews(news: GroupNews): GroupNews {
  const short = { ...news };
  for (const key of ["why", "crowded", "unwell", "slow"] as const) {
    const text = short[key];
    if (text !== undefined && text.length > MAX_REASON_LENGTH) {
      short[key] = `${text.slice(0, MAX_REASON_LENGTH - 3)}...`;
    }
  }
  return short;
}

function parse(body: Buffer): Content | string {
  try {
    // Bounded: a few bytes can be deflated gigabytes.
    const json = body[0] === DEFLATED ? inflateSync(body, { maxOutputLength: MAX_BEAT_BYTES }) : body;
    const parsed = contentSchema.safeParse(JSON.parse(json.toString()));
    return parsed.success ? parsed.data : `it holds no heartbeat of this version (${firstProblem(parsed.error)})`;
  } catch (error) {
    return `it can't be read (${(error as Error).message})`;
  }
}

function hash(key: Uint8Array, body: Uint8Array): Buffer {
  return createHmac("sha256", key).update(body).digest();
}
