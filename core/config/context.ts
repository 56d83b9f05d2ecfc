/**
 * What the readers of the parts of a file share.
 *
 * @module
 */
import type { PluginKind } from "../plugin/contract.ts";
import { loadPlugin, type PluginOf, type PluginSources } from "../plugin/registry.ts";
import type { PluginSettings } from "../plugin/settings.ts";
import type { Names } from "./names.ts";
import type { Owned } from "./owned.ts";
import type { ReadContext } from "./shape/read.ts";

/** Finds the plugin of a type. What it throws becomes a problem of the file, with its message. */
export type PluginLoader = <Kind extends PluginKind>(
  type: string,
  kind: Kind,
  settings?: PluginSettings,
) => Promise<PluginOf<Kind>>;

/** The loader of the built-in types and the drop-in folders. */
export function pluginLoader(sources: PluginSources): PluginLoader {
  return (type, kind, settings) => loadPlugin(type, kind, sources, settings);
}

/** What the readers of the parts of a file share. */
export interface FileContext extends ReadContext {
  plugins: PluginLoader;
  /** What the file says of the type of a drop-in. */
  settings(type: string): PluginSettings;
  /** The names of all servers. */
  servers: readonly string[];
  /** The names that must be unique in the cluster. */
  names: Names;
  /** What each server has for itself. */
  owned: Owned;
  /** Sentences with their key path, for `ClusterConfig.warnings`. */
  warnings: string[];
}
