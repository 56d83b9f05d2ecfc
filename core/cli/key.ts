import { newKey } from "../agent/key.ts";
import { type Command, print } from "./command.ts";
import { readOptions } from "./options.ts";

/** `baton key`. */
export const key: Command = {
  name: "key",
  summary: "print a new key for the interconnect",
  help: `baton key > baton.key

Prints a new random key. Copy it to every server, readable by the agent's account only: chmod 600 baton.key.`,
  run(argv) {
    readOptions("key", argv, {});
    print(newKey());
    return Promise.resolve(0);
  },
};
