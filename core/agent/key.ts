/**
 * The shared key of the interconnect.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { exposed } from "../plugin/ownership.ts";

/** A problem with the key that keeps the agent from starting. */
export class KeyError extends Error {
  override name = "KeyError";
}

/** The least length of a key, in bytes: as much as the hash it is used with. */
export const MIN_KEY_BYTES = 32;

/** Keys that a file may hold: the new one and, while it is changed, the one before. */
export const MAX_KEYS = 2;

/** Reads the key file: a key on each line, the one to sign with first. White space around them does not count. */
export async function readKeys(path: string): Promise<Uint8Array[]> {
  let info: Deno.FileInfo;
  let text: string;
  try {
    info = await Deno.stat(path);
    text = await Deno.readTextFile(path);
  } catch (error) {
    const missing = error instanceof Deno.errors.NotFound;
    throw new KeyError(
      `the key file ${path} ${missing ? "does not exist" : `can't be read (${(error as Error).message})`}; ` +
        `make one with \`baton key > ${path}\` and copy it to every server`,
    );
  }
  const open = await exposed(path);
  if (open !== undefined) throw new KeyError(`the key file ${open.message}; run \`${open.remedy}\``);
  if (Deno.build.os !== "windows" && info.mode !== null && (info.mode & 0o077) !== 0) {
    throw new KeyError(`the key file ${path} can be read by others; run \`chmod 600 ${path}\``);
  }
  const lines = text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  if (lines.length > MAX_KEYS) {
    throw new KeyError(
      `the key file ${path} has ${lines.length} lines, and each is a key; ${MAX_KEYS} are the most: the new one, and ` +
        "the one before it",
    );
  }
  return (lines.length === 0 ? [""] : lines).map((line) => {
    const key = new TextEncoder().encode(line);
    if (key.length < MIN_KEY_BYTES) {
      throw new KeyError(
        `the key in ${path} has ${key.length} characters; ${MIN_KEY_BYTES} or more are needed: make one with \`baton key\``,
      );
    }
    return key;
  });
}

/** A new random key, 64 hexadecimal characters. */
export function newKey(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("hex");
}
