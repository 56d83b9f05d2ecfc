/**
 * A `cluster.yaml` on disk.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { dirname, join, resolve } from "node:path";
import { FAULT_CODES } from "../plugin/fault.ts";
import { type ClusterFile, readCluster } from "./cluster.ts";
import type { ClusterConfig } from "./config.ts";
import type { PluginLoader } from "./context.ts";
import { MAX_FILE_BYTES } from "./document.ts";
import { ConfigError } from "./problem.ts";

/** Options of {@linkcode loadConfig}. */
export interface LoadOptions {
  plugins: PluginLoader;
  /** The server that asks. When it is not in the file, that is a problem of the file. */
  server?: string;
}

/**
 * Reads and checks a file. Throws a {@linkcode ConfigError} with everything that is wrong with it; nothing else is ever
 * thrown because of what the file holds.
 */
export async function loadConfig(path: string, options: LoadOptions): Promise<ClusterConfig> {
  const bytes = await readBytes(path);
  const absolute = resolve(path);
  const file: ClusterFile = {
    label: path,
    path: absolute,
    baseDir: dirname(absolute),
    text: decode(path, bytes),
    digest: await sha256(bytes),
    defaultStateDir: defaultStateDir(Deno.build.os, (name) => Deno.env.get(name)),
    ...(options.server === undefined ? {} : { server: options.server }),
  };
  return await readCluster(file, options.plugins);
}

/** Where state is kept when the file does not say. */
export function defaultStateDir(os: typeof Deno.build.os, env: (name: string) => string | undefined): string {
  return os === "windows" ? join(env("ProgramData") ?? "C:\\ProgramData", "baton") : "/var/lib/baton";
}

async function readBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  let file: Deno.FsFile;
  try {
    if (!(await Deno.stat(path)).isFile) throw broken(path, "is no file; give the path of a cluster.yaml");
    file = await Deno.open(path);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const said = error instanceof Deno.errors.NotFound
      ? "does not exist"
      : `can't be read (${(error as Error).message})`;
    throw broken(path, `${said}; give the path of a cluster.yaml`);
  }
  using opened = file;
  const bytes = new Uint8Array(MAX_FILE_BYTES + 1);
  let length = 0;
  while (length < bytes.length) {
    const count = await opened.read(bytes.subarray(length));
    if (count === null) break;
    length += count;
  }
  if (length > MAX_FILE_BYTES) throw broken(path, `is larger than ${MAX_FILE_BYTES / 1024} KiB; is it a cluster.yaml?`);
  return bytes.slice(0, length);
}

function decode(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw broken(path, "is not UTF-8 text; save it with the encoding UTF-8");
  }
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return Buffer.from(await crypto.subtle.digest("SHA-256", bytes)).toString("hex");
}

function broken(path: string, message: string): ConfigError {
  return new ConfigError([{ file: path, line: 1, column: 1, keyPath: "", message, code: FAULT_CODES.fileText }]);
}
