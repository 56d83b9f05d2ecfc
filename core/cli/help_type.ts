/**
 * `baton help TYPE`: what a type of `cluster.yaml` is, and its options.
 *
 * @module
 */
import { builtIns, families } from "../../plugins/mod.ts";
import { duration } from "../config/durations.ts";
import { DropIns } from "../host/drop_ins.ts";
import { createOs } from "../os/mod.ts";
import type { Plugin, PluginKind } from "../plugin/contract.ts";
import { dropInDirs, dropInFiles } from "../plugin/loader.ts";
import type { OptionSpec } from "../plugin/options.ts";
import { TYPE_NAME } from "../plugin/registry.ts";
import { SILENT } from "./config_file.ts";
import { wrapped } from "./wrapped.ts";

const KINDS = Object.keys(builtIns) as PluginKind[];

/** Where the type is written in `cluster.yaml`. */
const PLACES: Readonly<Record<PluginKind, string>> = {
  resource: "under groups.GROUP.resources",
  monitor: "under monitors",
  quorum: "under quorum",
  fence: "as fence",
};

/** The names of all built-in types, each once. */
export function typeNames(): string[] {
  return [...new Set(KINDS.flatMap((kind) => Object.keys(builtIns[kind])))].sort();
}

/**
 * The text for a type: of each kind that has it, or of the drop-in beside `configPath`. Undefined when there is none.
 * Throws a `PluginError` when a drop-in can't be used.
 */
export async function typeHelp(type: string, configPath: string): Promise<string | undefined> {
  const found: Plugin[] = [];
  for (const kind of KINDS) {
    if (!Object.hasOwn(builtIns[kind], type)) continue;
    found.push((await builtIns[kind][type]!()).default);
  }
  if (found.length === 0) {
    const dropIn = await dropInPlugin(type, configPath);
    if (dropIn !== undefined) found.push(dropIn);
  }
  return found.length === 0 ? undefined : found.map((plugin) => describe(type, plugin)).join("\n\n");
}

async function dropInPlugin(type: string, configPath: string): Promise<Plugin | undefined> {
  const [prefix = "", ...rest] = type.split(":");
  const known = families(createOs());
  if (rest.length > 0 && Object.hasOwn(known, prefix)) return await known[prefix]!(type, "resource");
  if (!TYPE_NAME.test(type)) return undefined;
  const dirs = dropInDirs(configPath, Deno.build.standalone ? Deno.execPath() : undefined);
  const [file] = await dropInFiles(type, dirs);
  if (file === undefined) return undefined;
  const dropIns = new DropIns({ log: () => SILENT });
  try {
    return await dropIns.describe(type, file);
  } finally {
    await dropIns.close();
  }
}

function describe(type: string, plugin: Plugin): string {
  const options = Object.entries(plugin.options);
  const width = Math.max(0, ...options.map(([name]) => name.length)) + 2;
  return [
    `${type}, a type of kind ${plugin.kind} (type: ${type}, ${PLACES[plugin.kind]})`,
    "",
    ...wrapped(plugin.description, ""),
    "",
    ...(options.length === 0 ? ["It has no options."] : ["Options:"]),
    ...options.flatMap(([name, spec]) => [
      `  ${name.padEnd(width)}${spec.type}${facts(spec)}`,
      ...wrapped(spec.description, " ".repeat(width + 2)),
    ]),
    ...claims(plugin),
    ...defaults(plugin),
  ].join("\n");
}

/** What is said of an option behind its type. */
function facts(spec: OptionSpec): string {
  const said = [
    ...(spec.required ? ["required"] : []),
    ...(spec.default === undefined ? [] : [`default ${String(spec.default)}`]),
    ...(spec.oneOf === undefined ? [] : [`one of ${spec.oneOf.join(", ")}`]),
    ...(spec.min === undefined ? [] : [`at least ${bound(spec, spec.min)}`]),
    ...(spec.max === undefined ? [] : [`at most ${bound(spec, spec.max)}`]),
    ...(spec.distinct ? ["another one for each server"] : []),
    ...(spec.secret ? ["never shown"] : []),
  ];
  return said.length === 0 ? "" : `, ${said.join(", ")}`;
}

/** What no two resources may share. */
function claims(plugin: Plugin): string[] {
  const said = (plugin.kind === "resource" ? plugin.claims ?? [] : []).map(({ what, options, within }) =>
    `${what} (${options.join(", ")}), once ${within === "cluster" ? "in the cluster" : "on each server"}`
  );
  return said.length === 0 ? [] : ["", ...wrapped(`It claims: ${said.join("; ")}.`, "")];
}

function bound({ type }: OptionSpec, limit: number): string {
  return type === "duration" ? duration(limit) : String(limit);
}

/** Where `cluster.yaml` has another key than the contract has a name. */
const KEYS: Readonly<Record<string, string>> = {
  activateTimeout: "activation.timeout",
  activateRetries: "activation.retries",
  deactivateTimeout: "deactivation.timeout",
};

/** Timing where `cluster.yaml` says nothing, by the keys with which it would say something. */
function defaults(plugin: Plugin): string[] {
  const said = Object.entries(plugin.defaults ?? {}).flatMap(([name, value]) => {
    const ms = name.endsWith("Ms") && typeof value === "number";
    const key = ms ? name.slice(0, -2) : name;
    const given = ms ? duration(value) : String(value);
    if (plugin.kind !== "quorum") return [`${KEYS[key] ?? key} ${given}`];
    if (plugin.vote !== "sound") return [`${key} the heartbeat interval, at most ${given}`];
    // A witness is asked when its vote is needed.
    return key === "interval" ? [] : [`${key} a quarter of the permit, at most ${given}`];
  });
  return said.length === 0
    ? []
    : ["", `Where cluster.yaml says nothing: ${said.join(plugin.kind === "quorum" ? "; " : ", ")}.`];
}
