/**
 * Type names to plugins: the built-in table, then the drop-in folders.
 *
 * @module
 */
import type { FencePlugin, MonitorPlugin, Plugin, PluginKind, QuorumPlugin, ResourcePlugin } from "./contract.ts";
import { dropInFiles, importDropIn } from "./loader.ts";
import { nearest } from "./nearest.ts";
import { PluginError } from "./plugin_error.ts";
import { DEFAULT_SETTINGS, type PluginSettings } from "./settings.ts";
import { checkShape } from "./shape.ts";

/** The plugin of a kind. */
export type PluginOf<Kind extends PluginKind> =
  // deno-lint-ignore no-explicit-any -- option types differ from plugin to plugin; each is only called with its own.
  Kind extends "resource" ? ResourcePlugin<any>
    // deno-lint-ignore no-explicit-any -- as above
    : Kind extends "monitor" ? MonitorPlugin<any>
    // deno-lint-ignore no-explicit-any -- as above
    : Kind extends "quorum" ? QuorumPlugin<any>
    // deno-lint-ignore no-explicit-any -- as above
    : FencePlugin<any>;

/** Loads a module whose default export is a plugin. */
export type PluginModule = () => Promise<{ default: Plugin }>;

/** The built-in types of each kind, loaded on first use. */
export type PluginTable = Readonly<Record<PluginKind, Readonly<Record<string, PluginModule>>>>;

/** Where types come from. */
export interface PluginSources {
  builtIns: PluginTable;
  /** Folders that hold `NAME.ts`, `NAME.js` or `NAME.mjs`. Folders that don't exist hold nothing. */
  dropInDirs: readonly string[];
  /** Types that are found by a prefix, as in `ocf:heartbeat:Dummy`, by that prefix. */
  families?: Readonly<Record<string, PluginFamily>>;
  /** Loads a drop-in; left out: into this process, which an agent must not. */
  load?: DropInLoader;
}

/** Makes the plugin of a type whose name begins with the prefix of the family. Throws a {@linkcode PluginError}. */
export type PluginFamily = (type: string, kind: PluginKind) => Promise<Plugin>;

/** Loads the drop-in in `file` and checks that it is one of `kind`. Throws a {@linkcode PluginError}. */
export type DropInLoader = (
  type: string,
  kind: PluginKind,
  file: string,
  settings: PluginSettings,
) => Promise<Plugin>;

/** A type name is a file name, so it must not be able to leave its folder or differ by case only. */
export const TYPE_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Loads the plugin that `type` names and checks that it is one of `kind`. Throws a {@linkcode PluginError}. */
export async function loadPlugin<Kind extends PluginKind>(
  type: string,
  kind: Kind,
  sources: PluginSources,
  settings: PluginSettings = DEFAULT_SETTINGS,
): Promise<PluginOf<Kind>> {
  const [prefix = "", ...rest] = type.split(":");
  const family = rest.length > 0 && Object.hasOwn(sources.families ?? {}, prefix)
    ? sources.families![prefix]
    : undefined;
  if (family !== undefined) return await family(type, kind) as PluginOf<Kind>;
  if (!TYPE_NAME.test(type)) {
    throw new PluginError(
      type,
      `${JSON.stringify(type)} can't be a type name: use lower case letters, digits and dashes, as in aws-vip` +
        (prefix === "ocf" ? "; agents of OCF can't be used here" : ""),
    );
  }
  const files = await dropInFiles(type, sources.dropInDirs);
  const [file, second] = files;
  const builtIn = Object.hasOwn(sources.builtIns[kind], type) ? sources.builtIns[kind][type] : undefined;
  if (builtIn !== undefined) {
    if (file === undefined) return (await builtIn()).default as PluginOf<Kind>;
    throw new PluginError(type, `${type} is a built-in ${kind} type, so ${file} is never used: rename the file`, {
      file,
    });
  }
  if (file === undefined) throw unknownType(type, kind, sources);
  if (second !== undefined) {
    throw new PluginError(type, `two files claim the type ${type}: ${file} and ${second}; remove one of them`, {
      file,
    });
  }
  if (sources.load) return await sources.load(type, kind, file, settings) as PluginOf<Kind>;
  const { value } = await importDropIn(type, file);
  checkShape(type, kind, value, file);
  return value as PluginOf<Kind>;
}

function unknownType(type: string, kind: PluginKind, sources: PluginSources): PluginError {
  const known = Object.keys(sources.builtIns[kind]).sort();
  const elsewhere = (Object.keys(sources.builtIns) as PluginKind[])
    .find((other) => other !== kind && Object.hasOwn(sources.builtIns[other], type));
  if (elsewhere !== undefined) {
    return new PluginError(type, `${type} is a ${elsewhere} type, not a ${kind} type: use one of ${known.join(", ")}`);
  }
  const meant = nearest(type, known);
  const hint = meant ? `did you mean ${meant}?` : `built in are ${known.join(", ")}`;
  const looked = sources.dropInDirs.length === 0
    ? ""
    : `; no ${type}.ts, .js or .mjs in ${sources.dropInDirs.join(", ")}`;
  return new PluginError(type, `there is no ${kind} type ${type}: ${hint}${looked}`);
}
