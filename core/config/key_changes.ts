/**
 * What differs between two texts of a `cluster.yaml`, key by key, as a person would say it. Comments and layout don't.
 *
 * @module
 */
import type { ClusterConfig } from "./config.ts";
import { type Cursor, parseYaml } from "./document.ts";
import { Problems } from "./problem.ts";

/** A key whose value differs; without `from` it is new, without `to` it is gone. */
export interface KeyChange {
  /** Dotted, as in problems. */
  key: string;
  from?: string;
  to?: string;
}

/** Maps whose order means something: preference, activation. */
const ORDERED = /^(?:servers|groups|quorum|groups\.[^.]+\.resources)$/;

/** Stands for the value of a secret. */
const HIDDEN = "(secret)";

/** The names of options that the types of these files declare secret. */
export function secretOptions(...configs: readonly ClusterConfig[]): Set<string> {
  const secrets = new Set<string>();
  for (const { groups, monitors, quorum, witness, fence } of configs) {
    const users = [...groups.flatMap(({ resources }) => resources), ...monitors, ...quorum, witness, fence];
    for (const user of users) {
      for (const [name, spec] of Object.entries(user?.plugin.options ?? {})) if (spec.secret) secrets.add(name);
    }
  }
  return secrets;
}

/** The differences, in the order of the newer text; what is gone comes last. `secrets` are told of, not shown. Throws a `ConfigError` for text that is no YAML. */
export function keyChanges(before: string, after: string, secrets: ReadonlySet<string> = new Set()): KeyChange[] {
  const [old, next] = [valuesOf(before, "the file before"), valuesOf(after, "the new file")];
  const changes: KeyChange[] = [];
  for (const [key, to] of next) {
    const from = old.get(key);
    if (from === to) continue;
    changes.push(from === undefined ? { key, to } : { key, from, to });
  }
  for (const [key, from] of old) if (!next.has(key)) changes.push({ key, from });
  return changes.map((change) => {
    if (!change.key.split(".").some((part) => secrets.has(part))) return change;
    const { key, from, to } = change;
    return { key, ...(from === undefined ? {} : { from: HIDDEN }), ...(to === undefined ? {} : { to: HIDDEN }) };
  });
}

/** One line for people: `+` new, `-` gone, `~` another value. */
export function keyChangeLine({ key, from, to }: KeyChange): string {
  if (from === undefined) return `+ ${key}: ${to}`;
  if (to === undefined) return `- ${key}: ${from}`;
  return `~ ${key}: ${from} -> ${to}`;
}

function valuesOf(text: string, label: string): Map<string, string> {
  const problems = new Problems(label);
  const top = parseYaml(text, problems);
  const values = new Map<string, string>();
  if (top !== undefined) collect(top, [], values);
  problems.throwIfAny();
  return values;
}

function collect(cursor: Cursor, path: readonly string[], values: Map<string, string>): void {
  const key = path.join(".");
  if (cursor.form !== "map") {
    values.set(key, shown(cursor));
    return;
  }
  const entries = cursor.entries();
  if (entries.length === 0) values.set(key, "{}");
  if (entries.length > 1 && ORDERED.test(key)) {
    values.set(`${key} (order)`, entries.map((entry) => entry.key).join(", "));
  }
  for (const entry of entries) collect(entry.value, [...path, entry.key], values);
}

function shown(cursor: Cursor): string {
  if (cursor.form === "list") return `[${cursor.items().map(shown).join(", ")}]`;
  if (cursor.form === "map") {
    return `{ ${cursor.entries().map(({ key, value }) => `${key}: ${shown(value)}`).join(", ")} }`;
  }
  return cursor.form === "nothing" ? "(nothing)" : String(cursor.scalar);
}
