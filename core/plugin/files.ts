import { Fault, FAULT_CODES } from "./fault.ts";
import type { FileFacts, FilesHelper } from "./helpers.ts";

/** The largest file that is read, in bytes. */
const MAX_READ_BYTES = 1024 * 1024;

/** The files of a plugin's context. What is not allowed, or broken, is an uncertain {@linkcode Fault}. */
export function filesOf(signal: AbortSignal): FilesHelper {
  return {
    stat: (path) => attempt(signal, path, () => factsOf(path)),
    read: (path) => attempt(signal, path, () => readText(path, signal)),
    write: async (path, text) => {
      await attempt(signal, path, () => replaceFile(path, text, signal));
    },
  };
}

/** Writes a file beside `path` and puts it in its place. */
export async function replaceFile(path: string, text: string, signal?: AbortSignal): Promise<null> {
  const beside = `${path}.${crypto.randomUUID().slice(0, 8)}.new`;
  try {
    await Deno.writeTextFile(beside, text, { mode: 0o600, ...(signal === undefined ? {} : { signal }) });
    await Deno.rename(beside, path);
  } catch (error) {
    await Deno.remove(beside).catch(() => {});
    throw error;
  }
  return null;
}

async function factsOf(path: string): Promise<FileFacts> {
  const { isFile, isDirectory, size, mtime } = await Deno.stat(path);
  return { kind: isFile ? "file" : isDirectory ? "folder" : "other", size, modifiedMs: mtime?.getTime() ?? 0 };
}

async function readText(path: string, signal: AbortSignal): Promise<string> {
  const { isFile, size } = await Deno.stat(path);
  // A pipe or a device may never end, and says that it is empty.
  if (!isFile) throw new Error("it is no file");
  if (size > MAX_READ_BYTES) throw new Error(`it has ${size} bytes; at most ${MAX_READ_BYTES} are read`);
  return await Deno.readTextFile(path, { signal });
}

async function attempt<T>(signal: AbortSignal, path: string, work: () => Promise<T>): Promise<T | null> {
  signal.throwIfAborted();
  try {
    return await work();
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof Deno.errors.NotFound) return null;
    throw fileFault(path, error);
  }
}

function fileFault(path: string, error: unknown): Fault {
  const details = { uncertain: true, cause: error };
  if (error instanceof Deno.errors.NotCapable) {
    return new Fault(FAULT_CODES.internal, `a drop-in may not use ${path}`, {
      ...details,
      remedy:
        "what it may read stands in cluster.yaml: plugins: { TYPE: { allow: { read: [...] } } }; it writes only " +
        "into its own folder",
    });
  }
  const said = error instanceof Error ? error.message : String(error);
  return new Fault(FAULT_CODES.internal, `${path} can't be used: ${said}`, { ...details, remedy: "check its rights" });
}
