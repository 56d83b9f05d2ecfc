import { later } from "../plugin/callbacks.ts";

/**
 * One that is not granted within this is held by another. A lock that was given back may last a moment longer: a program
 * that is being started has copies of all open files until it begins. In milliseconds.
 */
const GRANT_MS = 500;
/** Between two tries, in milliseconds. */
const PAUSE_MS = 20;

/**
 * Takes the exclusive lock of a file, which lasts until the file is closed or the process is gone. False: another process
 * has it. Runtimes before Deno 2.5 can only wait for a lock, and such a wait can't be given up: it ends with the process,
 * which a refused agent does next.
 */
export async function lockFile(file: Deno.FsFile): Promise<boolean> {
  const { tryLock }: Partial<Pick<Deno.FsFile, "tryLock">> = file;
  if (tryLock) {
    for (const startedMs = performance.now(); !await tryLock.call(file, true);) {
      if (performance.now() - startedMs >= GRANT_MS) return false;
      await new Promise<void>((resolve) => later("the wait for a lock", PAUSE_MS, resolve));
    }
    return true;
  }
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
