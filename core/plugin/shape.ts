import type { PluginKind } from "./contract.ts";
import type { OptionSpec } from "./options.ts";
import { PluginError } from "./plugin_error.ts";

const KINDS: readonly PluginKind[] = ["resource", "monitor", "quorum", "fence"];

/** The contract that this program knows. */
const API = 1;

/** What every kind may have. */
const PREFLIGHT = { preflight: false, permissions: false } as const;

/** The functions of each kind; `true` where one must be there. */
const FUNCTIONS: Readonly<Record<PluginKind, Readonly<Record<string, boolean>>>> = {
  resource: {
    activate: true,
    deactivate: true,
    validate: false,
    prepare: false,
    guard: false,
    kill: false,
    companion: false,
    ...PREFLIGHT,
  },
  monitor: { check: true, look: false, validate: false, ...PREFLIGHT },
  quorum: { probe: false, read: false, write: false, prepare: false, validate: false, ...PREFLIGHT },
  fence: { ready: true, stop: true, prepare: false, validate: false, ...PREFLIGHT },
};

const DATA: Readonly<Record<PluginKind, readonly string[]>> = {
  resource: ["kind", "api", "description", "options", "defaults", "address", "claims"],
  monitor: ["kind", "api", "description", "options", "defaults"],
  quorum: ["kind", "api", "description", "options", "defaults", "vote"],
  fence: ["kind", "api", "description", "options", "defaults"],
};

/** The types of options. `satisfies` keeps this list equal to the contract's. */
const OPTION_TYPES = {
  string: 1,
  integer: 1,
  number: 1,
  boolean: 1,
  duration: 1,
  address: 1,
  endpoint: 1,
  path: 1,
  strings: 1,
  addresses: 1,
  endpoints: 1,
  integers: 1,
  map: 1,
} as const satisfies Record<OptionSpec["type"], 1>;

/**
 * Checks that what a drop-in exports is a plugin of `kind`, member by member, because nobody has compiled it against
 * the contract. Throws a {@linkcode PluginError} that names the first member that is wrong.
 */
export function checkShape(type: string, kind: PluginKind, plugin: unknown, file: string): void {
  const problem = shapeProblem(type, kind, plugin);
  if (problem !== undefined) throw new PluginError(type, `${file}: ${problem}`, { file });
}

function shapeProblem(type: string, kind: PluginKind, plugin: unknown): string | undefined {
  if (!isRecord(plugin)) return `its default export must be an object with kind, description, options and functions`;
  if (!KINDS.includes(plugin.kind as PluginKind)) {
    return `kind is ${show(plugin.kind)}: it must be one of ${KINDS.map(show).join(", ")}`;
  }
  if (plugin.kind !== kind) {
    return `${type} is a ${plugin.kind}, but it is used as a ${kind}: set kind to ${show(kind)}`;
  }
  if (plugin.api !== undefined && plugin.api !== API) {
    return `api is ${show(plugin.api)}: this Baton knows the contract ${API}; use a Baton that knows the other, or ` +
      `rewrite the file for ${API}`;
  }
  if (typeof plugin.description !== "string" || plugin.description === "") {
    return `description is ${show(plugin.description)}: it must be one sentence that says what the type does`;
  }
  for (const [name, required] of Object.entries(FUNCTIONS[kind])) {
    if (plugin[name] === undefined && !required) continue;
    if (typeof plugin[name] !== "function") return `${name} is ${show(plugin[name])}: it must be a function`;
  }
  for (const name of Object.keys(plugin)) {
    if (!(name in FUNCTIONS[kind]) && !DATA[kind].includes(name)) {
      return `${name} is no member of a ${kind}: allowed are ` +
        [...DATA[kind], ...Object.keys(FUNCTIONS[kind])].join(", ");
    }
  }
  if (kind === "quorum") {
    const problem = voteProblem(plugin);
    if (problem !== undefined) return problem;
  }
  if (plugin.address !== undefined && typeof plugin.address !== "boolean") {
    return `address is ${show(plugin.address)}: it must be true or false`;
  }
  return optionsProblem(plugin.options) ?? claimsProblem(plugin.claims, plugin.options) ??
    defaultsProblem(plugin.defaults);
}

