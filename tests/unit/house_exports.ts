/**
 * Exports that nobody takes. What is exported looks as if it were needed elsewhere, so a dead one is kept, tested and
 * read about for years.
 *
 * @module
 */
import { posix } from "node:path";
import { bareCode, blankComments } from "./house_source.ts";

const EXPORT =
  /^export\s+(?:declare\s+)?(?:async\s+)?(?:abstract\s+)?(?:const|let|function\*?|class|interface|type|enum)\s+([\w$]+)/gm;
const STATIC = /^[ \t]*(?:import|export)\b([^;"'`]*?)\bfrom\s*["'](\.[^"'\n]+)["']/gm;
const DYNAMIC = /\bimport\(\s*["'](\.[^"'\n]+)["']/g;

/** Stands for every export of a file: whoever takes the whole file may use any of them. */
const WHOLE = "*";

/** What each file of the repository gives to others: its path to who takes which name. */
type Taken = Map<string, Map<string, string[]>>;

/**
 * Exports without a user, as `path: name`, from the sources of the repository by path. Tests count as users only of
 * what their own folder exports, unless the file itself uses it too: what only a test calls is dead in the program.
 */
export function deadExports(sources: ReadonlyMap<string, string>): string[] {
  const taken: Taken = new Map();
  for (const [path, source] of sources) noteImports(path, blankComments(source), taken);
  return [...sources].flatMap(([path, source]) => {
    if (path.endsWith(".d.ts")) return [];
    const code = bareCode(source);
    return [...code.matchAll(EXPORT)].map((match) => match[1] ?? "")
      .filter((name) => !usedAtHome(code, name) && !usedElsewhere(path, name, taken))
      .map((name) => `${path}: ${name}`);
  });
}

function usedAtHome(code: string, name: string): boolean {
  return code.split(/[^\w$]+/).filter((word) => word === name).length > 1;
}

function usedElsewhere(path: string, name: string, taken: Taken): boolean {
  const users = [name, WHOLE].flatMap((each) => taken.get(path)?.get(each) ?? []);
  return users.some((user) => path.startsWith("tests/") || !isTest(user));
}

/** The simulator is a program of its own, though it lies with the tests. */
function isTest(path: string): boolean {
  return path.startsWith("tests/") && !path.startsWith("tests/sim/");
}

function noteImports(path: string, source: string, taken: Taken): void {
  const note = (specifier: string, names: readonly string[]) => {
    const target = posix.join(posix.dirname(path), specifier);
    const of = taken.get(target) ?? new Map<string, string[]>();
    taken.set(target, of);
    for (const name of names) of.set(name, [...of.get(name) ?? [], path]);
  };
  for (const [, clause = "", specifier = ""] of source.matchAll(STATIC)) {
    const braces = /\{([^}]*)\}/.exec(clause)?.[1];
    note(specifier, braces === undefined ? [WHOLE] : braces.split(",").map(importedName));
  }
  for (const [, specifier = ""] of source.matchAll(DYNAMIC)) note(specifier, [WHOLE]);
}

/** `a` of `type a as b`. */
function importedName(item: string): string {
  return item.trim().replace(/^type\s+/, "").split(/\s+as\s+/)[0] ?? "";
}
