/** The examples of the repository, with the built-in types and the drop-in beside them. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { pluginLoader } from "../../../core/config/context.ts";
import { dropInDirs } from "../../../core/plugin/loader.ts";
import { builtIns } from "../../../plugins/mod.ts";

export const EXAMPLES = ["vip.yaml", "eip.yaml", "guide-vip.yaml", "guide-eip.yaml"] as const;

export function examplePath(name: string): string {
  return fileURLToPath(new URL(`../../../examples/${name}`, import.meta.url));
}

export function readExample(name: string): Promise<string> {
  return readFile(examplePath(name), "utf8");
}

/** The loader that the program uses for a file in `examples`. */
export const exampleLoader = pluginLoader({ builtIns, dropInDirs: dropInDirs(examplePath("vip.yaml")) });
