import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { importsTypeScript, stripTypes } from "../../../core/plugin/strip_types.ts";
import { importStripped } from "../../../core/plugin/stripped_copy.ts";
import { withEnv } from "../variables.ts";

/** Writes files, imports the first as a runtime without TypeScript has to, and removes all. */
async function load(files: Record<string, string>): Promise<{ module: Record<string, unknown>; folder: string }> {
  const folder = await Deno.makeTempDir({ prefix: "baton-strip-" });
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.mkdir(join(folder, name, ".."), { recursive: true });
      await Deno.writeTextFile(join(folder, name), text);
    }
    const url = pathToFileURL(join(folder, Object.keys(files)[0]!));
    url.searchParams.set("modified", "1");
    return { module: await importStripped(url), folder };
  } catch (error) {
    if (error instanceof Error) error.message = error.message.replaceAll(pathToFileURL(folder).href, "DIR");
    throw error;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("only compiled programs before Deno 2.8.2 need it", () => {
  const needed = ["2.4.2", "2.7.14", "2.8.1", "1.99.99"].filter((version) => !importsTypeScript(true, version));
  assert.deepEqual(needed, ["2.4.2", "2.7.14", "2.8.1", "1.99.99"]);
  for (const version of ["2.8.2", "2.9.6", "2.10.0", "3.0.0", "2.9.0+abc"]) assert.ok(importsTypeScript(true, version));
  assert.ok(importsTypeScript(false, "2.4.2"));
});

Deno.test("files import one another, in a circle too, modules of Node and JSON", async () => {
  const { module } = await load({
    "plugins/a.ts": `import { join } from "node:path";
import type { Missing } from "./never_written.ts";
import { b } from "./b.ts";
import { up } from "../lib/up.ts";
import data from "./data.json" with { type: "json" };
export const a: number = 1;
export default [join("x", "y"), b(), up satisfies string, data.n, (await import("./late.ts")).late as unknown];
`,
    "plugins/b.ts": `import { a } from "./a.ts";\nexport const b = (): () => number => () => a;\n`,
    "plugins/late.ts": "enum E { A = 7 }\nexport const late = E.A;\n",
    "lib/up.ts": "export const up: string = 'up';\n",
    "plugins/data.json": '{ "n": 5 }',
  });
  const [path, b, up, n, late] = module.default as [string, () => number, string, number, number];
  assert.deepEqual([path, b(), up, n, late], [join("x", "y"), 1, "up", 5, 7]);
});

Deno.test("JavaScript may import TypeScript, and each finds what lies beside it", async () => {
  const { module, folder } = await load({
    "a.js": `import { where } from "./b.ts";\nexport default [import.meta.url, import.meta.filename, where];\n`,
    "b.ts": "export const where: string | undefined = import.meta.dirname;\n",
  });
  assert.deepEqual(module.default, [
    `${pathToFileURL(join(folder, "a.js"))}?modified=1`,
    join(folder, "a.js"),
    folder,
  ]);
});

Deno.test("enums, namespaces and parameter properties work", async () => {
  const { module } = await load({
    "a.ts": `enum Level { Low, High }
namespace Sizes { export const big = 10; }
class Point { constructor(readonly x: number) {} }
export default [Level.High, Level[0], Sizes.big, new Point(3).x];
`,
  });
  assert.deepEqual(module.default, [1, "Low", 10, 3]);
});

const places: [string, Record<string, string>, RegExp][] = [
  [
    "a syntax error in TypeScript",
    { "a.ts": "export default {\n  kind: 'monitor' as const,\n  options: {} foo\n};" },
    /Expected ',', got 'ident' at DIR\/a\.ts\?modified=1:3:15$/,
  ],
  [
    "after characters of other widths",
    { "a.ts": "const s: string = 'é日本語𝄞🎉'; const x: number = = 2;" },
    /DIR\/a\.ts\?modified=1:1:49$/,
  ],
  [
    "after tabs",
    { "a.ts": "export {};\r\n\t\tconst x: number = = 2;" },
    /DIR\/a\.ts\?modified=1:2:21$/,
  ],
  [
    "a syntax error in an imported file",
    { "a.ts": 'import "./b.ts";', "b.ts": "export {};\nlet x: = 2;" },
    /DIR\/b\.ts:2:8$/,
  ],
  [
    "what only the runtime refuses, on the first line",
    { "a.ts": "let x: number = 1; let x: number = 2; export default x;" },
    /'x' has already been declared at DIR\/a\.ts\?modified=1:1:24$/,
  ],
  [
    "what only the runtime refuses, further down",
    { "a.ts": "interface A { a: string }\nlet x: number = 1;\nlet x: number = 2;" },
    /'x' has already been declared at DIR\/a\.ts\?modified=1:3:5$/,
  ],
  ["a file that is missing", { "a.ts": 'import "./gone.ts";' }, /gone\.ts/],
  ["what a file throws", { "a.ts": "const n: null = null;\nthrow new RangeError('no ' + n);" }, /^no null$/],
];

for (const [what, files, message] of places) {
  Deno.test(`the place is that in the original: ${what}`, async () => {
    await assert.rejects(load(files), (error: Error) => {
      assert.match(error.message, message);
      assert.doesNotMatch(error.message + error.stack, /baton-dropin-/);
      return true;
    });
  });
}

Deno.test("stripping keeps every line and column", async () => {
  const source =
    "type A = { a: string };\nexport function f(a: A, b?: number): string {\n  return a.a + (b as number);\n}\n";
  const code = await stripTypes(source, "file:///a.ts");
  assert.equal(code.length, source.length);
  for (const word of ["function", "return", "a.a"]) assert.equal(code.indexOf(word), source.indexOf(word));
});

Deno.test("nothing stays behind, and an import of a whole project is refused", async () => {
  const folder = await Deno.makeTempDir({ prefix: "baton-strip-tmp-" });
  const files = { "a.ts": "export default 1 as number;", "b.ts": "export default = 1;" };
  const many = Array.from({ length: 201 }, (_, at) => [`m${at}.ts`, `export * from "./m${at + 1}.ts";`]);
  try {
    await withEnv({ TMPDIR: folder }, async () => {
      await load(files);
      await assert.rejects(load({ "b.ts": files["b.ts"] }));
      await assert.rejects(load(Object.fromEntries(many)), /imports more than 200 files/);
    });
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
