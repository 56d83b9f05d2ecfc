/**
 * The YAML of a configuration file, and where in it everything is written.
 *
 * @module
 */
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import { FAULT_CODES } from "../plugin/fault.ts";
import type { Place, Problems } from "./problem.ts";

/** Largest file that is read, in bytes: far above 32 servers with hundreds of resources. */
export const MAX_FILE_BYTES = 256 * 1024;

/** What a value is written as. */
export type Form = "map" | "list" | "scalar" | "nothing";

/** A key of a map with its value. */
export interface Entry {
  key: string;
  /** Points at the key. */
  place: Place;
  value: Cursor;
}

interface Source {
  document: Document;
  lines: LineCounter;
  problems: Problems;
}

/** A value of the file. */
export class Cursor {
  readonly form: Form;
  /** True for an alias without its anchor, which is reported already. */
  readonly broken: boolean;
  readonly #node: Node | null;
  /** Kept, so that what is wrong with a key is reported once however often the map is looked at. */
  #entries: Entry[] | undefined;

  constructor(
    private readonly source: Source,
    node: Node | null,
    private readonly path: readonly string[],
    private readonly offset: number,
    /** Points at the key this is the value of, for what is wrong with the whole of it. */
    readonly keyPlace: Place,
  ) {
    this.#node = isAlias(node) ? node.resolve(source.document) ?? null : node;
    this.broken = isAlias(node) && this.#node === null;
    if (isAlias(node) && this.broken) {
      source.problems.add(
        this.place,
        `*${node.source} refers to nothing; put &${node.source} before the value it means`,
        FAULT_CODES.fileText,
      );
    }
    this.form = isMap(this.#node)
      ? "map"
      : isSeq(this.#node)
      ? "list"
      : isScalar(this.#node) && this.#node.value !== null
      ? "scalar"
      : "nothing";
  }

  /** Points at the value; where there is none, at its key. */
  get place(): Place {
    if (this.form === "nothing" && !this.broken) return this.keyPlace;
    return placeAt(this.source, this.offset, this.path);
  }

  /** The place of a key that is missing in this map. */
  missing(key: string): Place {
    return { ...this.keyPlace, keyPath: [...this.path, key].join(".") };
  }

  /** The value of a scalar. */
  get scalar(): string | number | boolean | null {
    if (!isScalar(this.#node)) return null;
    const { value, source } = this.#node;
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
    return source === undefined || value === null ? null : source;
  }

  /** The value of a key of a map. */
  get(key: string): Cursor | undefined {
    return this.entries().find((entry) => entry.key === key)?.value;
  }

  /** The elements of a list. */
  items(): Cursor[] {
    if (!isSeq(this.#node)) return [];
    return this.#node.items.map((item, index) => {
      const node = item as Node | null;
      const path = [...this.path, String(index + 1)];
      const offset = node?.range?.[0] ?? this.offset;
      return new Cursor(this.source, node, path, offset, placeAt(this.source, offset, path));
    });
  }

  /** The keys of a map with their values; keys that are no words or come twice are reported and left out. */
  entries(): Entry[] {
    this.#entries ??= this.#readEntries();
    return this.#entries;
  }

  #readEntries(): Entry[] {
    if (!isMap(this.#node)) return [];
    const entries = new Map<string, Entry>();
    for (const pair of this.#node.items) {
      const keyNode = pair.key as Node | null;
      const keyOffset = keyNode?.range?.[0] ?? this.offset;
      const key = isScalar(keyNode) ? keyNode.source ?? String(keyNode.value) : undefined;
      if (key === undefined || key === "") {
        this.source.problems.add(
          placeAt(this.source, keyOffset, this.path),
          "has a key that is no word; write `name: value`",
          FAULT_CODES.fileText,
        );
        continue;
      }
      const path = [...this.path, key];
      const place = placeAt(this.source, keyOffset, path);
      const first = entries.get(key);
      if (first !== undefined) {
        const message = `is here for the second time; it is already in line ${first.place.line}, keep one of them`;
        this.source.problems.add(place, message);
        continue;
      }
      const node = pair.value as Node | null;
      entries.set(key, {
        key,
        place,
        value: new Cursor(this.source, node, path, node?.range?.[0] ?? keyOffset, place),
      });
    }
    return [...entries.values()];
  }
}

function placeAt(source: Source, offset: number, path: readonly string[]): Place {
  const { line, col } = source.lines.linePos(offset);
  return { line, column: col, keyPath: path.join(".") };
}

/** The top of a file, or undefined when it is not YAML; `problems` then has the reasons. */
export function parseYaml(text: string, problems: Problems): Cursor | undefined {
  const lines = new LineCounter();
  let document: Document;
  try {
    // Keys are checked for being unique here, where the place of the first one can be told.
    document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false, schema: "core" });
  } catch (error) {
    const said = error instanceof RangeError ? "it is nested too deeply" : (error as Error).message;
    problems.add(
      { line: 1, column: 1, keyPath: "" },
      `is not YAML: ${said}; see examples/vip.yaml`,
      FAULT_CODES.fileText,
    );
    return undefined;
  }
  const source: Source = { document, lines, problems };
  for (const error of [...document.errors, ...document.warnings]) {
    const said = error.code === "MULTIPLE_DOCS" ? "more than one document; remove the line ---" : error.message;
    problems.add(placeAt(source, error.pos[0], []), `is not YAML that can be read: ${said}`, FAULT_CODES.fileText);
  }
  if (problems.count > 0) return undefined;
  const top = { line: 1, column: 1, keyPath: "" };
  const cursor = new Cursor(source, document.contents, [], document.contents?.range?.[0] ?? 0, top);
  if (cursor.form === "map") return cursor;
  const seen = cursor.form === "nothing" ? "is empty" : `is a ${cursor.form}, not a map of keys`;
  problems.add(
    top,
    `${seen}; it must have the keys cluster, servers and groups, as in examples/vip.yaml`,
    FAULT_CODES.fileText,
  );
  return undefined;
}
