/**
 * What somebody without the key can send.
 *
 * @module
 */
import { createHash } from "node:crypto";

const PACKETS = 2_000;

function random(bytes: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(bytes));
}

function behind(magic: string, bytes: number): Uint8Array {
  const packet = random(bytes);
  packet.set(new TextEncoder().encode(magic));
  return packet;
}

const many = (make: () => Uint8Array) => Array.from({ length: PACKETS }, make);

/** Bytes of any kind. */
export const garbage = (): Uint8Array[] => many(() => random(300));

/** Packets that begin as questions do inside. */
export const questions = (): Uint8Array[] => many(() => behind("BTX1", 300));

/** Packets with a head in the name of a server, each of a life of its own, whose seal has to be computed. */
export function forged(cluster: string, from: string): Uint8Array[] {
  const name = createHash("sha256").update(`${cluster}\0${from}`).digest().subarray(0, 8);
  return many(() => {
    const packet = behind("BTN2", 300);
    packet.set(name, 4);
    // A number that a packet may have.
    packet.fill(0, 20, 24);
    return packet;
  });
}
