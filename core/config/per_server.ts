/**
 * Options of every server: the common values, with what stands under `individually` laid over them.
 *
 * @module
 */
import type { PluginKind } from "../plugin/contract.ts";
import type { OptionSpecs } from "../plugin/options.ts";
import { parseOption } from "../plugin/option_values.ts";
import type { PluginOf } from "../plugin/registry.ts";
import { FAULT_CODES } from "../plugin/fault.ts";
import type { PerServer } from "./config.ts";
import type { FileContext } from "./context.ts";
import type { Cursor } from "./document.ts";
import type { Place } from "./problem.ts";
import { unknownName } from "./unknown_name.ts";
import { readEntries, readValue, unknownKey } from "./shape/read.ts";
import type { IndividuallyShape } from "./shape/shape.ts";

export const INDIVIDUALLY_SHAPE = {
  form: "individually",
  description: "options that differ, by server: { server2: { eni: eni-5a3a7902 } }",
} as const satisfies IndividuallyShape;

/** What `readPerServer` needs. */
export interface PerServerRequest {
  /** The section the options stand in. */
  at: Cursor;
  written: ReadonlyMap<string, Cursor>;
  specs: OptionSpecs;
  /** The servers it runs on. */
  servers: readonly string[];
  /** Keys that can't differ between servers, for a better sentence about them. */
  commonKeys: readonly string[];
  /** Values that the file does not hold: what a resource hands to its companion monitor. */
  given?: PerServer;
  // deno-lint-ignore no-explicit-any -- each plugin has options of its own type; the values were parsed by its own specs.
  validate?: (options: any) => string[] | Promise<string[]>;
}

/** The rules of a plugin, wherever its code runs. */
export function rulesOf(plugin: PluginOf<PluginKind>): PerServerRequest["validate"] {
  return plugin.remote ? plugin.remote.validate : plugin.validate?.bind(plugin);
}

type Values = Record<string, unknown>;

/** Parsed values, and the options that were written but wrong. */
interface Layer {
  values: Values;
  broken: Set<string>;
}

/** Reads the options of a plugin for every server. */
export async function readPerServer(request: PerServerRequest, context: FileContext): Promise<PerServer> {
  const { at, specs, servers } = request;
  const common = readLayer(request.written, specs, context);
  const own = readIndividually(request, context);
  const result = new Map<string, Values>();
  const lacking = new Map<string, string[]>();
  const sound = new Set<string>();
  const fallback = defaults(specs, at, context);
  for (const server of servers) {
    const layer = own.get(server) ?? { values: {}, broken: new Set() };
    const values: Values = { ...fallback, ...known(specs, request.given?.get(server)), ...common.values };
    Object.assign(values, layer.values);
    let complete = true;
    for (const [name, spec] of Object.entries(specs)) {
      const broken = layer.broken.has(name) || (common.broken.has(name) && !Object.hasOwn(layer.values, name));
      if (broken) complete = false;
      else if (spec.required && values[name] === undefined) {
        complete = false;
        lacking.set(name, [...lacking.get(name) ?? [], server]);
      }
    }
    if (complete) sound.add(server);
    result.set(server, values);
  }
  for (const [name, missing] of lacking) {
    const description = specs[name]?.description ?? "";
    const everywhere = missing.length === servers.length;
    const message = everywhere
      ? `is missing: ${description}`
      : `is missing for ${missing.join(", ")}; give it here for all, or in individually.${missing[0]}: ${description}`;
    context.problems.add(at.missing(name), message);
  }
  reportSharedValues(request, result, context);
  await validateEach(request, result, sound, context);
  return result;
}

function readLayer(written: ReadonlyMap<string, Cursor>, specs: OptionSpecs, context: FileContext): Layer {
  const layer: Layer = { values: {}, broken: new Set() };
  for (const [name, spec] of Object.entries(specs)) {
    const cursor = written.get(name);
    if (cursor === undefined) continue;
    const value = readValue(cursor, spec, context);
    if (value === undefined) layer.broken.add(name);
    else layer.values[name] = value;
  }
  return layer;
}

