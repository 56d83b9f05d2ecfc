/**
 * `exclusions`: groups that are better, or must be, on different servers.
 *
 * @module
 */
import type { ExclusionSpec } from "../cluster/spec.ts";
import { FAULT_CODES } from "../plugin/fault.ts";
import type { FileContext } from "./context.ts";
import type { Cursor } from "./document.ts";
import { readSection, readTable } from "./shape/read.ts";
import type { SectionShape, ShapeKeys, TableShape } from "./shape/shape.ts";
import { unknownName } from "./unknown_name.ts";

const KEYS = {
  groups: { type: "strings", required: true, description: "the groups that exclude each other, two or more" },
  kind: {
    type: "string",
    oneOf: ["normal", "absolute"],
    default: "normal",
    description: "normal: they share a server only while no other could take one; absolute: they never do",
  },
} as const satisfies ShapeKeys;

const RULE: SectionShape<typeof KEYS> = { form: "section", description: "an exclusion rule", keys: KEYS };

export const EXCLUSIONS_SHAPE = {
  form: "table",
  description: "rules that keep groups on different servers, by their names",
  of: RULE,
} as const satisfies TableShape;

/** Reads `exclusions`. `groups` are the names of all groups. */
export function readExclusions(
  at: Cursor | undefined,
  groups: readonly string[],
  context: FileContext,
): ExclusionSpec[] {
  const rules: ExclusionSpec[] = [];
  for (const { key: name, place, value } of readTable(at, EXCLUSIONS_SHAPE, context)) {
    context.names.take(name, "exclusion rule", place);
    const { values, written } = readSection(value, RULE, context);
    const listAt = written.get("groups")?.place ?? place;
    const members = [...new Set(values.groups ?? [])];
    for (const member of members) {
      if (groups.includes(member)) continue;
      context.problems.add(listAt, unknownName("group", member, groups), FAULT_CODES.fileName);
    }
    if (values.groups !== undefined && members.length < 2) {
      context.problems.add(
        listAt,
        "a rule needs two groups or more: one alone excludes nothing",
        FAULT_CODES.fileSense,
      );
    }
    rules.push({ name, groups: members, kind: values.kind });
  }
  return rules;
}
