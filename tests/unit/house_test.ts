import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { deadExports } from "./house_exports.ts";
import { FOLDERS, MAX_LINES, roomOf, violations } from "./house_rules.ts";
import { bareCode, importsOf } from "./house_source.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

async function sources(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(join(ROOT, folder))) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory && !entry.name.startsWith(".")) found.push(...await sources(path));
    else if (entry.isFile && /\.(?:ts|js|mjs)$/.test(entry.name)) found.push(path);
  }
  return found;
}

async function allSources(): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(ROOT)) {
    if (entry.isFile && entry.name === "main.ts") found.push(entry.name);
    if (entry.isDirectory && FOLDERS.includes(entry.name)) {
      found.push(...await sources(entry.name));
    }
  }
  return found.sort();
}

Deno.test("house: every file keeps the rules", async () => {
  const paths = await allSources();
  for (const known of ["main.ts", "core/cluster/timing.ts", "bench/drop_ins.ts", "tests/unit/house_test.ts"]) {
    assert.ok(paths.includes(known), known);
  }
  const broken: string[] = [];
  for (const path of paths) broken.push(...violations(path, await Deno.readTextFile(join(ROOT, path))));
  assert.deepEqual(broken, [], broken.join("\n"));
});

Deno.test("house: every dependency has its reason, one exact version, and somebody who uses it", async () => {
  const { imports } = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json"))) as {
    imports: Record<string, string>;
  };
  const page = await Deno.readTextFile(join(ROOT, "docs/dependencies.md"));
  const [, used = ""] = /\n## Used\n(.*?)\n## /s.exec(page) ?? [];
  const reasons = [...used.matchAll(/^\| `([^`]+)`/gm)].map((row) => row[1] ?? "");
  assert.deepEqual(reasons.toSorted(), Object.keys(imports).toSorted(), "docs/dependencies.md does not say why");
  for (const [name, target] of Object.entries(imports)) {
    assert.match(target, /^(?:npm:\/?(?:@[\w-]+\/)?[\w-]+@\d+\.\d+\.\d+(?:\/\w*)?$|\.\/)/, `${name} is not pinned`);
  }
  const specifiers = new Set<string>();
  for (const path of await allSources()) {
    for (const { specifier } of importsOf(await Deno.readTextFile(join(ROOT, path)))) specifiers.add(specifier);
  }
  const idle = Object.keys(imports).filter((name) =>
    ![...specifiers].some((one) => one === name || one.startsWith(name.endsWith("/") ? name : `${name}/`))
  );
  assert.deepEqual(idle, [], "nobody imports it");
});

Deno.test("house: docs/architecture.md has a row for every room, and names files that exist", async () => {
  const page = await Deno.readTextFile(join(ROOT, "docs/architecture.md"));
  const paths = await allSources();
  const rooms = new Set(paths.filter((path) => path !== "main.ts").map(roomOf));
  const rows = [...page.matchAll(/^\| `([\w/]+)`/gm)].map((row) => row[1] ?? "");
  assert.deepEqual(rows.toSorted(), [...rooms].toSorted());
  const named = [...page.matchAll(/`([\w./-]+\.ts)`/g)].map((file) => file[1] ?? "");
  assert.ok(named.length > 20, "the page names no files");
  assert.deepEqual(named.filter((name) => !paths.some((path) => path === name || path.endsWith(`/${name}`))), []);
});

Deno.test("house: what is exported is used by somebody, and not by tests alone", async () => {
  const sources = new Map<string, string>();
  for (const path of await allSources()) sources.set(path, await Deno.readTextFile(join(ROOT, path)));
  const dead = deadExports(sources);
  assert.deepEqual(dead, [], dead.join("\n"));
});

Deno.test("house: a dead export is told from one that is used at home, elsewhere or as a whole", () => {
  const sources = new Map(Object.entries({
    "core/os/a.ts": "export const used = 1;\nexport function home() {}\nhome();\nexport type Dead = 1;\n// Dead",
    "core/os/b.ts": `import { used as x } from "./a.ts";\nexport const tested = x;\nexport class Whole {}`,
    "core/os/c.ts": `import * as b from "../os/d.ts";\nconst text = "export const quoted = 1";\nconsole.log(b, text);`,
    "core/os/d.ts": "export const either = 1;\nexport interface Or {}",
    "core/os/e.ts": `const { Whole } = await import("./b.ts");`,
    "core/os/f.ts": "export const onlyTested = 1;",
    "tests/a_test.ts": `import { onlyTested } from "../core/os/f.ts";\nimport { help } from "./help.ts";`,
    "tests/help.ts": "export const help = 1;\nexport const more = 2;",
  }));
  assert.deepEqual(deadExports(sources), ["core/os/a.ts: Dead", "core/os/f.ts: onlyTested", "tests/help.ts: more"]);
});

const BROKEN: readonly (readonly [path: string, source: string, rule: RegExp])[] = [
  ["core/cluster/a.ts", `import { x } from "../plugin/fault.ts";`, /may not import core\/plugin\/fault\.ts/],
  ["core/cluster/a.ts", `import type { x } from "../os/os.ts";`, /may not import/],
  ["core/cluster/a.ts", `import { x } from "node:crypto";`, /engine imports node:crypto/],
  ["core/cluster/a.ts", `const now = Date.now();`, /Date has no place/],
  ["core/cluster/a.ts", `const x = \`\${Math.random()}\`;`, /Math\.random/],
  ["core/cluster/a.ts", `setTimeout(f, 1);`, /setTimeout/],
  ["core/cluster/a.ts", `const id = crypto.randomUUID();`, /crypto/],
  ["core/simulation/a.ts", `const now = Date.now();`, /Date has no place/],
  ["core/simulation/a.ts", `import { x } from "node:crypto";`, /engine imports node:crypto/],
  ["core/simulation/a.ts", `import type { x } from "../os/os.ts";`, /may not import/],
  ["core/cluster/a.ts", `import { World } from "../simulation/world.ts";`, /may not import/],
  ["core/os/a.ts", `import { loadPlugin } from "../plugin/registry.ts";`, /may not import/],
  ["core/plugin/a.ts", `import { Linux } from "../os/linux.ts";`, /only types of core\/os/],
  ["core/config/a.ts", `import { x } from "../../plugins/mod.ts";`, /may not import plugins/],
  ["core/agent/a.ts", `const x = await import("../cli/run.ts");`, /may not import core\/cli/],
  ["core/agent/a.ts", `export * from "../http/app.ts";`, /may not import core\/http/],
  ["core/http/a.ts", `import { Agent } from "../agent/agent.ts";`, /only types of core\/agent/],
  ["plugins/a.ts", `import type { ClusterConfig } from "../core/config/config.ts";`, /may not import core\/config/],
  ["plugins/a.ts", `import { exec } from "../core/os/exec.ts";`, /only types of core\/os/],
  ["sandbox/a.ts", `import type { Os } from "../core/os/os.ts";`, /may not import core\/os\/os\.ts/],
  ["core/http/a.ts", `import { type A, b } from "../agent/agent.ts";`, /only types/],
  ["core/cli/a.ts", `import { startSandbox } from "../../sandbox/mod.ts";`, /may not import sandbox/],
  ["core/agent/a.ts", `import { x } from "./b";`, /has no extension/],
  ["core/agent/a.ts", `import "npm:left-pad";`, /import map/],
  ["core/config/a.ts", `import { Hono } from "hono";`, /imports the package hono/],
  ["core/agent/a.ts", `// ${"TO" + "DO"}: later`, /unfinished/],
  ["core/agent/a.ts", `console.log("x");`, /use the log/],
  ["core/agent/a.ts", `timer = setTimeout(() => f(), 1);`, /without a name/],
  ["core/os/a.ts", `setInterval(f, 1);`, /without a name/],
  ["core/agent/a.ts", `queueMicrotask(f);`, /without a name/],
  ["core/aws/a.ts", `signal.addEventListener("abort", f);`, /without a name/],
  ["core/plugin/deadline.ts", `setTimeout(f, 1);`, /without a name/],
  ["core/agent/a.ts", `  send(x).then(done);`, /nobody waits/],
  ["core/agent/a.ts", `  void send(x)\n    .catch(warn)\n    .then((y) => y);`, /nobody waits/],
  ["core/agent/a.ts", "x;\n".repeat(MAX_LINES + 1), /401 lines/],
  ["core/agent/a.ts", `await exec(["systemctl", "poweroff"]);`, /ask for it with Os\.power/],
  ["core/os/linux.ts", `await exec(["reboot", "-f"]);`, /ask for it with Os\.power/],
  ["plugins/a.ts", `new Deno.Command("shutdown.exe", { args: ["/s"] });`, /turns a machine off/],
  ["sandbox/a.ts", `Deno.writeTextFileSync("/proc/sysrq-trigger", "b");`, /turns a machine off/],
  ["core/agent/agent.ts", `await this.parts.os.power("reboot", "why", 1);`, /machine_end\.ts only/],
  ["plugins/a.ts", `await context.os.power("reboot", "why", 1);`, /machine_end\.ts only/],
  ["core/cli/a.ts", `const answer = await fetch(url);`, /obeys HTTP_PROXY/],
  ["core/cli/a.ts", `const answer = await globalThis.fetch(url);`, /obeys HTTP_PROXY/],
  ["plugins/a.ts", `import { Agent, request as ask } from "node:https";`, /obeys HTTP_PROXY/],
  ["core/aws/a.ts", `import http from "node:http";`, /obeys HTTP_PROXY/],
  ["core/aws/a.ts", `const http = await import("node:http");`, /obeys HTTP_PROXY/],
  ["sandbox/demo/a.ts", `import { get } from "node:http";`, /obeys HTTP_PROXY/],
  ["sandbox/a.ts", `const os = new LinuxOs();`, /core\/os\/mod\.ts only/],
  ["tests/unit/os/a_test.ts", `await new Deno.Command("ls").output();`, /is not for tests\/unit/],
  ["tests/unit/aws/helpers.ts", `const sandbox = await startSandbox(vip);`, /is not for tests\/unit/],
  ["tests/integration/os/a_test.ts", `Deno.env.set("PATH", "");`, /one for all tests at once/],
  ["tests/integration/os/a_test.ts", `import { withEnv } from "../../environment/variables.ts";`, /for themselves/],
];

