import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const FOLDER = new URL("../../../core/cli/", import.meta.url);
/** The commands behind `baton plugin` share one help. */
const HELP_OF: Readonly<Record<string, string>> = { "plugin/": "plugin/plugin.ts" };

/** The options that the calls of `readOptions` in a source name, without those that are constants elsewhere. */
function optionsIn(source: string): string[] {
  return [...source.matchAll(/readOptions\([^{]*\{([^}]*)\}/g)].flatMap(([, names = ""]) =>
    [...names.matchAll(/(?:string|boolean|list): \[([^\]]*)\]/g)].flatMap(([, list = ""]) =>
      [...list.matchAll(/"([\w-]+)"/g)].map(([, name]) => name!)
    )
  );
}

async function sources(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(new URL(folder, FOLDER)));
  return entries.filter(({ isFile, name }) => isFile && name.endsWith(".ts")).map(({ name }) => `${folder}${name}`);
}

Deno.test("every option that a command takes is told in its help", async () => {
  const read = (path: string) => Deno.readTextFile(fileURLToPath(new URL(path, FOLDER)));
  const untold: string[] = [];
  let seen = 0;
  for (const folder of ["./", "plugin/"]) {
    for (const path of await sources(folder)) {
      const source = await read(path);
      const options = optionsIn(source);
      const help = HELP_OF[folder] === undefined ? source : await read(HELP_OF[folder]);
      seen += options.length;
      untold.push(
        ...options.filter((name) => !new RegExp(`--${name}\\b`).test(help)).map((name) => `${path} --${name}`),
      );
    }
  }
  assert.ok(seen > 30, `${seen} options were found, so the sources are no longer read rightly`);
  assert.deepEqual(untold, []);
});
