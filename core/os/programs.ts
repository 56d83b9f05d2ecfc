/**
 * The programs that this process is running now, for the dead man's switches: they end them before they take anything
 * down.
 *
 * @module
 */

/** Told about every program. `pid` leads a process group of its own. */
export interface ProgramListener {
  begun(pid: number): void;
  ended(pid: number): void;
}

const running = new Set<number>();
const listeners = new Set<ProgramListener>();

/** Notes that a program has begun; returns what notes its end. */
export function programBegun(pid: number): () => void {
  running.add(pid);
  for (const listener of listeners) listener.begun(pid);
  return () => {
    if (!running.delete(pid)) return;
    for (const listener of listeners) listener.ended(pid);
  };
}

/** Tells `listener` of the programs that run now and of all from now on; returns what ends that. */
export function watchPrograms(listener: ProgramListener): () => void {
  for (const pid of running) listener.begun(pid);
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