Deno.test("house: each rule finds what breaks it", () => {
  for (const [path, source, rule] of BROKEN) {
    const found = violations(path, source);
    assert.equal(found.length, 1, `${path}: ${source.slice(0, 80)} -> ${found.join("; ")}`);
    assert.match(found[0] ?? "", rule);
  }
});

Deno.test("house: what is allowed is not found", () => {
  const fine: readonly (readonly [path: string, source: string])[] = [
    [
      "core/cluster/a.ts",
      `// Date.now() would be wrong here\nconst text = "fetch(x) Deno.exit";\nconst r = /Deno\\./;`,
    ],
    ["core/http/a.ts", `import type { Agent } from "../agent/agent.ts";\nimport { Hono } from "hono";`],
    ["core/http/a.ts", `import { type Agent, type B } from "../agent/agent.ts";`],
    [
      "core/agent/a.ts",
      `const p = send(x).then(done);\nreturn send(y).then(done);\nawait load(p, { a: 1 }).then(done);\nawait all([send(z).then(done)]);`,
    ],
    ["core/os/a.ts", `await device.setTimeout(1);\nasync setTimeout(ms) {}\nlet t: ReturnType<typeof setTimeout>;`],
    ["core/cli/a.ts", `console.log(1);\nimport { table } from "../../plugins/mod.ts";`],
    ["plugins/quorum/a.ts", `import { Fault } from "../../core/plugin/fault.ts";`],
    ["core/agent/a.ts", `export const text = "from './nothing'";`],
    ["sandbox/a.ts", `import { createServer, type IncomingMessage } from "node:http";\nprefetch(x); this.#fetch(y);`],
    ["core/aws/a.ts", `import type { IncomingMessage } from "node:http";`],
    ["core/agent/a.ts", "x;\n".repeat(MAX_LINES)],
    ["tests/integration/os/a_test.ts", `await new Deno.Command("ls").output();`],
    ["tests/environment/os/a_test.ts", `import { withEnv } from "../variables.ts";`],
  ];
  for (const [path, source] of fine) assert.deepEqual(violations(path, source), []);
});

Deno.test("house: imports are read in all their forms", () => {
  const source = [
    `import a from "a";`,
    `import {`,
    `  type B,`,
    `  c,`,
    `} from "./b.ts";`,
    `export type { D } from "./d.ts";`,
    `import "./side.ts";`,
    `/* import x from "./comment.ts"; */`,
    `const late = await import("./late.ts");`,
  ].join("\n");
  assert.deepEqual(importsOf(source), [
    { specifier: "a", typeOnly: false, line: 1 },
    { specifier: "./b.ts", typeOnly: false, line: 2 },
    { specifier: "./d.ts", typeOnly: true, line: 6 },
    { specifier: "./side.ts", typeOnly: false, line: 7 },
    { specifier: "./late.ts", typeOnly: false, line: 9 },
  ]);
});

Deno.test("house: strings and comments are blanked, code in templates stays", () => {
  assert.equal(bareCode('a("x\\"y", `b ${c({ d: `e` })} f`); // g'), 'a("    ", `  ${c({ d: ` ` })}  `);     ');
  assert.equal(bareCode("const r = /[/'\"]/g; b"), "const r =        g; b");
});
