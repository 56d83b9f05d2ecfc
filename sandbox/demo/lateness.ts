/**
 * How late the machine under the demo is: how long its processes were ready to run and waited for a processor that others
 * had (the kernel's `schedstat`, Linux only; elsewhere always 0). A step that takes longer by no more than that was slow
 * because of the machine.
 *
 * @module
 */

/** Nanoseconds in a millisecond. */
const NS = 1_000_000;

/** The thread that looks. */
const SELF = "thread-self";

/** Adds up how long processes waited for a processor. */
export class Lateness {
  /** What each process had waited when it was last looked at, in nanoseconds. */
  readonly #waitedNs = new Map<number | typeof SELF, number>();
  #totalNs = 0;

  /** `proc`: where the kernel tells of processes. */
  constructor(private readonly proc = "/proc") {
    this.look();
    this.#totalNs = 0;
  }

  /** Looks at this thread and at processes that run now. Who was never looked at began to wait with its start. */
  look(pids: readonly number[] = []): void {
    for (const pid of [SELF, ...pids] as const) {
      const waitedNs = this.#waited(pid);
      if (waitedNs === undefined) continue;
      this.#totalNs += Math.max(0, waitedNs - (this.#waitedNs.get(pid) ?? 0));
      this.#waitedNs.set(pid, waitedNs);
    }
  }

  /** All together so far, in milliseconds. */
  get totalMs(): number {
    return this.#totalNs / NS;
  }

  #waited(pid: number | typeof SELF): number | undefined {
    try {
      // Time on a processor, time waiting for one, and how often it had one.
      const waitedNs = Number(Deno.readTextFileSync(`${this.proc}/${pid}/schedstat`).split(" ")[1]);
      return Number.isFinite(waitedNs) ? waitedNs : undefined;
    } catch {
      // It has ended, or the kernel does not say.
      return undefined;
    }
  }
}
