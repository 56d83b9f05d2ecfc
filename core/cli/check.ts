/**
 * `baton check`: is the file right, and what does it promise?
 *
 * @module
 */
import type { ClusterConfig } from "../config/config.ts";
import { describeTiming } from "../config/describe_timing.ts";
import { type Command, print } from "./command.ts";
import { openConfig } from "./config_file.ts";
import { readOptions } from "./options.ts";
import { styleFor } from "./style.ts";

/** The command. */
export const check: Command = {
  name: "check",
  summary: "check a cluster.yaml and print the times that are derived from it",
  help: `baton check [-c FILE] [FILE]

Checks the file without touching anything. Every problem is one line: file, line, column, key, what is wrong, what would
be right. A right file gets its derived times, with their formulas, and its warnings.

Exit status: 0 the file is right, 2 it is not.`,

  async run(argv) {
    const options = readOptions("check", argv, { string: ["config"], args: ["FILE?"] });
    const config = await openConfig(options.args[0] ?? options.string("config"));
    const style = styleFor(Deno.stdout.isTerminal());
    const count = (n: number, what: string) => `${n} ${what}${n === 1 ? "" : "s"}`;
    const resources = config.groups.reduce((sum, group) => sum + group.resources.length, 0);
    print(
      style.good("ok") + ` ${config.path}: ${count(config.servers.length, "server")}, ` +
        `${count(config.groups.length, "group")}, ${count(resources, "resource")}, ${
          count(config.monitors.length, "monitor")
        }`,
    );
    for (const line of describeTiming(config)) print(line);
    for (const text of config.warnings) print(`${style.warn("warning")} ${text}`);
    for (const line of [...describeVote(config), ...describeFence(config)]) print(line);
    return 0;
  },
};

/** What the vote beside those of the servers is worth. */
function describeVote({ quorum, tieBreaker, witness, fence }: ClusterConfig): string[] {
  if (witness !== undefined) {
    return [`The witness ${witness.name} is a sound vote: at most one side of a partition can have it.`];
  }
  if (quorum.length === 0) return [];
  const together = quorum.length === 1
    ? []
    : [`The tie-breaker is ${tieBreaker} of ${quorum.map(({ name }) => name).join(", ")}.`];
  return [
    ...together,
    fence !== undefined
      ? "The tie-breaker is a weak vote: both sides of a partition can have it, so every takeover waits for the fence."
      : "The tie-breaker is a weak vote: as long as at most one side of a partition reaches it there is one carrier; " +
        "when both do, both may carry until they hear each other again.",
  ];
}

/** When a takeover waits for the fence; the engine decides by the same rule. */
function describeFence({ fence, servers, quorum, witness }: ClusterConfig): string[] {
  if (fence === undefined || servers.length === 1) return [];
  const alone = servers.length === 2 && quorum.length === 0 && witness === undefined;
  const waits = fence.wait === "always" || quorum.length > 0 || alone;
  return [
    waits
      ? `The fence ${fence.type}: nobody takes over before it has confirmed that the silent server is off.`
      : `The fence ${fence.type}: the votes are enough for a takeover; it stops the silent server beside that.`,
  ];
}
