/**
 * The tables of `docs/types.md`: every built-in type with its options, its defaults, and where each comes from. All but
 * the last column is what the types declare; that one is written by hand and kept.
 *
 * @module
 */
import type { Plugin, PluginKind } from "../../../core/plugin/contract.ts";
import type { OptionSpec } from "../../../core/plugin/options.ts";
import { builtIns } from "../../../plugins/mod.ts";

/** Where the tables begin; what stands above is written by hand. */
export const MARK = "<!-- The tables below are made from the declarations of the types. -->";

/** Where a default comes from as long as nobody has written anything else. */
const OURS = "ours";

const KINDS: readonly (readonly [kind: PluginKind, title: string])[] = [
  ["resource", "Resources"],
  ["monitor", "Monitors"],
  ["quorum", "Votes"],
  ["fence", "Fences"],
];

/** One row: its name, and where its default comes from. */
type Origins = ReadonlyMap<string, string>;

/** The origins in a document, by `kind type row`. */
export function originsIn(document: string): Origins {
  const found = new Map<string, string>();
  let section = "";
  for (const line of document.slice(document.indexOf(MARK)).split("\n")) {
    const heading = /^### `([^`]+)` \((\w+)\)/.exec(line);
    if (heading) section = `${heading[2]} ${heading[1]}`;
    const cells = line.split("|").map((cell) => cell.trim());
    if (cells.length === 6 && !/^-+$/.test(cells[1]!)) found.set(`${section} ${cells[1]}`, cells[4]!);
  }
  return found;
}

/** The tables, with the origins as they are in the present document. */
export async function typeTables(origins: Origins): Promise<string> {
  const parts: string[] = [MARK];
  for (const [kind, title] of KINDS) {
    parts.push("", `## ${title}`);
    for (const [type, load] of Object.entries(builtIns[kind]).sort(([a], [b]) => a < b ? -1 : 1)) {
      const plugin = (await load()).default;
      const origin = (row: string) => origins.get(`${kind} ${type} ${row}`) ?? OURS;
      parts.push("", `### \`${type}\` (${kind})`, "", plugin.description, ...claimsOf(plugin), "");
      parts.push("| option | default | what it is | where the default comes from |", "| --- | --- | --- | --- |");
      for (const [name, spec] of Object.entries(plugin.options)) {
        const given = defaultOf(spec);
        const from = spec.default === undefined ? "" : origin(`\`${name}\``);
        parts.push(`| \`${name}\` | ${given} | ${describe(spec)} | ${from} |`);
      }
      for (const [name, value, what] of timesOf(plugin)) {
        parts.push(`| ${name} | ${value} | ${what} | ${origin(name)} |`);
      }
    }
  }
  return parts.join("\n") + "\n";
}

/** A document without what only makes it pretty. */
export function plain(document: string): string {
  return document.split("\n").filter((line) => !/^[|\s-]*$/.test(line)).map((line) => line.replace(/\s+/g, " ").trim())
    .join("\n").replace(/\n(?![|#<])/g, " ");
}

function defaultOf(spec: OptionSpec): string {
  if (spec.required) return "required";
  return spec.default === undefined ? "none" : `\`${String(spec.default)}\``;
}

function describe(spec: OptionSpec): string {
  const words = spec.oneOf === undefined ? "" : ` (${spec.oneOf.map((word) => `\`${word}\``).join(", ")})`;
  const own = spec.distinct ? "; no two servers may have the same" : "";
  return `${spec.description}${words}${own}`.replaceAll("|", "or");
}

/** What no two resources may share. */
function claimsOf(plugin: Plugin): string[] {
  const said = (plugin.kind === "resource" ? plugin.claims ?? [] : []).map(({ what, options, within }) =>
    `${what} (${options.map((name) => `\`${name}\``).join(", ")}), once ` +
    (within === "cluster" ? "in the cluster" : "on each server")
  );
  return said.length === 0 ? [] : ["", `Claims: ${said.join("; ")}.`];
}

/** What a type says of its own times, in words. */
function timesOf(plugin: Plugin): [name: string, value: string, what: string][] {
  const { defaults = {} } = plugin as { defaults?: Record<string, number | string | undefined> };
  const names: Record<string, string> = {
    activateTimeoutMs: "time to activate",
    activateRetries: "retries of the activation",
    deactivateTimeoutMs: "time to deactivate",
    intervalMs: "interval",
    timeoutMs: "timeout",
    retries: "retries",
    startDelayMs: "start delay",
    timing: "timing",
  };
  return Object.entries(names).flatMap(([key, name]) => {
    const value = defaults[key];
    if (value === undefined) return [];
    const what = plugin.kind === "quorum" ? shorterThan(key, plugin.vote === "sound") : "";
    if (what === undefined) return [];
    return [[name, key.endsWith("Ms") ? `${Number(value) / 1_000} s` : String(value), what]] as [
      string,
      string,
      string,
    ][];
  });
}

/** What is taken in place of a time of a device or witness; undefined where the time means nothing. */
function shorterThan(key: string, witness: boolean): string | undefined {
  if (!witness) return "the heartbeat interval when that is shorter";
  return key === "intervalMs" ? undefined : "a quarter of the permit when that is shorter";
}
