/**
 * Which numbers the sources can give, read from the sources: `FAULT_CODES.name` and, where nothing may be imported,
 * a plain number.
 *
 * @module
 */
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { blankComments, importsOf, lineAt } from "../house_source.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** A place where a number is given. */
export interface Given {
  path: string;
  line: number;
  /** `timeout`, or the digits. */
  name: string;
}

/** All sources below the folders, without comments, by path. */
export async function sourcesBelow(...folders: string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const walk = async (folder: string) => {
    for await (const { name, isDirectory } of Deno.readDir(join(ROOT, folder))) {
      const path = `${folder}/${name}`;
      if (isDirectory) await walk(path);
      else if (name.endsWith(".ts")) found.set(path, blankComments(await Deno.readTextFile(join(ROOT, path))));
    }
  };
  for (const folder of folders) await walk(folder);
  return found;
}

/** Uses of `FAULT_CODES.name`. */
export function named(path: string, source: string): Given[] {
  return [...source.matchAll(/\bFAULT_CODES\.(\w+)/g)].map((match) => ({
    path,
    line: lineAt(source, match.index),
    name: match[1]!,
  }));
}

/** Faults and verdicts with a number that is written out. */
export function writtenOut(path: string, source: string): Given[] {
  const patterns = [/\bnew \w*Fault\(\s*(\d+)/g, /\bcode: (\d+)\b(?!\s*:)/g];
  return patterns.flatMap((pattern) =>
    [...source.matchAll(pattern)].map((match) => ({ path, line: lineAt(source, match.index), name: match[1]! }))
  );
}

/** Verdicts in object literals that are not normal and have no number, as `path:line`. */
export function unnumbered(path: string, source: string): string[] {
  const found: string[] = [];
  for (const match of source.matchAll(/\bstatus: "(?:error|warning|unknown)"/g)) {
    const literal = source.slice(openingBefore(source, match.index), closingAfter(source, match.index));
    // A declaration of a type lists words with bars between them; a verdict has a message.
    if (/\bmessage\b/.test(literal) && !/\bcode\b/.test(literal)) found.push(`${path}:${lineAt(source, match.index)}`);
  }
  return found;
}

/** The file and all files it imports to run, however far. */
export function reach(path: string, sources: ReadonlyMap<string, string>): Set<string> {
  const reached = new Set<string>();
  const waiting = [path];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const source = sources.get(next);
    if (source === undefined || reached.has(next)) continue;
    reached.add(next);
    for (const { specifier, typeOnly } of importsOf(source)) {
      if (!typeOnly && specifier.startsWith(".")) {
        waiting.push(posix.normalize(posix.join(posix.dirname(next), specifier)));
      }
    }
  }
  return reached;
}

function openingBefore(source: string, at: number): number {
  for (let depth = 0, index = at; index >= 0; index--) {
    if (source[index] === "}") depth++;
    else if (source[index] === "{" && depth-- === 0) return index;
  }
  return 0;
}

function closingAfter(source: string, at: number): number {
  for (let depth = 0, index = at; index < source.length; index++) {
    if (source[index] === "{") depth++;
    else if (source[index] === "}" && depth-- === 0) return index;
  }
  return source.length;
}
