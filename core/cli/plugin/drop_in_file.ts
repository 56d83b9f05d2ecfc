/**
 * A drop-in by its file, loaded into a host of its own.
 *
 * @module
 */
import { basename, resolve } from "node:path";
import type { DropIns } from "../../host/drop_ins.ts";
import type { Plugin, PluginKind } from "../../plugin/contract.ts";
import { TYPE_NAME } from "../../plugin/registry.ts";
import type { PluginSettings } from "../../plugin/settings.ts";
import { UsageError } from "../command.ts";
import { FAULT_CODES } from "../../plugin/fault.ts";

const KINDS: readonly PluginKind[] = ["monitor", "resource", "quorum", "fence"];

/** The type that a file defines; undefined when its name is not that of a type. */
export function typeOfFile(file: string): string | undefined {
  const match = /^(.+)\.(?:ts|js|mjs)$/.exec(basename(file));
  return match !== null && TYPE_NAME.test(match[1]!) ? match[1] : undefined;
}

/** Loads a file of whatever kind it is. Throws a `PluginError`, or a {@linkcode UsageError} about its name. */
export async function loadFile(dropIns: DropIns, file: string, settings: PluginSettings): Promise<Plugin> {
  const type = typeOfFile(file);
  if (type === undefined) {
    throw new UsageError(
      `${file} can't be a plugin: its name is that of a type, as in port443.ts, .js or .mjs`,
      FAULT_CODES.fileType,
    );
  }
  const path = resolve(file);
  const kind = await likelyKind(path, file) ?? (await dropIns.describe(type, path)).kind;
  return await dropIns.load(type, kind, path, settings);
}

/** What the text says of its kind, which spares a process; undefined when it has to be asked. */
async function likelyKind(path: string, file: string): Promise<PluginKind | undefined> {
  let source: string;
  try {
    source = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new UsageError(`${file} does not exist`, FAULT_CODES.fileType);
    throw new UsageError(`${path} can't be read: ${(error as Error).message}`, FAULT_CODES.fileType);
  }
  const said = /^ {2}kind: "(\w+)"/m.exec(source)?.[1];
  return KINDS.find((each) => each === said);
}
