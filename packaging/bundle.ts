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
/** What else is started by its name: the thread of the host of drop-ins. */
const THREAD = "core/host/worker";
/** A static import or re-export in the output of the bundler. */
const STATIC = /(?:^|[;\n])\s*(?:import|export)\b[^;"'()]*?["'](\.\/[^"']+\.js)["']/g;

/** Bundles `main.ts` of the repository at `root` into `folder` with the Deno that runs this. */
export async function bundle(root: string, folder: string, env: Record<string, string>): Promise<Bundle> {
  const args = ["bundle", "--quiet", "--code-splitting", "--outdir", folder, "main.ts", `${THREAD}.ts`];
  const bundled = await run(Deno.execPath(), args, { cwd: root, env, timeoutMs: BUNDLE_MS });
  if (bundled.status !== 0) throw new BuildError(`main.ts can't be bundled:\n${lastWords(bundled)}`);
  const texts = new Map<string, string>();
  for (const name of await scriptsIn(folder)) texts.set(name, await Deno.readTextFile(join(folder, name)));
  for (const name of [ENTRY, `${THREAD}.js`]) {
    if (!texts.has(name)) throw new BuildError(`the bundler wrote no ${name} into ${folder}`);
  }
  const eager = eagerFiles(texts);
  const bytes = (names: Iterable<string>) => [...names].reduce((sum, name) => sum + texts.get(name)!.length, 0);
  return {
    files: [ENTRY, ...[...texts.keys()].filter((name) => name !== ENTRY).sort()],
    eager,
    eagerBytes: bytes(eager),
    totalBytes: bytes(texts.keys()),
  };
}

/** The scripts in a folder and the folders in it, by their paths with slashes. */
async function scriptsIn(folder: string, within = ""): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(folder, within))) {
    if (isDirectory) names.push(...await scriptsIn(folder, `${within}${name}/`));
    else if (name.endsWith(".js")) names.push(within + name);
  }
  return names;
}

/** The entry, what it starts (the command line, or a host), and all that these import statically, directly or not. */
function eagerFiles(texts: ReadonlyMap<string, string>): string[] {
  const started = [...(texts.get(ENTRY) ?? "").matchAll(/\bimport\("\.\/([^"]+\.js)"\)/g)].map((match) => match[1]!);
  const eager = [ENTRY, ...started];
  for (const name of eager) {
    for (const match of (texts.get(name) ?? "").matchAll(STATIC)) {
      const imported = match[1]!.slice(2);
      if (texts.has(imported) && !eager.includes(imported)) eager.push(imported);
    }
  }
  return eager;
}
