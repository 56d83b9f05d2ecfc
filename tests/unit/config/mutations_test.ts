/** Whatever is done to a sound file: it loads, or everything that is wrong with it has a place in it. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { parse, stringify } from "yaml";
import { ConfigError } from "../../../core/config/problem.ts";
import { exampleLoader, EXAMPLES, readExample } from "./examples.ts";
import { fromText } from "./from_text.ts";

type Tree = { [key: string]: unknown } | unknown[];

async function load(text: string): Promise<"loaded" | "refused"> {
  try {
    await fromText(text, exampleLoader);
    return "loaded";
  } catch (error) {
    assert.ok(error instanceof ConfigError, `threw ${error instanceof Error ? error.stack : error} for\n${text}`);
    assert.ok(error.problems.length > 0);
    const lines = text.split("\n");
    for (const { line, column, message } of error.problems) {
      assert.ok(line >= 1 && line <= lines.length && column >= 1 && column <= (lines[line - 1]?.length ?? 0) + 1);
      assert.match(message, /^[^\n]+$/);
    }
    return "refused";
  }
}

/** Every container of a document with each of its keys. */
function spots(tree: unknown): [Tree, string][] {
  if (typeof tree !== "object" || tree === null) return [];
  const container = tree as Tree;
  return Object.entries(container).flatMap(([key, value]) => [[container, key] as [Tree, string], ...spots(value)]);
}

const anything = fc.oneof(
  fc.constantFrom(
    null,
    true,
    0,
    -1,
    1.5,
    1e300,
    "",
    "5s",
    "x",
    "10.0.0.1",
    "10.0.0.1/32",
    "server1",
    "awsvip1",
    "LocalServer",
  ),
  fc.constantFrom([], {}, [[]], [{}], { a: 1 }, ["a", null], { server1: null }, { type: "script" }, "\u0000", "\u2028"),
  fc.string({ maxLength: 12, unit: "binary" }),
  fc.jsonValue({ maxDepth: 2 }),
);

const mutation = fc.record({
  file: fc.constantFrom(...EXAMPLES),
  where: fc.nat(),
  what: fc.oneof(
    fc.record({ kind: fc.constant("delete" as const) }),
    fc.record({ kind: fc.constant("replace" as const), value: anything }),
    fc.record({
      kind: fc.constant("rename" as const),
      name: fc.oneof(fc.string({ maxLength: 8 }), fc.constant("__proto__")),
    }),
  ),
});

Deno.test("config: a changed example throws nothing but a ConfigError", async () => {
  const texts = new Map(await Promise.all(EXAMPLES.map(async (name) => [name, await readExample(name)] as const)));
  const outcomes = { loaded: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 3 }), async (mutations) => {
      const tree = parse(texts.get(mutations[0]?.file ?? "vip.yaml") ?? "");
      for (const { where, what } of mutations) {
        const all = spots(tree);
        const [container, key] = all[where % all.length] ?? assert.fail();
        const target = container as Record<string, unknown>;
        const value = target[key];
        if (what.kind === "replace") target[key] = what.value;
        else {
          delete target[key];
          // The length of a list is no key of it.
          if (what.kind === "rename" && !(Array.isArray(target) && what.name === "length")) {
            Object.defineProperty(target, what.name, { value, enumerable: true, configurable: true, writable: true });
          }
        }
        if (spots(tree).length === 0) break;
      }
      outcomes[await load(stringify(tree))]++;
    }),
    { numRuns: 200 },
  );
  // Both must happen, or the mutations say nothing about the other.
  assert.ok(outcomes.loaded > 0 && outcomes.refused > 50, JSON.stringify(outcomes));
});

Deno.test("config: a damaged text throws nothing but a ConfigError", async () => {
  const text = await readExample("vip.yaml");
  const cut = fc.record({
    at: fc.nat(text.length),
    length: fc.nat(20),
    insert: fc.string({ maxLength: 6, unit: "binary" }),
  });
  await fc.assert(
    fc.asyncProperty(cut, async ({ at, length, insert }) => {
      await load(text.slice(0, at) + insert + text.slice(at + length));
    }),
    { numRuns: 150 },
  );
});

Deno.test("config: text that is no configuration throws nothing but a ConfigError", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ maxLength: 200, unit: "binary" }), async (text) => {
      assert.equal(await load(text), "refused");
    }),
    { numRuns: 150 },
  );
});
