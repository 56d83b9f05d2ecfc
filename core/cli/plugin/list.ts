/**
 * `baton plugin list`: the types that `cluster.yaml` can name.
 *
 * @module
 */
import { builtIns } from "../../../plugins/mod.ts";
import { ocfTypes } from "../../../plugins/ocf/family.ts";
import { DropIns } from "../../host/drop_ins.ts";
import type { PluginKind } from "../../plugin/contract.ts";
import { dropInDirs } from "../../plugin/loader.ts";
import { print } from "../command.ts";
import { dropInsPath, SILENT } from "../config_file.ts";
import { readOptions } from "../options.ts";
import { styleFor } from "../style.ts";
import { typeOfFile } from "./drop_in_file.ts";

/** A type, as it is listed. */
interface Listed {
  type: string;
  kind: PluginKind | null;
  /** Null: built in. */
  file: string | null;
  description: string;
  options: string[];
  /** Why it can't be used; null when it can. */
  problem: string | null;
}

/** Files of a folder that are looked at. */
const MAX_FILES = 1_000;

/** Lists the types. */
export async function listPlugins(argv: string[]): Promise<number> {
  const options = readOptions("plugin", argv, { string: ["config"], boolean: ["json", "ocf"] });
  const path = await dropInsPath(options.string("config"));
  const listed = [...await builtInTypes(), ...await dropInTypes(path)];
  const agents = options.boolean("ocf") ? await ocfTypes() : [];
  if (options.boolean("json")) {
    print(JSON.stringify({ types: listed, ...(options.boolean("ocf") ? { ocf: agents } : {}) }, null, 2));
  } else {
    for (const line of text(listed)) print(line);
    for (const type of agents) print(`resource  ${type}`);
  }
  return listed.some(({ problem }) => problem !== null) ? 1 : 0;
}

async function builtInTypes(): Promise<Listed[]> {
  const listed: Listed[] = [];
  for (const [kind, table] of Object.entries(builtIns)) {
    for (const [type, load] of Object.entries(table)) {
      const { description, options } = (await load()).default;
      listed.push({
        type,
        kind: kind as PluginKind,
        file: null,
        description,
        options: Object.keys(options),
        problem: null,
      });
    }
  }
  return listed;
}

async function dropInTypes(configPath: string): Promise<Listed[]> {
  const dropIns = new DropIns({ log: () => SILENT });
  const listed: Listed[] = [];
  try {
    for (const dir of dropInDirs(configPath, Deno.build.standalone ? Deno.execPath() : undefined)) {
      for (const file of await filesIn(dir)) {
        const type = typeOfFile(file)!;
        try {
          const { kind, description, options } = await dropIns.describe(type, file);
          const problem = nameProblem(type, kind);
          listed.push({ type, kind, file, description, options: Object.keys(options), problem });
        } catch (error) {
          const problem = error instanceof Error ? error.message : String(error);
          listed.push({ type, kind: null, file, description: "", options: [], problem });
        }
      }
    }
  } finally {
    await dropIns.close();
  }
  return listed;
}

/** What is wrong with the name of a drop-in; null when nothing is. */
function nameProblem(type: string, kind: PluginKind): string | null {
  if (Object.hasOwn(builtIns[kind], type)) return `${type} is a built-in type, so this file is never used: rename it`;
  const other = (Object.keys(builtIns) as PluginKind[]).find((each) => Object.hasOwn(builtIns[each], type));
  if (other === undefined) return null;
  return `${type} is also a built-in ${other} type, which is refused while this file is there: rename it`;
}

/** The drop-ins of a folder. In Baton's own source, which a checkout has there, those are the files that export a type. */
async function filesIn(dir: string): Promise<string[]> {
  const files: string[] = [];
  const own = /^export const builtIns\b/m.test(await Deno.readTextFile(`${dir}/mod.ts`).catch(() => ""));
  try {
    for await (const { name } of Deno.readDir(dir)) {
      if (typeOfFile(name) !== undefined && files.length < MAX_FILES) files.push(`${dir}/${name}`);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) throw error;
  }
  if (!own) return files.sort();
  const texts = await Promise.all(files.map((file) => Deno.readTextFile(file).catch(() => "")));
  return files.filter((_, index) => /^export (?:default\b|\{.*\bas default\b)/m.test(texts[index]!)).sort();
}

function text(listed: readonly Listed[]): string[] {
  const style = styleFor(Deno.stdout.isTerminal());
  const width = Math.max(...listed.map(({ type }) => type.length)) + 2;
  return listed.flatMap(({ type, kind, file, description, options, problem }) => {
    const head = `${(kind ?? "?").padEnd(10)}${style.bold(type.padEnd(width))}`;
    const indent = " ".repeat(10 + width);
    return [
      `${head}${problem === null ? description : style.bad(problem)}`,
      ...(options.length === 0 ? [] : [style.dim(`${indent}options: ${options.join(", ")}`)]),
      ...(file === null ? [] : [style.dim(`${indent}${file}`)]),
    ];
  });
}
