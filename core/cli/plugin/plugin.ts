/**
 * `baton plugin`: for those who write plugins of their own.
 *
 * @module
 */
import { nearest } from "../../plugin/nearest.ts";
import { type Command, UsageError } from "../command.ts";

/** Loaded when asked for: nobody else needs suites and templates. */
const PARTS: Readonly<Record<string, (argv: string[]) => Promise<number>>> = {
  new: async (argv) => await (await import("./new.ts")).newPlugin(argv),
  test: async (argv) => await (await import("./test.ts")).testPlugin(argv),
  list: async (argv) => await (await import("./list.ts")).listPlugins(argv),
  types: async (argv) => await (await import("./new.ts")).writeTypes(argv),
};

/** The command. */
export const plugin: Command = {
  name: "plugin",
  summary: "write, try and list plugins of your own",
  help: `baton plugin new NAME [--kind monitor|resource|quorum|fence] [--dir plugins]
baton plugin test FILE [--option NAME=VALUE]... [--allow run=PROGRAM,...]... [--server NAME] [--json]
baton plugin test FILE --conformance [--active P] [--break P] [--restore P] [--hide P] [--hang P] [--option ...]
baton plugin list [-c FILE] [--ocf] [--json]
baton plugin types [--dir plugins]

new writes a plugin that works, its test, and the types of the contract (baton-plugin.d.ts); types writes only those.

test runs the plugin once as an agent would: in a process of its own, with its permissions and deadline. It shows the
verdict, the time and the log. A resource is really activated and deactivated, each twice. A fence is only asked
whether it is ready.

test --conformance runs the suite that the built-in types pass. What has to be seen or broken from outside is done by
programs of yours (status 0: done); cases without one are left out.

list shows every type that cluster.yaml can name: built-in ones, the files in plugins/ beside it, with --ocf also the
installed agents of OCF.

  --kind KIND        what new writes; default: monitor
  --dir FOLDER       where it is written; default: plugins
  --option N=V       an option as in cluster.yaml; lists and maps with commas
  --allow N=LIST     as plugins.TYPE.allow in cluster.yaml: net, run, read or env, with names, all or none
  --server NAME      the server that the plugin believes to be on; default: server1
  --active PROGRAM   ends with 0 when the resource is here
  --break PROGRAM    breaks what a monitor watches; --restore makes it whole after each case
  --hide PROGRAM     makes it impossible to find out
  --hang PROGRAM     makes a call take for ever
  -c, --config FILE  the cluster.yaml; default: ./cluster.yaml, then /etc/baton/cluster.yaml
  --json             for machines

Exit status: 0 all is well, 1 it is not, 2 it was asked wrongly or the file can't be used.`,

  async run([part = "", ...rest]) {
    const work = Object.hasOwn(PARTS, part) ? PARTS[part] : undefined;
    if (work !== undefined) return await work(rest);
    const names = Object.keys(PARTS);
    const meant = nearest(part, names);
    throw new UsageError(
      `baton plugin is followed by one of ${names.join(", ")}${meant ? `; did you mean ${meant}?` : ""} ` +
        "(see baton help plugin)",
    );
  },
};
