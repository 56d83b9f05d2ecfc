import manifest from "../../deno.json" with { type: "json" };
import { type Command, print } from "./command.ts";
import { readOptions } from "./options.ts";

/** The version of this program. */
export const VERSION: string = manifest.version;

/** `baton version`. */
export const version: Command = {
  name: "version",
  summary: "print the version",
  help: "baton version\n\nPrints the version of Baton and of what it runs on.",
  run(argv) {
    readOptions("version", argv, {});
    print(`baton ${VERSION} (${Deno.build.target}, deno ${Deno.version.deno}${origin()})`);
    return Promise.resolve(0);
  },
};

/** Where the runtime inside this executable came from, if that was out of the ordinary. The build puts the note in. */
function origin(): string {
  if (!Deno.build.standalone) return "";
  const note: unknown = JSON.parse(Deno.readTextFileSync(new URL("./build.json", import.meta.url)));
  const { runtime } = note as { runtime: string };
  return runtime === "official" ? "" : ` ${runtime}`;
}
