/**
 * `startAfter` and `stopAfter` of a group: which other groups it waits for.
 *
 * @module
 */
import type { StartAfter, StopAfter } from "../cluster/spec.ts";
import { FAULT_CODES } from "../plugin/fault.ts";
import type { FileContext } from "./context.ts";
import type { Cursor } from "./document.ts";
import { circle } from "./resource_order.ts";
import { readSection, readValue, wrongForm } from "./shape/read.ts";
import type { ListShape, SectionShape, ShapeKeys, WordOrSectionShape } from "./shape/shape.ts";
import { unknownName } from "./unknown_name.ts";

const DAY_MS = 86_400_000;
const TIMEOUT = { type: "duration", min: 1_000, max: DAY_MS, default: "30m" } as const;
/** What `default` above says. */
const DEFAULT_TIMEOUT_MS = 1_800_000;

const START_KEYS = {
  group: { type: "string", required: true, description: "the group that is to be online first" },
  sameServer: {
    type: "boolean",
    default: false,
    description: "waits for it only where it comes to the same server, else wherever it is",
  },
  timeout: { ...TIMEOUT, description: "how long it is waited for" },
  onTimeout: {
    type: "string",
    oneOf: ["abort", "continue"],
    default: "abort",
    description: "abort: the group stays down until an operator starts it; continue: it starts all the same",
  },
} as const satisfies ShapeKeys;

const START: SectionShape<typeof START_KEYS> = {
  form: "section",
  description: "a group to wait for",
  keys: START_KEYS,
};

const NAME = { type: "string", description: "the name of a group" } as const;

export const START_AFTER_SHAPE = {
  form: "list",
  description: "groups that are to be online before this one starts: names, or sections with their own times",
  word: NAME,
  section: START,
} as const satisfies ListShape;

const STOP_KEYS = {
  groups: { type: "strings", single: true, required: true, description: "the groups that are to be down first" },
  at: {
    type: "strings",
    single: true,
    description: "when: group (an operator stops it), server (its server leaves), cluster (all leave); default cluster",
  },
  timeout: { ...TIMEOUT, description: "how long they are waited for; then it stops all the same" },
} as const satisfies ShapeKeys;

const STOP: SectionShape<typeof STOP_KEYS> = { form: "section", description: "when it waits", keys: STOP_KEYS };

export const STOP_AFTER_SHAPE = {
  form: "word-or-section",
  description: "groups that are to be down before this one stops in order",
  word: { type: "strings", single: true, description: "the names of groups; waits when the whole cluster stops" },
  section: STOP,
} as const satisfies WordOrSectionShape;

/** Reads `startAfter`. */
export function readStartAfter(at: Cursor | undefined, context: FileContext): StartAfter[] {
  if (at === undefined) return [];
  if (at.form === "nothing") wrongForm(at, "a list of groups", context);
  const found: StartAfter[] = [];
  for (const item of at.form === "list" ? at.items() : at.form === "nothing" ? [] : [at]) {
    if (item.form === "map") {
      const { values } = readSection(item, START, context);
      if (values.group === undefined) continue;
      const { group, sameServer, timeout: timeoutMs, onTimeout } = values;
      found.push({ group, sameServer, timeoutMs, onTimeout });
      continue;
    }
    const group = readValue(item, NAME, context);
    if (typeof group !== "string") continue;
    found.push({ group, sameServer: false, timeoutMs: DEFAULT_TIMEOUT_MS, onTimeout: "abort" });
  }
  return found;
}

/** Reads `stopAfter`. */
export function readStopAfter(at: Cursor | undefined, context: FileContext): StopAfter | undefined {
  if (at === undefined) return undefined;
  if (at.form !== "map") {
    const groups = readValue(at, STOP_AFTER_SHAPE.word, context) as string[] | undefined;
    const occasions = { group: false, server: false, cluster: true };
    return groups && { groups, at: occasions, timeoutMs: DEFAULT_TIMEOUT_MS };
  }
  const { values, written } = readSection(at, STOP, context);
  const occasions = values.at ?? ["cluster"];
  const wrong = occasions.find((occasion) => !["group", "server", "cluster"].includes(occasion));
  if (wrong !== undefined) {
    context.problems.add((written.get("at") ?? at).place, `must be some of group, server, cluster (it is "${wrong}")`);
  }
  if (values.groups === undefined) return undefined;
  return {
    groups: values.groups,
    at: {
      group: occasions.includes("group"),
      server: occasions.includes("server"),
      cluster: occasions.includes("cluster"),
    },
    timeoutMs: values.timeout,
  };
}

/** A group with what it waits for. */
export interface Waiting {
  name: string;
  startAfter?: readonly StartAfter[];
  stopAfter?: StopAfter;
}

/** Reports groups that do not exist, and those that would wait for each other. `at` is the table of groups. */
export function checkDependencies(at: Cursor | undefined, groups: readonly Waiting[], context: FileContext): void {
  const names = groups.map(({ name }) => name);
  const awaited = {
    startAfter: (name: string) =>
      groups.find((group) => group.name === name)?.startAfter?.map(({ group }) => group) ?? [],
    stopAfter: (name: string) => groups.find((group) => group.name === name)?.stopAfter?.groups ?? [],
  };
  for (const key of ["startAfter", "stopAfter"] as const) {
    const reported = new Set<string>();
    for (const name of names) {
      const place = at?.get(name)?.get(key)?.place;
      if (place === undefined) continue;
      const unknown = awaited[key](name).find((other) => !names.includes(other));
      if (unknown !== undefined) {
        context.problems.add(place, unknownName("group", unknown, names), FAULT_CODES.fileName);
      }
      const path = circle(name, awaited[key]);
      if (path[0] !== name || path.some((member) => reported.has(member))) continue;
      for (const member of path) reported.add(member);
      context.problems.add(
        place,
        `goes round in a circle: ${path.join(" waits for ")}; take one of them out`,
        FAULT_CODES.fileSense,
      );
    }
  }
}
