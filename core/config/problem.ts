/**
 * What is wrong with a configuration file: all of it at once, one line each, with its place.
 *
 * @module
 */

import { explained } from "../plugin/explained.ts";
import { FAULT_CODES, type FaultCode } from "../plugin/fault.ts";

/** A place in the file. Lines and columns are counted from 1. */
export interface Place {
  line: number;
  column: number;
  /** The keys that lead there, joined with dots. Empty for the file as a whole. */
  keyPath: string;
}

/** One thing that is wrong. */
export interface Problem extends Place {
  /** The file as the caller named it. */
  file: string;
  /** What is wrong, and what would be right, without a line break. */
  message: string;
  /** The number that `baton explain` takes. */
  code: FaultCode;
}

/** The line that an operator reads and an editor can jump to: `file:line:column: key.path: sentence (explain 301)`. */
export function problemLine(problem: Problem): string {
  const key = problem.keyPath === "" ? "" : `${problem.keyPath}: `;
  return explained(`${problem.file}:${problem.line}:${problem.column}: ${key}${problem.message}`, problem.code);
}

/** A configuration that must not start an agent. */
export class ConfigError extends Error {
  override name = "ConfigError";
  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(problemLine).join("\n"));
  }

  /** One line for each problem. */
  override toString(): string {
    return this.message;
  }
}

/** Collects the problems of one file. */
export class Problems {
  readonly #found: Problem[] = [];
  constructor(readonly file: string) {}

  /** `code`: what kind of problem it is; left out, a key or a value by itself is wrong. */
  add(place: Place, message: string, code: FaultCode = FAULT_CODES.fileValue): void {
    // Sentences may quote what was written or what a library said; one problem stays one line whatever that holds.
    // deno-lint-ignore no-control-regex -- control characters are what has to go.
    const line = message.replace(/[\x00-\x1f\x7f\u2028\u2029]+/g, " ");
    this.#found.push({
      file: this.file,
      line: place.line,
      column: place.column,
      keyPath: place.keyPath,
      message: line,
      code,
    });
  }

  get count(): number {
    return this.#found.length;
  }

  /** Throws when there is a problem; all of them are in the error, in the order of the file. */
  throwIfAny(): void {
    if (this.count === 0) return;
    throw new ConfigError(this.#found.toSorted((a, b) => a.line - b.line || a.column - b.column));
  }
}
