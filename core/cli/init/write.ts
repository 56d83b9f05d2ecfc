/**
 * Puts a new cluster on disk: the file only when the loader takes it, the key readable by its owner only, and never over
 * something that is there.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { newKey } from "../../agent/key.ts";
import type { ClusterConfig } from "../../config/config.ts";
import { FAULT_CODES } from "../../plugin/fault.ts";
import { WorkError } from "../command.ts";

/** What was written. */
export interface Written {
  file: string;
  key: string;
  /** The key was there already and stays. */
  keptKey: boolean;
  config: ClusterConfig;
}

/** Refuses a place where a file is already. Throws a {@linkcode WorkError}. */
export async function refuseExisting(path: string): Promise<void> {
  const there = await Deno.lstat(path).then(() => true, (error) => {
    if (error instanceof Deno.errors.NotFound) return false;
    throw new WorkError(`${path} can't be looked at: ${(error as Error).message}`, FAULT_CODES.output);
  });
  if (there) {
    throw new WorkError(
      `${path} exists and is not overwritten; name another file with --out, or remove it`,
      FAULT_CODES.output,
    );
  }
}

/** Writes the file and, unless there is one, the key. */
export async function writeCluster(
  path: string,
  text: string,
  load: (path: string) => Promise<ClusterConfig>,
): Promise<Written> {
  const trial = `${path}.${crypto.randomUUID().slice(0, 8)}.trial`;
  try {
    await Deno.writeTextFile(trial, text, { createNew: true }).catch((error) => notWritten(path, error));
    const config = await load(trial);
    const key = join(dirname(path), "baton.key");
    const keptKey = await writeKey(key);
    // Unlike a rename, a link fails when something has come to lie there meanwhile.
    await Deno.link(trial, path);
    return { file: path, key, keptKey, config };
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) {
      throw new WorkError(`${path} exists and is not overwritten; name another file with --out`, FAULT_CODES.output);
    }
    throw error;
  } finally {
    await Deno.remove(trial).catch(() => {});
  }
}

async function writeKey(path: string): Promise<boolean> {
  try {
    await Deno.writeTextFile(path, `${newKey()}\n`, { createNew: true, mode: 0o600 });
    return false;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return true;
    return notWritten(path, error as Error);
  }
}

function notWritten(path: string, { message }: Error): never {
  throw new WorkError(
    `${path} can't be written (${message}); make its folder, or name another file with --out`,
    FAULT_CODES.output,
  );
}