function readIndividually(request: PerServerRequest, context: FileContext): Map<string, Layer> {
  const layers = new Map<string, Layer>();
  const at = request.written.get("individually");
  if (at === undefined) return layers;
  for (const { key: server, place, value } of readEntries(at, "a map from servers to options", context)) {
    if (!context.servers.includes(server)) {
      context.problems.add(place, unknownName("server", server, context.servers), FAULT_CODES.fileName);
      continue;
    }
    if (!request.servers.includes(server)) {
      context.warnings.push(`${place.keyPath}: ${server} never uses it; its servers are ${request.servers.join(", ")}`);
    }
    const written = new Map<string, Cursor>();
    for (const entry of readEntries(value, "a map of options", context)) {
      if (Object.hasOwn(request.specs, entry.key)) written.set(entry.key, entry.value);
      else if (request.commonKeys.includes(entry.key)) {
        context.problems.add(entry.place, "is the same for all servers; only options of the type can differ");
      } else unknownKey(entry, Object.keys(request.specs), context);
    }
    layers.set(server, readLayer(written, request.specs, context));
  }
  return layers;
}

/** A resource hands on what it has; its monitor gets what it asks for. */
function known(specs: OptionSpecs, given: Readonly<Values> = {}): Values {
  return Object.fromEntries(
    Object.keys(specs).flatMap((name) => given[name] === undefined ? [] : [[name, given[name]]]),
  );
}

function defaults(specs: OptionSpecs, at: Cursor, context: FileContext): Values {
  const values: Values = {};
  for (const [name, spec] of Object.entries(specs)) {
    if (spec.default === undefined) continue;
    const parsed = parseOption(spec, spec.default, context);
    if (parsed.ok) values[name] = parsed.value;
    else {context.problems.add(
        at.missing(name),
        `has a default in its plugin that is wrong: ${parsed.problem}`,
        FAULT_CODES.fileType,
      );}
  }
  return values;
}

/** Says which servers share a value that each must have for itself. */
function reportSharedValues({ at, specs }: PerServerRequest, values: PerServer, context: FileContext): void {
  for (const [name, spec] of Object.entries(specs)) {
    if (!spec.distinct) continue;
    const shown = (value: unknown) => spec.secret ? "the same value" : String(value);
    const owners = new Map<unknown, string>();
    let shared = false;
    for (const [server, options] of values) {
      const value = options[name];
      const owner = owners.get(value);
      if (value !== undefined && owner !== undefined) {
        shared = true;
        context.problems.add(
          at.missing(name),
          `is ${shown(value)} for both ${owner} and ${server}; each has its own`,
          FAULT_CODES.fileName,
        );
      } else owners.set(value, server);
    }
    if (shared || typeof spec.distinct !== "string") continue;
    for (const [value, server] of owners) {
      if (value !== undefined) {
        context.owned.take(spec.distinct, value, shown(value), server, optionPlace(at, name, server));
      }
    }
  }
}

/** The place of an option as a server gets it. */
export function optionPlace(at: Cursor, option: string, server: string): Place {
  return (at.get("individually")?.get(server)?.get(option) ?? at.get(option))?.place ?? at.missing(option);
}

/** Runs the plugin's own rules; a sentence that holds for several servers is reported once. */
async function validateEach(
  request: PerServerRequest,
  values: PerServer,
  sound: Set<string>,
  context: FileContext,
): Promise<void> {
  const said = new Map<string, string[]>();
  for (const server of sound) {
    for (const sentence of await validateSafely(request, values.get(server) ?? {})) {
      said.set(sentence, [...said.get(sentence) ?? [], server]);
    }
  }
  for (const [sentence, servers] of said) {
    const where = servers.length === request.servers.length ? "" : ` (${servers.join(", ")})`;
    context.problems.add(request.at.keyPlace, `${sentence}${where}`, FAULT_CODES.fileType);
  }
}

async function validateSafely(request: PerServerRequest, options: Values): Promise<string[]> {
  if (request.validate === undefined) return [];
  try {
    return await request.validate(options);
  } catch (error) {
    // Code of a drop-in: its bug must be a sentence about the file, not the end of the agent.
    return [`validate of its plugin failed: ${error instanceof Error ? error.message : String(error)}`];
  }
}
