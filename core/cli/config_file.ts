/**
 * The configuration a command works with.
 *
 * @module
 */
import { builtIns, families } from "../../plugins/mod.ts";
import type { ClusterConfig } from "../config/config.ts";
import { pluginLoader } from "../config/context.ts";
import { loadConfig } from "../config/load.ts";
import { DropIns } from "../host/drop_ins.ts";
import { createOs } from "../os/mod.ts";
import type { PluginLog } from "../plugin/contract.ts";
import { dropInDirs } from "../plugin/loader.ts";
import { UsageError } from "./command.ts";

/** Where the file is looked for when it is not named. */
export const DEFAULT_PATHS = ["cluster.yaml", "/etc/baton/cluster.yaml"] as const;

/**
 * Loads the file that was named, or the first of {@linkcode DEFAULT_PATHS} that exists. The drop-ins of the result can be
 * called as long as `dropIns` lives; left out: not at all.
 */
export async function openConfig(path: string | undefined, dropIns?: DropIns): Promise<ClusterConfig> {
  const found = path ?? await firstThere();
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

async function firstThere(): Promise<string> {
  for (const path of DEFAULT_PATHS) {
    if (await Deno.stat(path).then(({ isFile }) => isFile, () => false)) return path;
  }
  throw new UsageError(`there is no ${DEFAULT_PATHS.join(" and no ")}; name the file with -c FILE`);
}
