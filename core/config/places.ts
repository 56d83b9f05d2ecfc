/**
 * Where something is written in a file that is right, for what is to be said about it later.
 *
 * @module
 */
import { type Cursor, parseYaml } from "./document.ts";
import { type Place, Problems } from "./problem.ts";

/**
 * The place of the key at the end of `keyPath`; where the file does not have it, that of the nearest key above, then that
 * of `near`, then the first line. The place's own `keyPath` says what was found. A name with dots in it may be one key or
 * several.
 */
export function placeOf(text: string, keyPath: readonly string[], near: readonly string[] = []): Place {
  const top = parseYaml(text, new Problems(""));
  for (const path of [keyPath, near]) {
    if (top === undefined) break;
    const { at, left } = deepest(top, path);
    if (left < path.length) return at.keyPlace;
  }
  return { line: 1, column: 1, keyPath: "" };
}

/** A value on the way to a key, and how many parts of the path are left from there. */
interface Reached {
  at: Cursor;
  left: number;
}

/** The value that leaves least of `path`. */
function deepest(at: Cursor, path: readonly string[]): Reached {
  let best: Reached = { at, left: path.length };
  for (let parts = 1; parts <= path.length && best.left > 0; parts++) {
    // A path that was written out has been taken apart at every dot, also at those of a name.
    const next = at.get(path.slice(0, parts).join("."));
    if (next === undefined) continue;
    const reached = deepest(next, path.slice(parts));
    if (reached.left < best.left) best = reached;
  }
  return best;
}
