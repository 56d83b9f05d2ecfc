/**
 * Reads values, sections and tables of the file as they are declared; what does not fit becomes a problem.
 *
 * @module
 */
import { nearest } from "../../plugin/nearest.ts";
import type { OptionSpec } from "../../plugin/options.ts";
import { parseOption } from "../../plugin/option_values.ts";
import type { Cursor, Entry, Form } from "../document.ts";
import type { Problems } from "../problem.ts";
import {
  isValueShape,
  NAME,
  type SectionShape,
  type ShapeKeys,
  type TableShape,
  type ValueShape,
  type ValuesOf,
} from "./shape.ts";

/** What reading needs to know besides the declarations. */
export interface ReadContext {
  problems: Problems;
  /** Absolute folder of the file. */
  baseDir: string;
}

/** A section that was read. */
export interface Section<Keys extends ShapeKeys> {
  at: Cursor;
  values: ValuesOf<Keys>;
  /** The value of every key that was written, for what has to be read further or complained about. */
  written: ReadonlyMap<string, Cursor>;
}

const FORM_NAMES: Readonly<Record<Form, string>> = {
  map: "a map of keys",
  list: "a list",
  scalar: "a single value",
  nothing: "empty",
};

/** Says that a value has the wrong form. */
export function wrongForm(cursor: Cursor, wanted: string, context: ReadContext): void {
  if (cursor.broken) return;
  context.problems.add(cursor.place, `is ${FORM_NAMES[cursor.form]}; it must be ${wanted}`);
}

/** The keys of a map, or nothing when it is something else, which is reported. */
export function readEntries(cursor: Cursor, wanted: string, context: ReadContext): Entry[] {
  if (cursor.form === "map") return cursor.entries();
  wrongForm(cursor, wanted, context);
  return [];
}

/** Parses one value. Undefined when it is wrong, which is reported. */
export function readValue(cursor: Cursor, shape: ValueShape, context: ReadContext): unknown {
  const raw = rawValue(cursor, shape, context);
  if (raw === undefined) return undefined;
  const parsed = parseOption(shape, raw, context);
  if (parsed.ok) return parsed.value;
  const meant = typeof raw === "string" ? nearest(raw, (shape.oneOf ?? []).map(String)) : undefined;
  context.problems.add(
    cursor.place,
    meant === undefined ? parsed.problem : `${parsed.problem}; did you mean ${meant}?`,
  );
  return undefined;
}

/** Options are scalars, or flat lists and maps of them, so nothing nested ever has to be copied out of the file. */
function rawValue(cursor: Cursor, shape: OptionSpec & ValueShape, context: ReadContext): unknown {
  if (cursor.form === "scalar") return shape.single ? [cursor.scalar] : cursor.scalar;
  if (cursor.broken) return undefined;
  if (cursor.form === "nothing") {
    context.problems.add(cursor.place, `has no value; give one (${shape.description}) or remove the key`);
    return undefined;
  }
  if (cursor.form === "map" && shape.type === "map") return rawMap(cursor, context);
  if (cursor.form === "map") {
    wrongForm(cursor, `a value: ${shape.description}`, context);
    return undefined;
  }
  const items = cursor.items();
  const nested = items.find((item) => item.form !== "scalar");
  if (nested === undefined) return items.map((item) => item.scalar);
  wrongForm(nested, "a single value", context);
  return undefined;
}

function rawMap(cursor: Cursor, context: ReadContext): unknown {
  const entries = cursor.entries();
  const nested = entries.find(({ value }) => value.form !== "scalar");
  if (nested === undefined) return Object.fromEntries(entries.map(({ key, value }) => [key, value.scalar]));
  wrongForm(nested.value, "a single value", context);
  return undefined;
}

/** Reports a key that nobody knows, with the known one it may have meant. */
export function unknownKey(entry: Entry, known: Iterable<string>, context: ReadContext): void {
  const names = [...known];
  const meant = nearest(entry.key, names);
  const right = meant === undefined ? `known here are ${names.join(", ")}` : `did you mean ${meant}?`;
  context.problems.add(entry.place, `is not known; ${right}`);
}

/**
 * Reads a section. `beside` are options of a plugin that may stand beside the keys: they are only collected in
 * `written`. `any` means that the plugin could not be loaded, so that no key can be called unknown.
 */
export function readSection<const Keys extends ShapeKeys>(
  at: Cursor,
  shape: SectionShape<Keys>,
  context: ReadContext,
  beside: readonly string[] | "any" = [],
): Section<Keys> {
  const written = new Map<string, Cursor>();
  const known = [...Object.keys(shape.keys), ...(beside === "any" ? [] : beside)];
  for (const entry of readEntries(at, `a map of keys: ${shape.description}`, context)) {
    if (known.includes(entry.key)) written.set(entry.key, entry.value);
    else if (beside !== "any") unknownKey(entry, known, context);
  }
  const values: Record<string, unknown> = {};
  for (const [key, child] of Object.entries(shape.keys)) {
    const cursor = written.get(key);
    if (cursor === undefined && child.required && at.form === "map") {
      context.problems.add(at.missing(key), `is missing: ${child.description}`);
    }
    if (!isValueShape(child)) continue;
    values[key] = cursor === undefined ? undefined : readValue(cursor, child, context);
    if (values[key] === undefined && child.default !== undefined) {
      const parsed = parseOption(child, child.default, context);
      if (parsed.ok) values[key] = parsed.value;
    }
  }
  return { at, values: values as ValuesOf<Keys>, written };
}

/** The entries of a table whose names are well formed; the others are reported. */
export function readTable(cursor: Cursor | undefined, shape: TableShape, context: ReadContext): Entry[] {
  if (cursor === undefined || (cursor.form === "nothing" && !shape.required)) return [];
  return readEntries(cursor, `a map of names: ${shape.description}`, context).filter((entry) => {
    if (NAME.test.test(entry.key)) return true;
    context.problems.add(entry.place, `can't be a name; it must be ${NAME.expected}`);
    return false;
  });
}
