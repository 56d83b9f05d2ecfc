/**
 * How long something took, and how much of that was the machine's doing: tests also run where others want the processors.
 *
 * @module
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Nanoseconds in a millisecond. */
const NS = 1_000_000;
/** The threads of this process, each with its file. */
const THREADS = "/proc/self/task";

/** A clock that runs from its making on. */
export class Stopwatch {
  readonly #startedMs = performance.now();
  readonly #waitedBefore = waits();

  /** All that has passed, in milliseconds: at least that long it took. */
  get passedMs(): number {
    return performance.now() - this.#startedMs;
  }

  /**
   * What has passed, less what this thread was ready to run and waited for a processor, and what the one other thread did
   * so that waited longest, in milliseconds: files and the memory are the work of other threads, for which this one then
   * waits. No longer than that it would have taken on a machine with nothing else to do. Where the kernel doesn't say (it
   * does on Linux), nothing is taken off.
   */
  get ownMs(): number {
    const { passedMs } = this;
    const own = ownThread();
    let [ownLateMs, othersLateMs] = [0, 0];
    for (const [thread, ms] of waits()) {
      const lateMs = ms - (this.#waitedBefore.get(thread) ?? 0);
      if (thread === own) ownLateMs = lateMs;
      // Not all together: tests of other files are among them.
      else othersLateMs = Math.max(othersLateMs, lateMs);
    }
    return Math.max(0, passedMs - ownLateMs - othersLateMs);
  }
}

/** The thread that asks, by the name of its folder. */
function ownThread(): string | undefined {
  try {
    return readlinkSync("/proc/thread-self").split("/").at(-1);
  } catch {
    // No Linux.
    return undefined;
  }
}

/** How long each thread has waited for a processor so far, in milliseconds. */
function waits(): Map<string, number> {
  const waited = new Map<string, number>();
  let threads: string[];
  try {
    threads = readdirSync(THREADS);
  } catch {
    // No Linux.
    return waited;
  }
  for (const thread of threads) {
    try {
      // Time on a processor, time waiting for one, and how often it had one.
      const ns = Number(readFileSync(`${THREADS}/${thread}/schedstat`, "latin1").split(" ")[1]);
      if (Number.isFinite(ns)) waited.set(thread, ns / NS);
    } catch {
      // It has ended.
    }
  }
  return waited;
}
