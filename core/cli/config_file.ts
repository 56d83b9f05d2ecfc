/**
 * The configuration a command works with.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { builtIns, families } from "../../plugins/mod.ts";
import type { ClusterConfig } from "../config/config.ts";
import { pluginLoader } from "../config/context.ts";
import { loadConfig } from "../config/load.ts";
import { DropIns } from "../host/drop_ins.ts";
import { createOs } from "../os/mod.ts";
import type { PluginLog } from "../plugin/contract.ts";
import { dropInDirs } from "../plugin/loader.ts";
import { FAULT_CODES } from "../plugin/fault.ts";
import { UsageError } from "./command.ts";

/** Where the file is looked for when it is not named. */
export const DEFAULT_PATHS = ["cluster.yaml", "/etc/baton/cluster.yaml"] as const;

/**
 * Loads the file that was named, or the first of {@linkcode DEFAULT_PATHS} that exists. The drop-ins of the result can be
 * called as long as `dropIns` lives; left out: not at all.
 */
export async function openConfig(path: string | undefined, dropIns?: DropIns): Promise<ClusterConfig> {
  const found = await configPath(path);
  const executable = Deno.build.standalone ? Deno.execPath() : undefined;
  const hosts = dropIns ?? new DropIns({ log: () => SILENT });
  try {
    return await loadConfig(found, {
      plugins: pluginLoader({
        builtIns,
        families: families(createOs()),
        dropInDirs: dropInDirs(found, executable),
        load: hosts.load,
      }),
    });
  } finally {
    if (hosts !== dropIns) await hosts.close();
  }
}

/** Who only reads a file does not want to know what drop-ins print. */
export const SILENT: PluginLog = { debug: () => {}, info: () => {}, warn: () => {} };

/** The file that was named, or the first of {@linkcode DEFAULT_PATHS} that exists. */
export async function configPath(named: string | undefined): Promise<string> {
  if (named !== undefined) return named;
  for (const path of DEFAULT_PATHS) {
    if (await Deno.stat(path).then(({ isFile }) => isFile, () => false)) return path;
  }
  throw new UsageError(
    `there is no ${DEFAULT_PATHS.join(" and no ")}; name the file with -c FILE`,
    FAULT_CODES.fileText,
  );
}

/**
 * The file beside which drop-ins are looked for by commands that need no file: the one that was named, else the first of
 * `paths` that exists or has a folder `plugins` beside it, else the first.
 */
export async function dropInsPath(
  named: string | undefined,
  paths: readonly string[] = DEFAULT_PATHS,
): Promise<string> {
  if (named !== undefined) return named;
  for (const path of paths) {
    for (const one of [path, join(dirname(path), "plugins")]) {
      if (await Deno.stat(one).then(() => true, () => false)) return path;
    }
  }
  return paths[0] ?? DEFAULT_PATHS[0];
}
