/**
 * The language in which the keys of `cluster.yaml` are declared. The declarations validate the file, and the JSON
 * Schema for editors is generated from them, so that the two can't differ.
 *
 * @module
 */
import type { PluginKind } from "../../plugin/contract.ts";
import type { Endpoint, OptionSpec } from "../../plugin/options.ts";

/** A value. It is declared as the options of plugins are. */
export interface ValueShape extends OptionSpec {
  /** A list of one value may be written without its brackets. */
  single?: boolean;
}

/** A map with known keys. */
export interface SectionShape<Keys extends ShapeKeys = ShapeKeys> {
  form: "section";
  description: string;
  required?: boolean;
  keys: Keys;
  /** The key `type` names a plugin of this kind, whose options stand beside the other keys. */
  plugin?: PluginKind;
  /** Options of a plugin that is named elsewhere stand beside the other keys. */
  open?: boolean;
}

/** A map from names that the user chooses to sections. */
export interface TableShape {
  form: "table";
  description: string;
  required?: boolean;
  of: SectionShape;
}

/** A map from the names of servers to options of the plugin. */
export interface IndividuallyShape {
  form: "individually";
  description: string;
  required?: boolean;
}

/** One word, or a section. */
export interface WordOrSectionShape {
  form: "word-or-section";
  description: string;
  required?: boolean;
  word: ValueShape;
  section: SectionShape;
}

/** A list of which each element is one word, or a section. One of them may be written without its brackets. */
export interface ListShape {
  form: "list";
  description: string;
  required?: boolean;
  word: ValueShape;
  section: SectionShape;
}

/** What stands behind a key. */
export type Shape = ValueShape | SectionShape | TableShape | IndividuallyShape | WordOrSectionShape | ListShape;

/** Keys with what stands behind them. */
export type ShapeKeys = Readonly<Record<string, Shape>>;

/** True for a plain value. */
export function isValueShape(shape: Shape): shape is ValueShape {
  return !("form" in shape);
}

interface TypeOfOption {
  string: string;
  integer: number;
  number: number;
  boolean: boolean;
  duration: number;
  address: string;
  endpoint: Endpoint;
  path: string;
  strings: string[];
  addresses: string[];
  endpoints: Endpoint[];
  integers: number[];
  map: Record<string, string>;
}

type ValueOf<S> = S extends { oneOf: readonly (infer Word)[] } ? Word
  : S extends { type: infer T extends keyof TypeOfOption } ? TypeOfOption[T]
  : never;

/** The parsed values of a section. Without a default they may be undefined: not written, or wrong and reported. */
export type ValuesOf<Keys> = {
  -readonly [K in keyof Keys as Keys[K] extends { form: string } ? never : K]: Keys[K] extends { default: unknown }
    ? ValueOf<Keys[K]>
    : ValueOf<Keys[K]> | undefined;
};

/** The keys of a name: what users choose for servers, groups, resources, monitors and devices. */
export const NAME = {
  test: /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
  expected: "a name of letters, digits, dots, dashes and underscores, at most 63 long, a letter or digit first",
} as const;
