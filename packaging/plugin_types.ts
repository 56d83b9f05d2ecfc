/**
 * The types of the plugin contract as one file that imports nothing, for authors of drop-ins: `baton plugin new` writes
 * it beside what they write. Run this to renew `core/cli/plugin/types.json` when the contract has changed.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where declarations are looked for. The first file that declares a name counts. */
const SOURCES = [
  "core/plugin/contract.ts",
  "core/plugin/helpers.ts",
  "core/plugin/verdict.ts",
  "core/plugin/finding.ts",
  "core/plugin/options.ts",
  "core/plugin/permission.ts",
  "core/os/os.ts",
  "core/os/watchdog.ts",
  "core/aws/ec2.ts",
  "core/aws/imds.ts",
  "core/aws/inspection.ts",
  "core/aws/way.ts",
];

/** What authors begin with; everything that these name comes along. */
const WANTED = [
  "MonitorPlugin",
  "ResourcePlugin",
  "TieBreakerPlugin",
  "WitnessPlugin",
  "FencePlugin",
  "Plugin",
];

const HEAD = [
  "// The plugin contract of Baton. Written by `baton plugin new`; renew it with `baton plugin types`.",
  "// Only types: importing it with `import type` leaves nothing to load.",
];

/** Named by the contract, and none of a drop-in's business. */
const OPAQUE = ["WatchdogDevice"];

/** The lines of the file. Throws when one of the wanted types is not there. */
export async function pluginTypes(root: string): Promise<string[]> {
  const declared = new Map<string, string[]>();
  for (const path of SOURCES) {
    for (const [name, lines] of declarationsIn(await Deno.readTextFile(join(root, path)))) {
      if (!declared.has(name)) declared.set(name, lines);
    }
  }
  const taken = new Set<string>(WANTED);
  for (const name of taken) {
    const lines = declared.get(name);
    if (lines === undefined) throw new Error(`no file of packaging/plugin_types.ts declares ${name}`);
    const words = withoutComments(lines.join("\n")).match(/\b[A-Z]\w+\b/g) ?? [];
    for (const word of words) if (declared.has(word)) taken.add(word);
  }
  const body = [...declared].filter(([name]) => taken.has(name)).flatMap(([, lines]) => ["", ...lines]);
  return [...HEAD, ...body, ...OPAQUE.flatMap((name) => ["", `export type ${name} = unknown;`])];
}

/** The interfaces and types of a formatted file, each with its comment. */
function declarationsIn(source: string): [name: string, lines: string[]][] {
  const lines = source.split("\n");
  const found: [string, string[]][] = [];
  for (let index = 0; index < lines.length; index++) {
    const match = /^(export )?(interface|type) (\w+)/.exec(lines[index]!);
    if (match === null) continue;
    const start = commentBefore(lines, index);
    let end = index;
    // What is formatted ends with a brace or a semicolon at the margin, or on the line it began on.
    while (end < lines.length && !ends(lines, end, match[2]!)) end++;
    const text = lines.slice(start, end + 1).filter((line) => !/^\s*\/\/ deno-lint/.test(line));
    text[index - start - (end - start + 1 - text.length)] = exported(lines[index]!);
    found.push([match[3]!, text]);
    index = end;
  }
  return found;
}

function ends(lines: readonly string[], at: number, kind: string): boolean {
  const line = lines[at]!;
  if (kind === "interface") return line === "}" || /\{\}$/.test(line);
  return /;$/.test(line) && (/^\S/.test(line) || !/^\s/.test(lines[at + 1] ?? ""));
}

function exported(line: string): string {
  return line.startsWith("export ") ? line : `export ${line}`;
}

function commentBefore(lines: readonly string[], index: number): number {
  let start = index;
  while (/^(?:\/\/|\/\*\*|\s\*)/.test(lines[start - 1] ?? "")) start--;
  return start;
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
}

if (import.meta.main) {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const path = join(root, "core/cli/plugin/types.json");
  await Deno.writeTextFile(path, `${JSON.stringify({ lines: await pluginTypes(root) }, null, 2)}\n`);
}
