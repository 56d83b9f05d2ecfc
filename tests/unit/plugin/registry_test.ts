import assert from "node:assert/strict";
import { join } from "node:path";
import type { Plugin, PluginKind } from "../../../core/plugin/contract.ts";
import { dropInDirs } from "../../../core/plugin/loader.ts";
import { PluginError } from "../../../core/plugin/plugin_error.ts";
import { loadPlugin, type PluginTable } from "../../../core/plugin/registry.ts";

const builtIns: PluginTable = {
  resource: { "aws-vip": () => import("../../../plugins/resources/aws-vip.ts") },
  monitor: { "tcp": () => import("../../../plugins/monitors/tcp.ts") },
  quorum: {},
  fence: {},
};

const MONITOR = `export default {
  kind: "monitor",
  description: "Checks something.",
  options: { host: { type: "string", description: "who" } },
  async check() { return { status: "normal", message: "fine" }; },
};`;

/** Writes drop-ins, loads a type, and removes them. */
async function load(files: Record<string, string>, type: string, kind: PluginKind = "monitor"): Promise<Plugin> {
  const folder = await Deno.makeTempDir({ prefix: "baton-dropins-" });
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.mkdir(join(folder, name, ".."), { recursive: true });
      await Deno.writeTextFile(join(folder, name), text);
    }
    return await loadPlugin(type, kind, { builtIns, dropInDirs: [folder, join(folder, "second"), "/nowhere"] });
  } catch (error) {
    if (error instanceof PluginError) error.message = error.message.replaceAll(folder, "DIR");
    throw error;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (const extension of ["ts", "js", "mjs"]) {
  Deno.test(`a drop-in with the extension ${extension} is found by its name`, async () => {
    const plugin = await load({ [`port443.${extension}`]: MONITOR }, "port443");
    assert.equal(plugin.description, "Checks something.");
  });
}

Deno.test("a drop-in may be TypeScript with types, and lie in the second folder", async () => {
  const text = `interface A { signal: AbortSignal }\n${MONITOR.replace("check()", "check(a: A): Promise<unknown>")}`;
  assert.equal((await load({ "second/mine.ts": text }, "mine")).kind, "monitor");
});

Deno.test("a built-in is loaded from the table", async () => {
  const plugin = await load({}, "aws-vip", "resource");
  assert.ok(plugin.kind === "resource" && plugin.address);
});

Deno.test("an edited drop-in is loaded anew", async () => {
  const folder = await Deno.makeTempDir({ prefix: "baton-dropins-" });
  try {
    const file = join(folder, "mine.js");
    const descriptions: string[] = [];
    for (const [index, sentence] of ["Old.", "New."].entries()) {
      await Deno.writeTextFile(file, MONITOR.replace("Checks something.", sentence));
      await Deno.utime(file, 1_000 + index, 1_000 + index);
      descriptions.push((await loadPlugin("mine", "monitor", { builtIns, dropInDirs: [folder] })).description);
    }
    assert.deepEqual(descriptions, ["Old.", "New."]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const withMember = (member: string, value: string) => MONITOR.replace(/};$/, `  ${member}: ${value},\n};`);
const refusals: [string, Record<string, string>, string, PluginKind, RegExp][] = [
  ["a name that is no type name", {}, "../evil", "monitor", /"\.\.\/evil" can't be a type name: use lower case/],
  ["an upper case name", {}, "Tcp", "monitor", /can't be a type name/],
  [
    "an unknown type, with the nearest",
    {},
    "tpc",
    "monitor",
    /no monitor type tpc: did you mean tcp\?; no tpc\.ts, \.js or/,
  ],
  ["an unknown type that is like none", {}, "nothing-like-it", "monitor", /built in are tcp/],
  ["a built-in of another kind", {}, "aws-vip", "monitor", /aws-vip is a resource type, not a monitor type/],
  ["names of every object", {}, "constructor", "monitor", /no monitor type constructor/],
  [
    "two files of one name",
    { "a.ts": MONITOR, "second/a.js": MONITOR },
    "a",
    "monitor",
    /two files claim .*DIR\/a\.ts and DIR\/second\/a\.js/,
  ],
  [
    "a file with the name of a built-in",
    { "tcp.ts": MONITOR },
    "tcp",
    "monitor",
    /built-in monitor type, so DIR\/tcp\.ts is never used/,
  ],
  ["no default export", { "a.ts": "export const x = 1;" }, "a", "monitor", /DIR\/a\.ts has no default export/],
  [
    "a default export that is no object",
    { "a.ts": "export default 7;" },
    "a",
    "monitor",
    /must be an object with kind/,
  ],
  [
    "an unknown kind",
    { "a.ts": MONITOR.replace('"monitor"', '"watcher"') },
    "a",
    "monitor",
    /kind is "watcher": it must be one of/,
  ],
  ["another kind than it is used as", { "a.ts": MONITOR }, "a", "quorum", /a is a monitor, but it is used as a quorum/],
  [
    "no description",
    { "a.ts": MONITOR.replace("Checks something.", "") },
    "a",
    "monitor",
    /description is "": it must be one sentence/,
  ],
  [
    "no function",
    { "a.ts": MONITOR.replace("async check() {", "async chekc() {") },
    "a",
    "monitor",
    /check is missing: it must be a function/,
  ],
  [
    "an unknown member",
    { "a.ts": withMember("retries", "3") },
    "a",
    "monitor",
    /retries is no member of a monitor: allowed are/,
  ],
  [
    "a wrong option type",
    { "a.ts": MONITOR.replace('"string"', '"text"') },
    "a",
    "monitor",
    /options\.host\.type is "text": it must be one of string/,
  ],
  [
    "an option without description",
    { "a.ts": MONITOR.replace(', description: "who"', "") },
    "a",
    "monitor",
    /options\.host\.description is missing/,
  ],
  [
    "wrong defaults",
    { "a.ts": withMember("defaults", "{ intervalMs: '1s' }") },
    "a",
    "monitor",
    /defaults\.intervalMs is "1s": times are whole milliseconds/,
  ],
  [
    "a syntax error, with its place",
    { "a.ts": "export default {\n  kind: 'monitor'\n  foo bar };" },
    "a",
    "monitor",
    /^DIR\/a\.ts:3:3 is not valid TypeScript or JavaScript: [A-Z]/,
  ],
  [
    "a syntax error in JavaScript",
    { "a.mjs": "export default {\n  foo bar\n};" },
    "a",
    "monitor",
    /^DIR\/a\.mjs:2:\d+ is not valid/,
  ],
  [
    "a module that throws, with its place",
    { "a.ts": "\nthrow new TypeError('boom');" },
    "a",
    "monitor",
    /^DIR\/a\.ts:2:7 could not be loaded: boom/,
  ],
  [
    "an import that is not there",
    { "a.ts": `import "./nope.ts";\n${MONITOR}` },
    "a",
    "monitor",
    /^DIR\/a\.ts:1:8 could not be loaded: Module not found/,
  ],
];
for (const [what, files, type, kind, words] of refusals) {
  Deno.test(`refused: ${what}`, async () => {
    await assert.rejects(load(files, type, kind), (error) => {
      assert.ok(error instanceof PluginError);
      assert.match(error.message, words);
      assert.equal(error.type, type);
      assert.ok(!error.message.includes("\n") && !error.message.includes("file://"), error.message);
      return true;
    });
  });
}

Deno.test("drop-ins lie beside cluster.yaml and beside the executable", () => {
  assert.deepEqual(dropInDirs("/etc/baton/cluster.yaml"), ["/etc/baton/plugins"]);
  assert.deepEqual(dropInDirs("/etc/baton/cluster.yaml", "/usr/bin/baton"), ["/etc/baton/plugins", "/usr/bin/plugins"]);
  assert.deepEqual(dropInDirs("/opt/cluster.yaml", "/opt/baton"), ["/opt/plugins"]);
});
