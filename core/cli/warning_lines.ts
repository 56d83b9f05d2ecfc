/**
 * Warnings about a file that is right, as lines that say where in it.
 *
 * @module
 */
import { placeOf } from "../config/places.ts";

/** The warnings of the file at `path`, whose content is `text`: each with its line, where the file has one for it. */
export function warningLines(path: string, text: string, warnings: readonly string[]): string[] {
  return warnings.map((warning) => {
    const line = lineOf(text, warning);
    return `${path}:${line === undefined ? "" : `${line}:`} ${warning}`;
  });
}

/** The line of the key path that a warning begins with; undefined where the file has nothing of it. */
function lineOf(text: string, warning: string): number | undefined {
  const keyPath = /^([^\s:]+): /.exec(warning)?.[1]?.split(".") ?? [];
  // Votes that are missing are those of the servers.
  const { line, keyPath: found } = placeOf(text, keyPath, keyPath[0] === "quorum" ? ["servers"] : []);
  return found === "" ? undefined : line;
}
