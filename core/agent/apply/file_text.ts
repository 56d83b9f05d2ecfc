/**
 * Small files of which every byte counts: written so that they survive a power loss, and known by their digest.
 *
 * @module
 */
import { Buffer } from "node:buffer";

/** SHA-256 of a text in hex, as `ClusterConfig.digest` has it. */
export async function digestOf(text: string): Promise<string> {
  return Buffer.from(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))).toString("hex");
}

/** The beginning of a digest, enough for people. */
export function shortDigest(digest: string): string {
  return digest.slice(0, 12);
}

/** Writes a file that only its owner can read; resolves once it would survive a power loss. */
export async function writeSynced(path: string, text: string): Promise<void> {
  using file = await Deno.open(path, { create: true, write: true, truncate: true, mode: 0o600 });
  const bytes = new TextEncoder().encode(text);
  for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
  await file.syncData();
}

/** The rename itself must survive as well; Windows has no handle of a folder to sync, and journals renames. */
export async function syncFolder(path: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  using folder = await Deno.open(path);
  await folder.sync();
}
