/** Options of {@linkcode parseArgs}, the part of `@std/cli` that Baton uses. */
export interface ParseOptions {
  /** Names that are always strings. */
  string?: readonly string[];
  /** Names that are always booleans. */
  boolean?: readonly string[];
  /** Names that may be given more than once; their values are collected in an array. */
  collect?: readonly string[];
  /** Short names, each with its long one. */
  alias?: Record<string, string>;
  /** Values of names that were not given. */
  default?: Record<string, unknown>;
  /** When true, everything after `--` is left in `"--"`. */
  "--"?: boolean;
  /** When true, everything after the first non-option is left in `_`. */
  stopEarly?: boolean;
  /** Called for every unknown name; returning false keeps it out of the result. */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** The parsed arguments: every option by its name, the rest in `_`. */
export interface Args extends Record<string, unknown> {
  _: Array<string | number>;
}

/** Parses command-line arguments. */
export function parseArgs(args: readonly string[], options?: ParseOptions): Args;