/** What a vote promises decides which functions there must be. */
function voteProblem(plugin: Record<string, unknown>): string | undefined {
  if (plugin.vote !== "weak" && plugin.vote !== "sound") {
    return `vote is ${show(plugin.vote)}: it must be "weak" (an acknowledgement device) or "sound" (a witness)`;
  }
  const [needed, others] = plugin.vote === "weak"
    ? [["probe"], ["read", "write", "prepare"]]
    : [["read", "write"], ["probe"]];
  for (const name of needed) {
    if (typeof plugin[name] !== "function") return `${name} is ${show(plugin[name])}: it must be a function`;
  }
  const strange = others.find((name) => plugin[name] !== undefined);
  return strange === undefined ? undefined : `${strange} is no member of a quorum with a ${plugin.vote} vote`;
}

function optionsProblem(options: unknown): string | undefined {
  if (!isRecord(options)) return `options is ${show(options)}: it must be an object, {} when there are none`;
  for (const [name, spec] of Object.entries(options)) {
    const at = `options.${name}`;
    if (!isRecord(spec)) return `${at} is ${show(spec)}: it must be an object with type and description`;
    if (typeof spec.type !== "string" || !Object.hasOwn(OPTION_TYPES, spec.type)) {
      return `${at}.type is ${show(spec.type)}: it must be one of ${Object.keys(OPTION_TYPES).join(", ")}`;
    }
    if (typeof spec.description !== "string") return `${at}.description is missing: say in one sentence what it is`;
    if (spec.pattern !== undefined) {
      const sound = isRecord(spec.pattern) && spec.pattern.test instanceof RegExp &&
        typeof spec.pattern.expected === "string";
      if (!sound) return `${at}.pattern must have test, a regular expression, and expected, a description of it`;
    }
    if (spec.distinct !== undefined && typeof spec.distinct !== "boolean" && typeof spec.distinct !== "string") {
      return `${at}.distinct is ${show(spec.distinct)}: it must be true, or a word for what each server has for itself`;
    }
    if (spec.oneOf !== undefined && !Array.isArray(spec.oneOf)) return `${at}.oneOf must be a list of values`;
    for (const limit of ["min", "max"] as const) {
      if (spec[limit] !== undefined && typeof spec[limit] !== "number") return `${at}.${limit} must be a number`;
    }
  }
  return undefined;
}

/** A claim that nobody can compare would be none, and the same thing twice would pass. */
function claimsProblem(claims: unknown, options: unknown): string | undefined {
  if (claims === undefined) return undefined;
  if (!Array.isArray(claims)) return `claims is ${show(claims)}: it must be a list`;
  for (const [index, claim] of claims.entries()) {
    const at = `claims[${index}]`;
    if (!isRecord(claim)) return `${at} is ${show(claim)}: it must be an object with what, options and within`;
    if (typeof claim.what !== "string" || claim.what === "") {
      return `${at}.what is ${show(claim.what)}: say in a word or two what is claimed, such as "IP address"`;
    }
    if (!Array.isArray(claim.options) || claim.options.length === 0) {
      return `${at}.options is ${show(claim.options)}: it must be a list of the options that name what is claimed`;
    }
    const strange = claim.options.find((name) => typeof name !== "string" || !Object.hasOwn(options as object, name));
    if (strange !== undefined) {
      return `${at}.options has ${show(strange)}, which is no option: it has ${
        Object.keys(options as object).join(", ")
      }`;
    }
    if (claim.within !== "cluster" && claim.within !== "server") {
      return `${at}.within is ${show(claim.within)}: it must be "cluster" or "server"`;
    }
  }
  return undefined;
}

function defaultsProblem(defaults: unknown): string | undefined {
  if (defaults === undefined) return undefined;
  if (!isRecord(defaults)) return `defaults is ${show(defaults)}: it must be an object`;
  for (const [name, value] of Object.entries(defaults)) {
    const sound = name === "timing"
      ? value === "always" || value === "active"
      : typeof value === "number" && Number.isInteger(value) && value >= 0;
    if (!sound) return `defaults.${name} is ${show(value)}: times are whole milliseconds, counts whole numbers`;
  }
  return undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  if (value === undefined) return "missing";
  return (JSON.stringify(value) ?? typeof value).slice(0, 60);
}
