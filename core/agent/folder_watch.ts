/**
 * Looks whether the state folder is still there and takes something, all the time and not only when a vote has to be
 * remembered: then it would be too late, because an agent that can't remember has to end.
 *
 * @module
 */
import { join } from "node:path";
import { error, info, type Reason } from "../cluster/reasons.ts";
import { bounded, elapsed } from "./bounded.ts";

/** Between two looks, and for one of them. In milliseconds. */
const INTERVAL_MS = 10_000;
const LOOK_MS = 5_000;
/** What is written at each look: more than fits beside the name of a file. In bytes. */
const PROBE_BYTES = 8_192;

const GONE = "it, or what was in it, was deleted or moved away";

/** The watch over one folder. */
export class FolderWatch {
  /** What is wrong with it, a sentence without its full stop; null while all is well. */
  problem: string | null = null;
  #identity: string | null = null;

  constructor(private readonly dir: string, private readonly intervalMs = INTERVAL_MS) {}

  /** Looks until `signal` aborts; tells what changes. */
  async watch(note: (reasons: Reason[]) => void, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const problem = await this.#look(signal);
      if (signal.aborted) return;
      if (problem !== this.problem) note([told(this.dir, problem)]);
      this.problem = problem;
      await elapsed(this.intervalMs, signal);
    }
  }

  async #look(signal: AbortSignal): Promise<string | null> {
    try {
      return await bounded(signal, LOOK_MS, () => this.#probe());
    } catch (thrown) {
      return thrown instanceof DOMException && thrown.name === "TimeoutError"
        ? `it does not answer within ${LOOK_MS / 1_000} s`
        : thrown instanceof Error
        ? thrown.message
        : String(thrown);
    }
  }

  async #probe(): Promise<string | null> {
    // The agent holds this file open and locked from its start on, so another one is another folder.
    const lock = await Deno.lstat(join(this.dir, "lock")).catch(missing);
    if (lock === null) return GONE;
    const identity = `${lock.dev} ${lock.ino}`;
    this.#identity ??= identity;
    if (identity !== this.#identity) return "another one lies in its place";
    const path = join(this.dir, "probe");
    try {
      await Deno.remove(path).catch(missing);
      await Deno.writeFile(path, new Uint8Array(PROBE_BYTES), { createNew: true, mode: 0o600 });
      return null;
    } catch (thrown) {
      // Since the look at the lock.
      if (thrown instanceof Deno.errors.NotFound) return GONE;
      return `nothing can be written there (${thrown instanceof Error ? thrown.message : thrown})`;
    } finally {
      await Deno.remove(path).catch(() => {});
    }
  }
}

function told(dir: string, problem: string | null): Reason {
  if (problem === null) return info("state-folder", `The state folder ${dir} can be used again.`);
  return error(
    "state-folder",
    `The state folder ${dir} is not well: ${problem}. This server ends when it can't remember its next vote, and its ` +
      "groups then go down here: move them away and repair it.",
  );
}

function missing(thrown: unknown): null {
  if (thrown instanceof Deno.errors.NotFound) return null;
  throw thrown;
}
