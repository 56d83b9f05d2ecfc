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

/** Prints a result. */
export function print(text: string): void {
  console.log(text);
}

/** Prints anything that is not the result. */
export function tell(text: string): void {
  console.error(text);
}
