import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { COMMANDS } from "../../../core/cli/main.ts";
import { meaningOf } from "../../../core/explain/codes.ts";
import { reasonOf, REASONS } from "../../../core/explain/reasons.ts";

Deno.test("every word of the journal is explained, and no other", async () => {
  const path = fileURLToPath(new URL("../../../core/cluster/reasons.ts", import.meta.url));
  const union = /export type ReasonCode =([^;]+);/.exec(await Deno.readTextFile(path))![1]!;
  const words = [...union.matchAll(/"([a-z-]+)"/g)].map((match) => match[1]!);
  assert.ok(words.length > 40);
  assert.deepEqual(Object.keys(REASONS).sort(), words.sort());
});

Deno.test("what a word says to do names commands that exist", () => {
  const commands = new Set(COMMANDS.map(({ name }) => name));
  for (const [word, { meaning, todo = "" }] of Object.entries(REASONS)) {
    assert.ok(meaning.endsWith("."), word);
    for (const [, name] of `${meaning} ${todo}`.matchAll(/\bbaton ([a-z-]+)/g)) assert.ok(commands.has(name!), name);
  }
});

Deno.test("a word is never a number, so what explain is asked is clear", () => {
  for (const word of Object.keys(REASONS)) assert.equal(meaningOf(Number(word)), undefined);
  assert.equal(reasonOf("constructor"), undefined);
});
