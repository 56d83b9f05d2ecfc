/**
 * Options on the command line: the same values as in `cluster.yaml`, written as text.
 *
 * @module
 */
import { resolve } from "node:path";
import { parseOptions } from "../../plugin/option_values.ts";
import type { OptionSpec, OptionSpecs } from "../../plugin/options.ts";
import { UsageError } from "../command.ts";

/** What `--option NAME=VALUE` gives, as it would stand in the file. Throws a {@linkcode UsageError}. */
export function writtenOptions(specs: OptionSpecs, given: readonly string[]): Record<string, unknown> {
  const written: Record<string, unknown> = {};
  for (const text of given) {
    const [, name, value = ""] = /^([^=]+)=([\s\S]*)$/.exec(text) ?? [];
    if (name === undefined) throw new UsageError(`--option ${text}: write it as NAME=VALUE`);
    written[name] = fromText(specs[name], value);
  }
  const { problems } = parseOptions(specs, written, { baseDir: resolve(".") });
  if (problems.length > 0) {
    throw new UsageError(problems.map(({ option, problem }) => `option ${option} ${problem}`).join("\n"));
  }
  return written;
}

/** A value as YAML would have read it. Lists have commas; what does not fit is left for the declaration to refuse. */
function fromText(spec: OptionSpec | undefined, text: string): unknown {
  switch (spec?.type) {
    case "boolean":
      return text === "true" ? true : text === "false" ? false : text;
    case "integer":
    case "number":
      return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
    case "integers":
      return text.split(",").map(Number);
    case "strings":
    case "addresses":
    case "endpoints":
      return text.split(",");
    case "map":
      return Object.fromEntries(
        text.split(",").map((each) => {
          const at = each.indexOf("=");
          return at < 0 ? [each, ""] : [each.slice(0, at), each.slice(at + 1)];
        }),
      );
    default:
      return text;
  }
}
