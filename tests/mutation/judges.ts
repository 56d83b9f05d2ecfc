/**
 * Which tests judge a file: those of `tests/unit` and `tests/integration` that import it, directly or through others;
 * first those whose paths say that they are about the same, of these the nearest first, as they are the most likely to
 * notice.
 *
 * @module
 */
import { dirname, join, normalize } from "node:path/posix";
import { importsOf } from "../unit/house_source.ts";

/** A file that half of the program imports is not judged by half of the tests. */
const MAX_JUDGES = 30;

/** Finds the judges of files below `root`, of which `files` are all. */
export class Judges {
  /** Who imports a file at run time. */
  readonly #importers = new Map<string, string[]>();

  private constructor() {}

  /** Reads the imports of all files. */
  static async of(root: string, files: readonly string[]): Promise<Judges> {
    const judges = new Judges();
    const known = new Set(files);
    for (const file of files) {
      if (!file.endsWith(".ts")) continue;
      for (const { specifier, typeOnly } of importsOf(await Deno.readTextFile(join(root, file)))) {
        if (typeOnly || !specifier.startsWith(".")) continue;
        const target = normalize(join(dirname(file), specifier));
        if (!known.has(target)) continue;
        const importers = judges.#importers.get(target);
        if (importers) importers.push(file);
        else judges.#importers.set(target, [file]);
      }
    }
    return judges;
  }

  /** The tests of a file, the most likely to notice first. */
  testsOf(file: string): string[] {
    const seen = new Set([file]);
    const tests: string[] = [];
    let ring = [file];
    while (ring.length > 0) {
      const next = [...new Set(ring.flatMap((each) => this.#importers.get(each) ?? []))].filter((each) =>
        !seen.has(each)
      );
      for (const each of next) seen.add(each);
      // Who imports a test's helper is judged as well; the house's own rules judge no behaviour.
      tests.push(...next.filter((each) => /^tests\/(?:unit|integration)\/.+\/.+_test\.ts$/.test(each)).sort());
      ring = next;
    }
    // Stable: what shares as many words stays in the order of imports.
    return tests.sort((a, b) => wordsInCommon(file, b) - wordsInCommon(file, a)).slice(0, MAX_JUDGES);
  }
}

/** How many words of the paths a file and a test share: rooms, folders, and what they are about. */
function wordsInCommon(file: string, test: string): number {
  const words = new Set(wordsOf(file));
  return new Set(wordsOf(test)).intersection(words).size;
}

function wordsOf(path: string): string[] {
  return path.replace(/^(?:core|tests\/unit|tests\/integration)\//, "").replace(/(?:_test)?\.ts$/, "").split(/[/_.-]/);
}
