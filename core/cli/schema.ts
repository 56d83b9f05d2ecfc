import { builtIns } from "../../plugins/mod.ts";
import { jsonSchema } from "../config/json_schema.ts";
import { type Command, print } from "./command.ts";
import { readOptions } from "./options.ts";

/** `baton schema`. */
export const schema: Command = {
  name: "schema",
  summary: "print the JSON Schema of cluster.yaml for editors",
  help: `baton schema > cluster.schema.json

Put "# yaml-language-server: $schema=cluster.schema.json" on the first line of cluster.yaml and the editor completes and
explains every key.`,
  async run(argv) {
    readOptions("schema", argv, {});
    print(JSON.stringify(await jsonSchema(builtIns), null, 2));
    return 0;
  },
};
