/**
 * Everything in a folder of JavaScript: one file for what every start needs, and one for each part that is loaded on
 * first use, so that the AWS SDK costs only those who use it.
 *
 * @module
 */
import { join } from "node:path";
import { BuildError } from "./build_error.ts";
import { lastWords, run } from "./program.ts";

/** A bundle. */
export interface Bundle {
  /** Names of the files, the entry first. */
  files: string[];
  /** Bytes that every start loads, and all bytes. */
  eagerBytes: number;
  totalBytes: number;
  /** Names of the files that every start loads. */
  eager: string[];
}

const BUNDLE_MS = 5 * 60_000;
const ENTRY = "main.js";
/** A static import or re-export in the output of the bundler. */
const STATIC = /(?:^|[;\n])\s*(?:import|export)\b[^;"'()]*?["'](\.\/[^"']+\.js)["']/g;

/** Bundles `main.ts` of the repository at `root` into `folder` with the Deno that runs this. */
export async function bundle(root: string, folder: string, env: Record<string, string>): Promise<Bundle> {
  const args = ["bundle", "--quiet", "--code-splitting", "--outdir", folder, "main.ts"];
  const bundled = await run(Deno.execPath(), args, { cwd: root, env, timeoutMs: BUNDLE_MS });
  if (bundled.status !== 0) throw new BuildError(`main.ts can't be bundled:\n${lastWords(bundled)}`);
  const texts = new Map<string, string>();
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith(".js")) texts.set(name, await Deno.readTextFile(join(folder, name)));
  }
  if (!texts.has(ENTRY)) throw new BuildError(`the bundler wrote no ${ENTRY} into ${folder}`);
  const eager = eagerFiles(texts);
  const bytes = (names: Iterable<string>) => [...names].reduce((sum, name) => sum + texts.get(name)!.length, 0);
  return {
    files: [ENTRY, ...[...texts.keys()].filter((name) => name !== ENTRY).sort()],
    eager,
    eagerBytes: bytes(eager),
    totalBytes: bytes(texts.keys()),
  };
}

/** The entry and all that it imports statically, directly or not. */
function eagerFiles(texts: ReadonlyMap<string, string>): string[] {
  const eager = [ENTRY];
  for (const name of eager) {
    for (const match of (texts.get(name) ?? "").matchAll(STATIC)) {
      const imported = match[1]!.slice(2);
      if (texts.has(imported) && !eager.includes(imported)) eager.push(imported);
    }
  }
  return eager;
}
