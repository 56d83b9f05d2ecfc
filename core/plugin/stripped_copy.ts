/**
 * Imports a drop-in where the runtime knows no TypeScript: the file and all that it imports by relative paths are copied
 * without their types, under the same names, into a folder of their own, imported from there, and removed again.
 *
 * @module
 */
import { dirname, join, parse, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { stripTypes } from "./strip_types.ts";

/** What a drop-in may consist of: more is a mistake, such as an import that leads to a whole project. */
const MAX_FILES = 200;

const TYPESCRIPT = /\.m?ts$/;
const SCRIPT = /\.m?[jt]s$/;
/** Too much (a string that looks like an import) costs a needless copy; the specifiers themselves stay as they are. */
const RELATIVE_IMPORT = /\b(?:from|import)\s*\(?\s*(["'])(\.{1,2}\/[^"'\n]+)\1/g;

/** A file as it will be copied. */
interface Copied {
  /** The original, as it is to appear in messages. */
  href: string;
  content: string | Uint8Array;
  /** Characters put before the first line. */
  shift: number;
}

/**
 * Imports the drop-in that `url` names. What it throws names the original files. The copies lie in `scratch` meanwhile;
 * left out: in the system's folder for such things.
 */
export async function importStripped(url: URL, scratch?: string): Promise<Record<string, unknown>> {
  const files = await gather(url);
  // Plain JavaScript needs no copy.
  if (![...files.keys()].some((path) => TYPESCRIPT.test(path))) return await import(url.href);
  const folder = await Deno.makeTempDir({
    prefix: "baton-dropin-",
    ...(scratch === undefined ? {} : { dir: scratch }),
  });
  const copies = new Map<string, Copied>();
  try {
    for (const [path, file] of files) {
      const { root } = parse(path);
      // The whole path is kept, so that "../" leads to the right copy; a drive becomes a folder.
      const copy = join(folder, root.replaceAll(/[^a-z]/gi, ""), relative(root, path));
      await Deno.mkdir(dirname(copy), { recursive: true });
      if (typeof file.content === "string") await Deno.writeTextFile(copy, file.content);
      else await Deno.writeFile(copy, file.content);
      copies.set(pathToFileURL(copy).href, file);
    }
    const [first] = copies.keys();
    return await import(first!);
  } catch (error) {
    throw named(error, copies, pathToFileURL(folder).href);
  } finally {
    await Deno.remove(folder, { recursive: true }).catch(() => {});
  }
}

/** The drop-in and all files that it imports by relative paths, for those who look whether one of them has changed. */
export async function importedFiles(file: string): Promise<string[]> {
  const files = new Set<string>([file]);
  for (const path of files) {
    if (files.size > MAX_FILES) break;
    if (!SCRIPT.test(path)) continue;
    const source = await Deno.readTextFile(path).catch(() => "");
    for (const match of source.matchAll(RELATIVE_IMPORT)) {
      files.add(fileURLToPath(new URL(match[2]!, pathToFileURL(path))));
    }
  }
  return [...files].slice(0, MAX_FILES);
}

/** The file and what it imports, each once, in the order in which they are met. */
async function gather(url: URL): Promise<Map<string, Copied>> {
  const files = new Map<string, Copied>();
  const waiting = [url];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const path = fileURLToPath(next);
    if (files.has(path)) continue;
    if (files.size === MAX_FILES) throw new Error(`it imports more than ${MAX_FILES} files`);
    const copied = await read(path, next);
    if (copied === undefined) continue;
    files.set(path, copied);
    if (typeof copied.content !== "string") continue;
    for (const match of copied.content.matchAll(RELATIVE_IMPORT)) waiting.push(new URL(match[2]!, next));
  }
  return files;
}

async function read(path: string, url: URL): Promise<Copied | undefined> {
  try {
    if (!SCRIPT.test(path)) return { href: url.href, content: await Deno.readFile(path), shift: 0 };
    const source = await Deno.readTextFile(path);
    const code = TYPESCRIPT.test(path) ? await stripTypes(source, url.href) : source;
    // Where the copy lies is nobody's business: files beside the drop-in are found by these.
    const meta = { url: url.href, filename: path, dirname: dirname(path) };
    const prefix = `Object.assign(import.meta, ${JSON.stringify(meta)});`;
    return { href: url.href, content: prefix + code, shift: prefix.length };
  } catch (error) {
    // What is missing is said by the import itself, if it is an import at all.
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.IsADirectory) return undefined;
    throw error;
  }
}

/** The error with the original files, lines and columns in place of those of the copies. */
function named(error: unknown, copies: ReadonlyMap<string, Copied>, folder: string): unknown {
  if (!(error instanceof Error)) return error;
  const original = (text: string) => {
    for (const [copy, { href, shift }] of copies) {
      const [start, ...rest] = text.split(copy);
      text = start + rest.map((after) => href + after.replace(/^:1:(\d+)/, (_, at) => `:1:${at - shift}`)).join("");
    }
    // What is missing was not copied.
    return text.replaceAll(folder, "file://");
  };
  const stack = original(error.stack ?? "");
  error.message = original(error.message);
  error.stack = stack;
  return error;
}
