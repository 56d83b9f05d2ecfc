/**
 * TypeScript as the house rules look at it: its imports, and its code without comments and the text of strings.
 *
 * @module
 */

/** An import or re-export, static or dynamic. */
export interface Import {
  specifier: string;
  /** True when it is gone at run time. */
  typeOnly: boolean;
  line: number;
}

const STATIC = /^[ \t]*(?:import|export)\b([^;"'`]*?)(?:\bfrom\s*)?["']([^"'\n]+)["']/gm;
const DYNAMIC = /\bimport\(\s*["']([^"'\n]+)["']/g;

/** All imports of a file. */
export function importsOf(source: string): Import[] {
  const code = blankComments(source);
  const found: Import[] = [];
  for (const match of code.matchAll(STATIC)) {
    const clause = match[1] ?? "";
    // `export const x = "..."` has a string behind it as well.
    if (/=/.test(clause) || (/^[ \t]*export/.test(match[0]) && !/\bfrom\s*["']/.test(match[0]))) continue;
    found.push({ specifier: match[2] ?? "", typeOnly: isTypeOnly(clause), line: lineAt(code, match.index) });
  }
  for (const match of code.matchAll(DYNAMIC)) {
    // `import("x").Y` in a type position and a real dynamic import look alike; only the latter is awaited or called.
    found.push({ specifier: match[1] ?? "", typeOnly: false, line: lineAt(code, match.index) });
  }
  return found;
}

function isTypeOnly(clause: string): boolean {
  if (/^\s*type\b/.test(clause)) return true;
  const braces = /^\s*\{([^}]*)\}\s*$/.exec(clause)?.[1];
  if (braces === undefined) return false;
  const names = braces.split(",").map((name) => name.trim()).filter((name) => name !== "");
  return names.length > 0 && names.every((name) => name.startsWith("type "));
}

/** The line, counted from 1, of an offset. */
export function lineAt(source: string, offset: number): number {
  return source.slice(0, offset).split("\n").length;
}

/** The code with comments blanked out. */
export function blankComments(source: string): string {
  return blank(source, false);
}

/** The code with comments and the text of strings blanked out; lines and columns stay. */
export function bareCode(source: string): string {
  return blank(source, true);
}

function blank(source: string, strings: boolean): string {
  let out = "";
  let index = 0;
  // Depth of braces inside each open `${`; a `}` at depth 0 leads back into the template.
  const templates: number[] = [];
  const hide = (text: string) => text.replace(/[^\n]/g, " ");
  const take = (end: number, hidden: boolean) => {
    out += hidden ? hide(source.slice(index, end)) : source.slice(index, end);
    index = end;
  };
  const template = () => {
    let end = index;
    while (end < source.length && source[end] !== "`" && !source.startsWith("${", end)) {
      end += source[end] === "\\" ? 2 : 1;
    }
    take(Math.min(end, source.length), strings);
    if (source.startsWith("${", index)) {
      take(index + 2, false);
      templates.push(0);
    } else take(Math.min(index + 1, source.length), false);
  };
  while (index < source.length) {
    const character = source[index] ?? "";
    if (source.startsWith("//", index)) take(endOf(source, "\n", index), true);
    else if (source.startsWith("/*", index)) take(Math.min(endOf(source, "*/", index) + 2, source.length), true);
    else if (character === '"' || character === "'") {
      const end = quoteEnd(source, index);
      take(index + 1, false);
      take(end, strings);
      take(Math.min(end + 1, source.length), false);
    } else if (character === "`") {
      take(index + 1, false);
      template();
    } else if (character === "/" && /(?:^|[=(,:[!&|?{};>]|\breturn)\s*$/.test(out.slice(-12))) {
      const end = regexEnd(source, index);
      take(end, strings);
    } else if (character === "{" && templates.length > 0) {
      templates.push((templates.pop() ?? 0) + 1);
      take(index + 1, false);
    } else if (character === "}" && templates.length > 0) {
      const depth = templates.pop() ?? 0;
      take(index + 1, false);
      if (depth > 0) templates.push(depth - 1);
      else template();
    } else take(index + 1, false);
  }
  return out;
}

function endOf(source: string, what: string, from: number): number {
  const found = source.indexOf(what, from);
  return found < 0 ? source.length : found;
}

function quoteEnd(source: string, start: number): number {
  let end = start + 1;
  while (end < source.length && source[end] !== source[start] && source[end] !== "\n") {
    end += source[end] === "\\" ? 2 : 1;
  }
  return Math.min(end, source.length);
}

function regexEnd(source: string, start: number): number {
  let end = start + 1;
  let inClass = false;
  while (end < source.length && source[end] !== "\n" && (inClass || source[end] !== "/")) {
    if (source[end] === "\\") end++;
    else if (source[end] === "[") inClass = true;
    else if (source[end] === "]") inClass = false;
    end++;
  }
  return Math.min(end + 1, source.length);
}
