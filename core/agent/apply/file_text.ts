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

/**
 * Gives a file the mode and the owner of the one that it is to replace: who could read that has to be able to go on, and
 * who could not, not. Throws where this agent may not.
 */
export async function sameRights(path: string, like: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  const [is, was] = await Promise.all([Deno.stat(path), Deno.stat(like)]);
  if (is.uid !== was.uid || is.gid !== was.gid) {
    try {
      await Deno.chown(path, was.uid, was.gid);
    } catch (error) {
      throw new Error(
        `${like} belongs to user ${was.uid} and group ${was.gid}, and this agent can't give its new version to them ` +
          `(${(error as Error).message}): let the agent run as root or as they, or chown the file to those it runs as`,
      );
    }
  }
  if (was.mode !== null) await Deno.chmod(path, was.mode & 0o7777);
}

/** The rename itself must survive as well; Windows has no handle of a folder to sync, and journals renames. */
export async function syncFolder(path: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  using folder = await Deno.open(path);
  await folder.sync();
}
