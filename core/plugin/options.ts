/**
 * The declaration of one option of a plugin. The configuration is validated against it before anything starts, the
 * JSON Schema for editors is generated from it, and `baton help TYPE` prints it.
 */
export interface OptionSpec {
  /**
   * `duration` is written `500ms`, `5s`, `2m` and arrives as milliseconds. `address` is an IPv4 or IPv6 address without
   * a prefix. `endpoint` is `host:port` and arrives as `{ host, port }`. `path` is resolved against the folder of
   * `cluster.yaml`. `strings`, `addresses`, `endpoints` and `integers` are non-empty lists. `map` is a map from
   * names to single values, which arrive as text.
   */
  type:
    | "string"
    | "integer"
    | "number"
    | "boolean"
    | "duration"
    | "address"
    | "endpoint"
    | "path"
    | "strings"
    | "addresses"
    | "endpoints"
    | "integers"
    | "map";
  /** One sentence: what it is, with its unit. */
  description: string;
  /** Must be given. Left out: optional. */
  required?: boolean;
  /** The value when it is not given, as it would be written in the file. */
  default?: unknown;
  /** The only values allowed. */
  oneOf?: readonly (string | number)[];
  /** Smallest and largest number (durations: milliseconds). */
  min?: number;
  max?: number;
  /** What a string must look like, and how to say that to a person. */
  pattern?: { test: RegExp; expected: string };
  /**
   * No two servers may have the same value: it names something that each has for itself. A word for what it is, such as
   * `network interface`, in place of `true` compares it with every option of the file that has the same word.
   */
  distinct?: boolean | string;
  /** Never logged, never shown in the status. */
  secret?: boolean;
}

/** The options of one plugin, by name. */
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** A parsed `endpoint` option. */
export interface Endpoint {
  host: string;
  port: number;
}

/** A parsed value, or one sentence that says what is wrong and what would be right. */
export type ParsedOption = { ok: true; value: unknown } | { ok: false; problem: string };

/** What parsing needs to know besides the value. */
export interface ParseOptionContext {
  /** Absolute folder that `path` options are relative to: the one of `cluster.yaml`. */
  baseDir: string;
}
