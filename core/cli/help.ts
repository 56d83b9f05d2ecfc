/**
 * `baton help`: the commands, one command, or a type of `cluster.yaml`.
 *
 * @module
 */
import { nearest } from "../plugin/nearest.ts";
import { type Command, print, UsageError } from "./command.ts";
import { dropInsPath } from "./config_file.ts";
import { typeHelp, typeNames } from "./help_type.ts";
import { readOptions } from "./options.ts";

/** The list of all commands. */
export function overview(commands: readonly Command[]): string {
  return [
    "baton: high availability for services on EC2",
    "",
    ...commands.map(({ name, summary }) => `  baton ${name.padEnd(15)} ${summary}`),
    "",
    "baton help COMMAND explains one, baton help TYPE a type of cluster.yaml, such as aws-vip.",
    "Exit status, where a command says nothing else: 0 it worked, 1 it did not, 2 it was asked wrongly.",
  ].join("\n");
}

/** Makes the command; `commands` is asked when it runs, because it is one of them. */
export function helpCommand(commands: () => readonly Command[]): Command {
  return {
    name: "help",
    summary: "explain a command, or a type of cluster.yaml",
    help: `baton help [COMMAND | TYPE] [-c FILE]

Explains a command; or a type that cluster.yaml can name: what it is, of which kind, and its options with their defaults.
A file plugins/NAME.ts beside the cluster.yaml is a type too.

  -c, --config FILE  the cluster.yaml; default: ./cluster.yaml, then /etc/baton/cluster.yaml`,
    async run(argv) {
      const options = readOptions("help", argv, { string: ["config"], args: ["NAME?"] });
      const name = options.args[0];
      if (name === undefined) {
        print(overview(commands()));
        return 0;
      }
      const command = commands().find((each) => each.name === name);
      const text = command?.help ?? await typeHelp(name, await dropInsPath(options.string("config")));
      if (text === undefined) {
        const meant = nearest(name, [...commands().map((each) => each.name), ...typeNames()]);
        throw new UsageError(
          `there is no command and no type ${name}${meant ? `; did you mean ${meant}?` : ""} ` +
            `(see baton help; types are ${typeNames().join(", ")}, and the files in plugins/)`,
        );
      }
      print(text);
      return 0;
    },
  };
}
