import assert from "node:assert/strict";
import { join } from "node:path";
import { type Answer, buildExecutable, type Built, runBare } from "./executable.ts";

let built: Built;

Deno.test.beforeAll(async () => {
  built = await buildExecutable();
});

Deno.test.afterAll(async () => {
  await built?.remove();
});

const CLUSTER = `cluster: drop-ins
key: baton.key
state: state
servers:
  server1: { interconnect: 127.0.0.1:7001 }
  server2: { interconnect: 127.0.0.1:7002 }
groups:
  failover1:
    resources:
      app1: { type: script, start: ["true"], stop: ["true"] }
monitors:
  mine1: { type: mine, size: 3 }
`;

const MONITOR = (description: string) =>
  `{
  kind: "monitor",
  description: ${description},
  options: { size: { type: "integer", min: 1, max: 5, description: "how much" } },
  async check() { return { status: "normal", message: "fine" }; },
}`;

/** Runs `baton check` on a folder with these files and a `cluster.yaml` whose monitor has the type `mine`. */
async function check(files: Record<string, string>, cluster = CLUSTER): Promise<Answer> {
  const folder = await Deno.makeTempDir({ prefix: "baton-test-" });
  try {
    await Deno.writeTextFile(join(folder, "cluster.yaml"), cluster);
    for (const [name, text] of Object.entries(files)) {
      await Deno.mkdir(join(folder, name, ".."), { recursive: true });
      await Deno.writeTextFile(join(folder, name), text);
    }
    const answer = await runBare(built.path, ["check"], folder);
    return { ...answer, err: answer.err.replaceAll(await Deno.realPath(folder), "DIR") };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const TYPED = {
  "plugins/mine.ts": `import type { Words } from "./lib/words.ts";
import { basename } from "node:path";
import { sentence } from "./lib/words.ts";
enum Level { Low = 1 }
const words: Words = { first: basename("/a/Checks") };
export default ${MONITOR("sentence(words, Level.Low as number)")};
`,
  "plugins/lib/words.ts": `import { end } from "../end.js";
export interface Words { first: string }
export function sentence({ first }: Words, level: number): string { return first + " " + level + end; }
`,
  "plugins/end.js": `export const end = ".";\n`,
};

const good: [string, Record<string, string>][] = [
  ["TypeScript that imports TypeScript, JavaScript and node:", TYPED],
  ["JavaScript", { "plugins/mine.js": `import "node:os";\nexport default ${MONITOR("'Checks.'")};` }],
  ["a JavaScript module", { "plugins/mine.mjs": `export default ${MONITOR("'Checks.'")};` }],
  ["JavaScript that imports TypeScript", {
    "plugins/mine.js": `import { what } from "./what.ts";\nexport default ${MONITOR("what")};`,
    "plugins/what.ts": "export const what: string = 'Checks.';",
  }],
];

for (const [what, files] of good) {
  Deno.test(`a drop-in works in the executable: ${what}`, async () => {
    const { status, out, err } = await check(files);
    assert.equal(err, "");
    assert.equal(status, 0);
    assert.match(out, /2 servers, 1 group, 1 resource, 1 monitor/);
    // The options are those that the drop-in declares.
    const refused = await check(files, CLUSTER.replace("size: 3", "size: 9"));
    assert.equal(refused.status, 2);
    assert.match(refused.err, /cluster\.yaml:\d+:\d+: monitors\.mine1\.size: /);
  });
}

const bad: [string, Record<string, string>, RegExp][] = [
  [
    "a syntax error in TypeScript",
    { "plugins/mine.ts": "interface A { a: string }\nexport default {\n\tkind: 'monitor' as const foo\n};\n" },
    /plugins\/mine\.ts:3:27 is not valid TypeScript or JavaScript: /,
  ],
  [
    "a syntax error in JavaScript",
    { "plugins/mine.mjs": "export default {\n  kind: = 1 };\n" },
    /plugins\/mine\.mjs:2:9 is not valid TypeScript or JavaScript: /,
  ],
  [
    "a syntax error in an imported file",
    { "plugins/mine.ts": 'import "./b.ts";\nexport default 1 as number;', "plugins/b.ts": "let a: = 2;\n" },
    /plugins\/mine\.ts.*DIR\/plugins\/b\.ts:1:8/,
  ],
  ["no default export", { "plugins/mine.ts": "export const a: number = 1;" }, /plugins\/mine\.ts has no default/],
];

for (const [what, files, message] of bad) {
  Deno.test(`a drop-in is refused by the executable with its place: ${what}`, async () => {
    const { status, err } = await check(files);
    assert.equal(status, 2);
    assert.match(err, message);
    assert.match(err, /cluster\.yaml:\d+:\d+: monitors\.mine1\.type: /);
  });
}

Deno.test("a drop-in may lie beside the executable instead of beside cluster.yaml", async () => {
  const home = await Deno.makeTempDir({ prefix: "baton-home-" });
  const site = await Deno.makeTempDir({ prefix: "baton-site-" });
  try {
    await Deno.copyFile(built.path, join(home, "baton"));
    await Deno.mkdir(join(home, "plugins"));
    await Deno.writeTextFile(join(home, "plugins", "mine.ts"), `export default ${MONITOR("'Checks.' as string")};`);
    await Deno.writeTextFile(join(site, "cluster.yaml"), CLUSTER);
    const { status, err } = await runBare(join(home, "baton"), ["check"], site);
    assert.equal(err, "");
    assert.equal(status, 0);
  } finally {
    await Deno.remove(home, { recursive: true });
    await Deno.remove(site, { recursive: true });
  }
});
