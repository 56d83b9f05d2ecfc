/**
 * Options of commands: every unknown one is refused with the nearest known one.
 *
 * @module
 */
import { parseArgs } from "@std/cli";
import { nearest } from "../plugin/nearest.ts";
import { UsageError } from "./command.ts";

/** Which options a command has. */
export interface OptionNames {
  string?: readonly string[];
  boolean?: readonly string[];
  /** Those that may be given several times, each with a value. */
  list?: readonly string[];
  /** Names of the arguments, for the message when one is missing. A name ending in `?` may be left out. */
  args?: readonly string[];
}

/** The parsed options and arguments. */
export interface Options {
  string(name: string): string | undefined;
  boolean(name: string): boolean;
  list(name: string): string[];
  args: string[];
}

/** Parses the arguments of a command. Throws a {@linkcode UsageError}. */
export function readOptions(command: string, argv: readonly string[], names: OptionNames): Options {
  const known = [...names.string ?? [], ...names.boolean ?? [], ...names.list ?? []];
  const alias: Record<string, string> = known.includes("config") ? { c: "config" } : {};
  const parsed = parseArgs(argv, {
    string: [...names.string ?? [], ...names.list ?? [], "_"],
    collect: [...names.list ?? []],
    boolean: names.boolean ?? [],
    alias,
    unknown: (arg, key) => {
      if (key === undefined) return true;
      const meant = nearest(key, known);
      throw new UsageError(
        `baton ${command} has no option ${arg.split("=")[0]}${meant ? `; did you mean --${meant}?` : ""} ` +
          `(see baton help ${command})`,
      );
    },
  });
  const args = parsed._.map(String);
  const wanted = names.args ?? [];
  const missing = wanted.find((name, index) => !name.endsWith("?") && args[index] === undefined);
  if (missing !== undefined) throw new UsageError(`baton ${command} needs ${missing} (see baton help ${command})`);
  if (args.length > wanted.length) {
    throw new UsageError(
      `baton ${command} takes no ${JSON.stringify(args[wanted.length])} (see baton help ${command})`,
    );
  }
  for (const name of names.string ?? []) {
    if (parsed[name] === "") throw new UsageError(`--${name} needs a value (see baton help ${command})`);
  }
  return {
    string: (name) => parsed[name] as string | undefined,
    boolean: (name) => parsed[name] === true,
    list: (name) => (parsed[name] as unknown as string[] | undefined) ?? [],
    args,
  };
}
