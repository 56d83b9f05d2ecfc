import { later } from "../plugin/callbacks.ts";

/** A lock that is free is had at once; one that is not granted within this is held by another. In milliseconds. */
const GRANT_MS = 500;

/**
 * Takes the exclusive lock of a file, which lasts until the file is closed or the process is gone. False: another process
 * has it. Runtimes before Deno 2.5 can only wait for a lock, and such a wait can't be given up: it ends with the process,
 * which a refused agent does next.
 */
export async function lockFile(file: Deno.FsFile): Promise<boolean> {
  const { tryLock }: Partial<Pick<Deno.FsFile, "tryLock">> = file;
  if (tryLock) return await tryLock.call(file, true);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>((resolve) => timer = later("the wait for a lock", GRANT_MS, () => resolve(false)));
  const granted = file.lock(true).then(() => true);
  // Lost to the timer, it may still fail when the file is closed.
  granted.catch(() => {});
  try {
    return await Promise.race([granted, late]);
  } finally {
    clearTimeout(timer);
  }
}
