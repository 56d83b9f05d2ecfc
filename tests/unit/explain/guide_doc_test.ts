/** docs/guide.md: every numbered step has its row, and what a row names exists. */
import assert from "node:assert/strict";
import { COMMANDS } from "../../../core/cli/main.ts";
import { jsonSchema } from "../../../core/config/json_schema.ts";
import { meaningOf } from "../../../core/explain/codes.ts";
import { GUIDE_ROWS } from "../../../core/explain/guide_rows.ts";
import type { PluginKind } from "../../../core/plugin/contract.ts";
import { builtIns } from "../../../plugins/mod.ts";
import { sourcesBelow } from "./given_codes.ts";

const text = await Deno.readTextFile(new URL("../../../docs/guide.md", import.meta.url));
const rows = text.split("\n").filter((line) => line.startsWith("| <a id="));
/** The rows without those of chapter 7. */
const steps = rows.filter((row) => !row.startsWith('| <a id="7-'));
const anchors = [...text.matchAll(/<a id="([^"]+)">/g)].map((match) => match[1]!);

/** Numbered steps of the guide: how many each of its lists has; 0: one step without a number. */
const LISTS: Readonly<Record<string, number>> = {
  "4-1": 8,
  "4-1-eni": 3,
  "4-2": 6,
  "4-3-1": 8,
  "4-3-2-group": 5,
  "4-3-2-md": 10,
  "4-3-2-vip": 8,
  "4-3-3-az": 9,
  "4-3-3-vipw": 0,
  "4-3-3-ip": 8,
  "4-3-4": 0,
  "5-1": 7,
  "5-1-eni": 3,
  "5-2": 6,
  "5-3-1": 8,
  "5-3-2-group": 5,
  "5-3-2-md": 10,
  "5-3-2-eip": 8,
  "5-3-3-az": 9,
  "5-3-3-eipw": 0,
  "5-3-3-genw": 0,
  "5-3-4": 0,
  "6-1": 0,
  "6-2-role": 6,
  "6-2-user": 5,
};

Deno.test("guide.md: every numbered step of chapters 4 to 6 has a row, and every symptom of chapter 7", () => {
  const wanted = Object.entries(LISTS).flatMap(([list, count]) =>
    count === 0 ? [list] : Array.from({ length: count }, (_, index) => `${list}.${index + 1}`)
  );
  assert.deepEqual([...anchors].sort(), [...wanted, ...GUIDE_ROWS.map(({ id }) => `7-${id}`)].sort());
  assert.equal(steps.length + GUIDE_ROWS.length, rows.length);
});

Deno.test("guide.md: chapter 7 has the symptoms and numbers of the catalogue", () => {
  for (const { id, symptom, guideCode, code } of GUIDE_ROWS) {
    const cells = rows.find((row) => row.includes(`id="7-${id}"`))!.split("|").map((cell) => cell.trim());
    assert.equal(cells[1], `<a id="7-${id}"></a>${symptom}`);
    assert.deepEqual(cells.slice(2, 4), [guideCode, code].map((number) => number === null ? "-" : String(number)));
  }
});

/** Code in the last cell of each row. */
const NAMED = rows.flatMap((row) => {
  const cell = row.split("|").at(-2)!;
  return [...cell.matchAll(/`([^`]+)`/g)].map((match) => ({ row, code: match[1]! }));
});

Deno.test("guide.md: every command, key, type and action that a row names exists", async () => {
  assert.ok(NAMED.length > 80);
  const aws = [...(await sourcesBelow("core/aws")).values()].join("\n");
  const schema = await jsonSchema(builtIns);
  const wrong: string[] = [];
  for (const { code, row } of NAMED) {
    if (!await exists(code, schema, aws)) wrong.push(`${code} in ${row.slice(0, 60)}`);
  }
  assert.deepEqual(wrong, []);
});

Deno.test("guide.md: what does not exist is found", async () => {
  const schema = await jsonSchema(builtIns);
  for (
    const code of ["baton fly", "baton explain 4711", "aws-vip.color", "type: nothing", "groups.*.colour", "ec2:Paint"]
  ) {
    assert.equal(await exists(code, schema, ""), false, code);
  }
  for (const code of ["groups.*.resources.*.activation.retries", "servers.*.interconnect", "aws.region", "quorum"]) {
    assert.equal(await exists(code, schema, ""), true, code);
  }
});

Deno.test("guide.md: every row says what does it, or why nothing has to", () => {
  for (const row of rows) {
    const cell = row.split("|").at(-2)!.trim();
    assert.match(cell, /`|not needed|not yet|made in AWS|by hand|can't happen/, row);
  }
});

/** Programs and files that are named as such. */
const OTHERS = new Set(["cluster.yaml", "ip", "ping", "systemctl", "individually", "port443"]);
const KINDS = Object.keys(builtIns) as PluginKind[];

async function exists(code: string, schema: Record<string, unknown>, aws: string): Promise<boolean> {
  const command = /^baton ([a-z-]+)(?: (\d+))?$/.exec(code);
  if (command) {
    const known = COMMANDS.some(({ name }) => name === command[1]);
    return known && (command[2] === undefined || meaningOf(Number(command[2])) !== undefined);
  }
  const action = /^ec2:(\w+)$/.exec(code);
  if (action) return new RegExp(`\\b${action[1]}(?:Command)?\\b`).test(aws);
  const type = code.replace(/^type: /, "");
  const [name = "", option] = type.split(".");
  const kinds = KINDS.filter((kind) => Object.hasOwn(builtIns[kind], name));
  if (kinds.length > 0 && option === undefined) return true;
  for (const kind of kinds) {
    if (Object.hasOwn((await builtIns[kind][name]!()).default.options, option!)) return true;
  }
  return OTHERS.has(code) || hasKey(schema, code.split("."));
}

/** Whether the schema of `cluster.yaml` has the key; `*` is any name in a table. */
function hasKey(schema: unknown, [key, ...rest]: string[]): boolean {
  if (key === undefined) return true;
  const { properties = {}, additionalProperties, anyOf = [] } = (schema ?? {}) as {
    properties?: Record<string, unknown>;
    additionalProperties?: unknown;
    anyOf?: unknown[];
  };
  if (anyOf.some((each) => hasKey(each, [key, ...rest]))) return true;
  if (key === "*") return typeof additionalProperties === "object" && hasKey(additionalProperties, rest);
  return Object.hasOwn(properties, key) && hasKey(properties[key], rest);
}
