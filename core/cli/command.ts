/**
 * What a command is, and how commands talk: results on standard output, everything else on standard error; exit status 0
 * when it worked, 1 when it did not, 2 when it was asked wrongly.
 *
 * @module
 */

import { FAULT_CODES, type FaultCode } from "../plugin/fault.ts";

/** A command of `baton`. */
export interface Command {
  name: string;
  /** One line for `baton help`. */
  summary: string;
  /** The text of `baton help NAME`. */
  help: string;
  /** Resolves with the exit status. */
  run(args: string[]): Promise<number>;
}

/** The arguments can't be understood: a sentence that says what would be right. Ends with exit status 2. */
export class UsageError extends Error {
  override name = "UsageError";
  constructor(message: string, readonly code: FaultCode = FAULT_CODES.arguments) {
    super(message);
  }
}

/** It was asked rightly but does not work: a sentence. Ends with exit status 1. */
export class WorkError extends Error {
  override name = "WorkError";
  constructor(message: string, readonly code: FaultCode = FAULT_CODES.refused) {
    super(message);
  }
}

/**
 * Prints a result. Whoever reads it may have seen enough (`baton status | head`): then the rest is for nobody, and no
 * error. Throws a {@linkcode WorkError} where it can't be written otherwise.
 */
export function print(text: string): void {
  try {
    console.log(text);
  } catch (thrown) {
    if (isGone(thrown)) return;
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new WorkError(`the result can't be written: ${why}`, FAULT_CODES.output);
  }
}

/** Prints anything that is not the result; where that can't be, nobody is left to be told. */
export function tell(text: string): void {
  try {
    console.error(text);
  } catch {
    // The exit status says the rest.
  }
}

/** Nobody reads at the other end of the pipe any more. */
function isGone(thrown: unknown): boolean {
  return thrown instanceof Deno.errors.BrokenPipe || (thrown as { code?: string } | null)?.code === "EPIPE";
}
