/**
 * Drop-ins: plugin files that an operator puts beside `cluster.yaml` or beside the executable.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { PluginError } from "./plugin_error.ts";
import { importsTypeScript } from "./strip_types.ts";
import { importStripped } from "./stripped_copy.ts";

const EXTENSIONS = [".ts", ".js", ".mjs"] as const;

/**
 * The folders drop-ins are looked for in: `plugins` beside `cluster.yaml`, then `plugins` beside the executable.
 * `executable` is left out where the program is run by a `deno` that lies anywhere.
 */
export function dropInDirs(configPath: string, executable?: string): string[] {
  const dirs = [join(dirname(configPath), "plugins")];
  if (executable !== undefined) dirs.push(join(dirname(executable), "plugins"));
  return [...new Set(dirs)];
}

/** The files in `dirs` that define `type`. One file that is reached by several ways counts once. */
export async function dropInFiles(type: string, dirs: readonly string[]): Promise<string[]> {
  const found = new Map<string, string>();
  for (const dir of dirs) {
    for (const extension of EXTENSIONS) {
      const path = join(dir, `${type}${extension}`);
      const real = await realFile(type, path);
      if (real !== undefined && !found.has(real)) found.set(real, path);
    }
  }
  return [...found.values()];
}

async function realFile(type: string, path: string): Promise<string | undefined> {
  try {
    return (await Deno.stat(path)).isFile ? await Deno.realPath(path) : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw new PluginError(type, `${path} can't be looked at: ${(error as Error).message}`, { file: path }, {
      cause: error,
    });
  }
}

/**
 * Imports a drop-in: its default export, whatever that is, and the URL under which its code shows in stacks. `scratch`: a
 * folder for what has to be written for that; left out: the system's. `typescript`: whether this program can import it as
 * it lies on the disk. Throws a {@linkcode PluginError}.
 */
export async function importDropIn(
  type: string,
  file: string,
  scratch?: string,
  typescript = importsTypeScript(),
): Promise<{ value: unknown; href: string }> {
  const url = pathToFileURL(file);
  // Modules are cached by URL for the life of the process; the file's time in the URL makes a reload see an edit.
  const { mtime } = await Deno.stat(file);
  url.searchParams.set("modified", String(mtime?.getTime() ?? 0));
  let module: Record<string, unknown>;
  try {
    module = typescript ? await import(url.href) : await importStripped(url, scratch);
  } catch (error) {
    throw importError(type, file, url.href, error);
  }
  if (module.default === undefined) {
    throw new PluginError(type, `${file} has no default export: it must end with "export default { kind: ... }"`, {
      file,
    });
  }
  return { value: module.default, href: pathToFileURL(file).href };
}

/** Turns what the runtime says of a module it could not load into a sentence with the place in the file. */
function importError(type: string, file: string, href: string, error: unknown): PluginError {
  const text = stripVTControlCharacters(error instanceof Error ? error.message : String(error));
  const stack = stripVTControlCharacters(error instanceof Error ? error.stack ?? "" : "");
  const where = placeIn(`${text}\n${stack}`, href);
  const shown = where === undefined ? file : `${file}:${where.line}:${where.column}`;
  // A syntax error arrives as a TypeError whose text begins with the real name.
  const syntax = error instanceof SyntaxError || text.startsWith("SyntaxError: ");
  const said = (text.split("\n")[0] ?? "").replace(/^SyntaxError: /, "").replaceAll(href, file).replaceAll(
    "file://",
    "",
  );
  return new PluginError(
    type,
    `${shown} ${syntax ? "is not valid TypeScript or JavaScript" : "could not be loaded"}: ${said}`,
    { file, ...where },
    { cause: error },
  );
}

function placeIn(text: string, href: string): { line: number; column: number } | undefined {
  for (let at = text.indexOf(href); at >= 0; at = text.indexOf(href, at + 1)) {
    const match = /^:(\d+):(\d+)/.exec(text.slice(at + href.length));
    if (match !== null) return { line: Number(match[1]), column: Number(match[2]) };
  }
  return undefined;
}
