/** Every relative link of every page leads to a file that is there, and to a heading of it. */
import assert from "node:assert/strict";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { anchorsOf, linksOf } from "./docs_links.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

async function pages(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    if (name.startsWith(".") || name === "node_modules" || name === "dist" || name === "my") continue;
    const path = join(folder, name);
    if (isDirectory) found.push(...await pages(path));
    else if (isFile && name.endsWith(".md")) found.push(path);
  }
  return found;
}

Deno.test("docs: every relative link leads to a file, and to a heading of it", async () => {
  const broken: string[] = [];
  let count = 0;
  for (const page of await pages(ROOT)) {
    for (const { target, line } of linksOf(await Deno.readTextFile(page))) {
      count += 1;
      const [path = "", anchor] = target.split("#");
      const file = path === "" ? page : join(dirname(page), decodeURIComponent(path));
      const where = `${relative(ROOT, page)}:${line}: ${target}`;
      const stat = await Deno.stat(file).catch(() => null);
      if (!stat) broken.push(`${where}: there is no such file`);
      else if (
        anchor !== undefined && !(file.endsWith(".md") && anchorsOf(await Deno.readTextFile(file)).has(anchor))
      ) {
        broken.push(`${where}: it has no such heading`);
      }
    }
  }
  assert.ok(count > 100, `${count} links`);
  assert.deepEqual(broken, [], broken.join("\n"));
});

Deno.test("docs: every task that a page names is one", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json"))) as { tasks: Record<string, unknown> };
  const wrong: string[] = [];
  let count = 0;
  for (const page of await pages(ROOT)) {
    for (
      const [, name = ""] of (await Deno.readTextFile(page)).matchAll(/\bdeno(?:@[\d.]+)?\s+task\s+([a-z][\w:-]*)/g)
    ) {
      count += 1;
      if (!(name in tasks)) wrong.push(`${relative(ROOT, page)}: deno task ${name}`);
    }
  }
  assert.ok(count > 20, `${count} tasks`);
  assert.deepEqual(wrong, []);
});

Deno.test("docs: README leads to every page, by itself or by the page of decisions", async () => {
  const linked = new Set<string>();
  for (const from of ["README.md", "docs/decisions/README.md"]) {
    for (const { target } of linksOf(await Deno.readTextFile(join(ROOT, from)))) {
      linked.add(join(dirname(from), target.split("#")[0]!));
    }
  }
  const missing = (await pages(join(ROOT, "docs"))).map((page) => relative(ROOT, page)).filter((page) =>
    !linked.has(page)
  );
  assert.deepEqual(missing, []);
});

Deno.test("docs: links and headings are read as a renderer reads them", () => {
  const page = [
    "# A `b` and C: d?",
    "## A b and c d",
    "## With `--no-power`",
    '[one](x.md#a) and ![two](y.png), [three](https://x) [four](#b "title")',
    "`[code](no.md)`",
    "```",
    "[fenced](no.md)",
    "# no heading",
    "```",
  ].join("\n");
  assert.deepEqual(linksOf(page), [
    { target: "x.md#a", line: 4 },
    { target: "y.png", line: 4 },
    { target: "#b", line: 4 },
  ]);
  assert.deepEqual([...anchorsOf(page)], ["a-b-and-c-d", "a-b-and-c-d-1", "with---no-power"]);
});
