/**
 * What still runs of a group on a server that has released it. A stop script that says that it has stopped is believed,
 * also after a start that failed half-way: some services live on by intent (a cache, a log shipper), so nothing is
 * killed for it. But an operator should know: it may be the service itself, twice.
 *
 * @module
 */
import type { Os } from "../os/os.ts";
import { elapsed } from "./bounded.ts";

/** What was told to end may need so long to be gone. In milliseconds. */
const ENDING_MS = 1_000;
/** More than these are counted, not named. */
const MAX_NAMED = 5;

/** Whose processes are looked for. */
export interface Released {
  group: string;
  /** On this server. */
  server: string;
  /** Carried by every process that was started for the group, see `marked_processes.ts`. */
  mark: string;
}

/**
 * The processes that carry a mark now and still do after `endingMs`, by name and number; none where that can't be told, or
 * when `signal` has aborted.
 */
export async function lasting(
  mark: string,
  os: Pick<Os, "marked">,
  signal: AbortSignal,
  endingMs = ENDING_MS,
): Promise<string[]> {
  try {
    const early = await os.marked(mark, signal);
    if (early.length === 0 || !await elapsed(endingMs, signal)) return [];
    const late = await os.marked(mark, signal);
    return signal.aborted ? [] : early.filter((process) => late.includes(process));
  } catch {
    // A machine that shows no processes: nothing is known, and nothing hangs on it.
    return [];
  }
}

/** Processes in words, the first of them by name. */
export function named(processes: readonly string[]): string {
  const more = processes.length > MAX_NAMED ? ` and ${processes.length - MAX_NAMED} more` : "";
  return `${processes.slice(0, MAX_NAMED).join(", ")}${more}`;
}

/**
 * Looks twice, and resolves with what an operator should know, a sentence without its full stop; null: nothing runs, or
 * it can't be told, or `signal` has aborted because the group is being started again.
 */
export async function straysOf(
  { group, server, mark }: Released,
  os: Pick<Os, "marked">,
  signal: AbortSignal,
  endingMs = ENDING_MS,
): Promise<string | null> {
  const left = await lasting(mark, os, signal, endingMs);
  if (left.length === 0) return null;
  return `${group} is down on ${server}, but what was started for it still runs: ${
    named(left)
  }; if it should not, let ` +
    "the stop script end it";
}
