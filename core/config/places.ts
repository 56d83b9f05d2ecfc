/**
 * Where something is written in a file that is right, for what is to be said about it later.
 *
 * @module
 */
import { parseYaml } from "./document.ts";
import { type Place, Problems } from "./problem.ts";

/**
 * The place of the key at the end of `keyPath`; where the file does not have it, that of the nearest key above, then that
 * of `near`, then the first line. The place's own `keyPath` says what was found.
 */
export function placeOf(text: string, keyPath: readonly string[], near: readonly string[] = []): Place {
  const top = parseYaml(text, new Problems(""));
  for (const path of [keyPath, near]) {
    let at = top;
    for (const key of path) {
      const next = at?.get(key);
      if (next === undefined) break;
      at = next;
    }
    if (at !== undefined && at !== top) return at.keyPlace;
  }
  return { line: 1, column: 1, keyPath: "" };
}
