/**
 * What a plugin says of itself, as data: everything of it but its functions.
 *
 * @module
 */
import type { Claim, MonitorDefaults, Plugin, PluginKind } from "../plugin/contract.ts";
import { parseOption } from "../plugin/option_values.ts";
import type { OptionSpec, OptionSpecs } from "../plugin/options.ts";

/** An option; a regular expression as its text. */
type OptionData = Omit<OptionSpec, "pattern"> & { pattern?: { source: string; flags: string; expected: string } };

/** The declaration of a plugin. */
export interface Declaration {
  kind: PluginKind;
  description: string;
  options: Record<string, OptionData>;
  defaults?: MonitorDefaults;
  address?: boolean;
  claims?: readonly Claim[];
  vote?: "weak" | "sound";
  /** The functions it has. */
  functions: string[];
  /** The parsed defaults of its options. */
  fallback: Record<string, unknown>;
}

/** The declaration of a plugin whose shape has been checked. `baseDir`: what paths are relative to. */
export function declarationOf(plugin: Plugin, baseDir: string): Declaration {
  const { kind, description, options, defaults, address, claims, vote } = plugin as unknown as Declaration & {
    options: OptionSpecs;
  };
  const fallback: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(options)) {
    const parsed = spec.default === undefined ? undefined : parseOption(spec, spec.default, { baseDir });
    if (parsed?.ok) fallback[name] = parsed.value;
  }
  return {
    kind,
    description,
    options: Object.fromEntries(Object.entries(options).map(([name, spec]) => [name, optionData(spec)])),
    ...(defaults === undefined ? {} : { defaults }),
    ...(address === undefined ? {} : { address }),
    ...(claims === undefined ? {} : { claims }),
    ...(vote === undefined ? {} : { vote }),
    functions: Object.entries(plugin).filter(([, value]) => typeof value === "function").map(([name]) => name).sort(),
    fallback,
  };
}

function optionData({ pattern, ...spec }: OptionSpec): OptionData {
  if (pattern === undefined) return spec;
  return { ...spec, pattern: { source: pattern.test.source, flags: pattern.test.flags, expected: pattern.expected } };
}

/**
 * The options of a declaration as the configuration needs them: without their regular expressions, which could hold up
 * whoever tries them for ever. The host has those (`brokenRules`).
 */
export function optionSpecs({ options }: Declaration): OptionSpecs {
  return Object.fromEntries(Object.entries(options).map(([name, { pattern: _, ...spec }]) => [name, spec]));
}

/** Whether the options have rules that only the host can look at. */
export function hasOwnRules({ functions, options }: Declaration): boolean {
  return functions.includes("validate") || Object.values(options).some(({ pattern }) => pattern !== undefined);
}

/**
 * Why an agent that has read its file with `before` can't go on with `now`: one sentence without its subject. New
 * options that need not be given are no reason; neither are sentences, and times that the file gives a chance to change.
 */
export function incompatibility(before: Declaration, now: Declaration): string | undefined {
  for (const member of ["kind", "vote", "address", "claims"] as const) {
    if (show(before[member]) !== show(now[member])) {
      return `${member} is ${show(now[member])} instead of ${show(before[member])}`;
    }
  }
  const changed = [...before.functions, ...now.functions]
    .find((name) => before.functions.includes(name) !== now.functions.includes(name));
  if (changed !== undefined) {
    return now.functions.includes(changed) ? `it has a new function ${changed}` : `its function ${changed} is gone`;
  }
  for (const [name, spec] of Object.entries(before.options)) {
    const other = now.options[name];
    if (other === undefined) return `its option ${name} is gone`;
    if (rules(spec) !== rules(other)) return `its option ${name} is declared differently`;
  }
  const demanded = Object.entries(now.options)
    .find(([name, { required }]) => required && !Object.hasOwn(before.options, name));
  return demanded && `it demands a new option ${demanded[0]}`;
}

/** Everything of an option but its sentence, the same text for the same rules. */
function rules({ description: _, ...spec }: OptionData): string {
  return JSON.stringify(Object.entries(spec).sort(([a], [b]) => a < b ? -1 : 1));
}

function show(value: unknown): string {
  return value === undefined ? "missing" : JSON.stringify(value);
}
