/**
 * `baton plugin new` and `baton plugin types`.
 *
 * @module
 */
import { join, relative } from "node:path";
import { builtIns } from "../../../plugins/mod.ts";
import type { PluginKind } from "../../plugin/contract.ts";
import { TYPE_NAME } from "../../plugin/registry.ts";
import { print, UsageError, WorkError } from "../command.ts";
import { readOptions } from "../options.ts";
import { FAULT_CODES } from "../../plugin/fault.ts";
import { template, TYPES_FILE } from "./templates.ts";
import types from "./types.json" with { type: "json" };

const KINDS: readonly PluginKind[] = ["monitor", "resource", "quorum", "fence"];

/** Writes a plugin, its test and the types. */
export async function newPlugin(argv: string[]): Promise<number> {
  const options = readOptions("plugin", argv, { string: ["kind", "dir"], args: ["NAME"] });
  const [name = ""] = options.args;
  const kind = KINDS.find((each) => each === (options.string("kind") ?? "monitor"));
  if (kind === undefined) throw new UsageError(`--kind ${options.string("kind")}: it is one of ${KINDS.join(", ")}`);
  if (!TYPE_NAME.test(name)) {
    throw new UsageError(`${name} can't be the name of a type: use lower case letters, digits and dashes`);
  }
  if (Object.values(builtIns).some((table) => Object.hasOwn(table, name))) {
    throw new UsageError(`${name} is a built-in type; choose another name`);
  }
  const dir = options.string("dir") ?? "plugins";
  const { plugin, test, yaml, example } = template(kind, name);
  await Deno.mkdir(dir, { recursive: true });
  // Names of tests have an underscore, which no type has, so they are never taken for one.
  const files = { [join(dir, `${name}.ts`)]: plugin, [join(dir, `${name}_test.ts`)]: test };
  for (const [file, text] of Object.entries(files)) await writeNew(file, text);
  await Deno.writeTextFile(join(dir, TYPES_FILE), typesText());
  const [first, second] = Object.keys(files);
  print([
    `wrote ${first}, ${second} and ${join(dir, TYPES_FILE)}`,
    "",
    "Try it:",
    `  baton plugin test ${first} ${example}`.trimEnd(),
    `  baton plugin test ${first} ${example} --conformance`.replace(/ +/g, " ").replace(/^ /, "  "),
    `  deno test -A ${second}    (or node --test ${second}, from Node 22.18 on)`,
    "",
    "In cluster.yaml:",
    ...yaml.split("\n").map((line) => `  ${line}`),
  ].join("\n"));
  return 0;
}

/** Writes the types anew. */
export async function writeTypes(argv: string[]): Promise<number> {
  const options = readOptions("plugin", argv, { string: ["dir"] });
  const dir = options.string("dir") ?? "plugins";
  await Deno.mkdir(dir, { recursive: true });
  const file = join(dir, TYPES_FILE);
  await Deno.writeTextFile(file, typesText());
  print(`wrote ${relative(".", file)}`);
  return 0;
}

/** The types of the contract as a file that imports nothing. */
export function typesText(): string {
  return `${types.lines.join("\n")}\n`;
}

async function writeNew(file: string, text: string): Promise<void> {
  try {
    await Deno.writeTextFile(file, text, { createNew: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    throw new WorkError(`${file} is there already: choose another name, or remove it first`, FAULT_CODES.output);
  }
}
