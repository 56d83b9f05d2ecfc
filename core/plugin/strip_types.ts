/**
 * Takes the types out of TypeScript, for compiled programs on a runtime that imports only JavaScript from the disk. The
 * library (the one inside Node, 4 MB) is loaded when the first such file is met, so nobody else pays for it.
 *
 * @module
 */

/** The first Deno whose compiled programs import TypeScript from the disk. */
const IMPORTS_TYPESCRIPT = [2, 8, 2] as const;

/** Whether this program can import a TypeScript file as it lies on the disk. */
export function importsTypeScript(
  standalone: boolean = Deno.build.standalone,
  version: string = Deno.version.deno,
): boolean {
  if (!standalone) return true;
  const parts = version.split(/[.+-]/).map(Number);
  for (const [index, least] of IMPORTS_TYPESCRIPT.entries()) {
    const part = parts[index] ?? 0;
    if (part !== least) return part > least;
  }
  return true;
}

/** What the library throws: not an `Error`. Lines count from 1; columns from 0, in cells of a terminal. */
interface Refusal {
  code: "InvalidSyntax" | "UnsupportedSyntax";
  message: string;
  startLine: number;
  startColumn: number;
}

/**
 * `source` as JavaScript. What has only types to lose keeps the place of everything else; enums, namespaces and parameter
 * properties are rewritten, and what follows them may move. Throws a `SyntaxError` that ends with the place in `href`,
 * counted from 1.
 */
export async function stripTypes(source: string, href: string): Promise<string> {
  const { transformSync } = await import("./type_stripper.ts");
  const transform = (mode: "strip-only" | "transform") => transformSync(source, { mode }).code;
  try {
    try {
      return transform("strip-only");
    } catch (error) {
      if ((error as Refusal).code !== "UnsupportedSyntax") throw error;
      return transform("transform");
    }
  } catch (error) {
    const { message, startLine, startColumn } = error as Refusal;
    if (typeof startLine !== "number") throw error;
    const line = source.split(/\r?\n/)[startLine - 1] ?? "";
    throw new SyntaxError(`${message} at ${href}:${startLine}:${columnAt(line, startColumn)}`, { cause: error });
  }
}

/** Characters that take two cells of a terminal. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
/** Characters that take none: what is put on the character before, and what can't be seen. */
const NARROW = /\p{Mn}|\p{Me}|\p{Cf}/u;

/** The column of the character after so many cells, as the runtime and editors count: from 1, in UTF-16 units. */
function columnAt(line: string, cells: number): number {
  let units = 0;
  let passed = 0;
  for (const character of line) {
    if (passed >= cells) break;
    passed += cellsOf(character);
    units += character.length;
  }
  return units + 1;
}

/** The cells of a character as the library counts them: a tab has four, and one outside the basic plane one too many. */
function cellsOf(character: string): number {
  if (character === "\t") return 4;
  const shown = WIDE.test(character) ? 2 : NARROW.test(character) ? 0 : 1;
  return shown + character.length - 1;
}
