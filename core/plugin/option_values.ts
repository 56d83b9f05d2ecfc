/**
 * Values of plugin options: what is written in `cluster.yaml` in, what the plugin gets out.
 *
 * @module
 */
import { parseScalar } from "./option_scalars.ts";
import { nearest } from "./nearest.ts";
import type { OptionSpec, OptionSpecs, ParsedOption, ParseOptionContext } from "./options.ts";

const LIST_ELEMENTS = {
  strings: "string",
  addresses: "address",
  endpoints: "endpoint",
  integers: "integer",
} as const satisfies Partial<Record<OptionSpec["type"], OptionSpec["type"]>>;

/** Longest list that is accepted: what a plugin walks through on every check has to stay small. */
const MAX_LIST = 256;

/**
 * Parses one value as its declaration wants it: durations become milliseconds, endpoints `{ host, port }`, paths
 * absolute, addresses canonical. The problem is a sentence without the option's name; the caller knows the key.
 */
export function parseOption(spec: OptionSpec, value: unknown, context: ParseOptionContext): ParsedOption {
  if (spec.type === "map") return parseMap(spec, value);
  const element = LIST_ELEMENTS[spec.type as keyof typeof LIST_ELEMENTS];
  if (element === undefined) return parseScalar(spec, value, context);
  if (!Array.isArray(value)) {
    return { ok: false, problem: "must be a list: write one value per line, each with a dash before it" };
  }
  if (value.length === 0) return { ok: false, problem: "is an empty list: give at least one value" };
  if (value.length > MAX_LIST) {
    return { ok: false, problem: `has ${value.length} values: at most ${MAX_LIST} are allowed` };
  }
  const parsed: unknown[] = [];
  for (const [index, entry] of value.entries()) {
    const one = parseScalar({ ...spec, type: element }, entry, context);
    if (!one.ok) return { ok: false, problem: `value ${index + 1} of the list ${one.problem}` };
    parsed.push(one.value);
  }
  return { ok: true, value: parsed };
}

const MAP_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/;

/** Names and single values; what arrives is text, because it goes where there is nothing else. */
function parseMap(spec: OptionSpec, value: unknown): ParsedOption {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { ok: false, problem: "must be a map: write one name and its value per line, indented" };
  }
  const entries = Object.entries(value);
  if (entries.length > MAX_LIST) {
    return { ok: false, problem: `has ${entries.length} names: at most ${MAX_LIST} are allowed` };
  }
  const parsed: Record<string, string> = {};
  for (const [name, each] of entries) {
    if (!MAP_NAME.test(name)) {
      return { ok: false, problem: `has the name ${JSON.stringify(name)}: a letter, then letters, digits, - and _` };
    }
    const text = typeof each === "string" || typeof each === "boolean" || typeof each === "number"
      ? String(each)
      : null;
    if (text === null || text.includes("\0")) {
      const shown = spec.secret ? "" : ` (it is ${(JSON.stringify(each) ?? String(each)).slice(0, 80)})`;
      return { ok: false, problem: `${name} must be text, a number, true or false${shown}` };
    }
    parsed[name] = text;
  }
  return { ok: true, value: parsed };
}

/** A problem with one option of a plugin. */
export interface OptionProblem {
  option: string;
  problem: string;
}

/** Every option of a plugin at once: unknown names, missing ones and defaults included. */
export function parseOptions(
  specs: OptionSpecs,
  values: Readonly<Record<string, unknown>>,
  context: ParseOptionContext,
): { values: Record<string, unknown>; problems: OptionProblem[] } {
  const parsed: Record<string, unknown> = {};
  const problems: OptionProblem[] = [];
  for (const option of Object.keys(values)) {
    if (Object.hasOwn(specs, option)) continue;
    const meant = nearest(option, Object.keys(specs));
    problems.push({ option, problem: `is no option of this type${meant ? `: did you mean ${meant}?` : ""}` });
  }
  for (const [option, spec] of Object.entries(specs)) {
    const written = Object.hasOwn(values, option) ? values[option] : undefined;
    const value = written ?? spec.default;
    if (value === undefined || value === null) {
      if (spec.required) problems.push({ option, problem: `is missing: ${spec.description}` });
      continue;
    }
    const result = parseOption(spec, value, context);
    if (result.ok) parsed[option] = result.value;
    else problems.push({ option, problem: result.problem });
  }
  return { values: parsed, problems };
}
