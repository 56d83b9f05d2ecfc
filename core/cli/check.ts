/**
 * `baton check`: is the file right, and what does it promise?
 *
 * @module
 */
import type { ClusterConfig } from "../config/config.ts";
import { describeTiming } from "../config/describe_timing.ts";
import type { PreflightState } from "../agent/preflight_runner.ts";
import { DropIns } from "../host/drop_ins.ts";
import type { PluginLog } from "../plugin/contract.ts";
import { type Command, print, UsageError } from "./command.ts";
import { openConfig } from "./config_file.ts";
import { readOptions } from "./options.ts";
import { preflightAll, preflightHere } from "./preflight.ts";
import { exitStatus, renderReadiness, renderReport } from "./preflight_text.ts";
import { styleFor } from "./style.ts";
import { warningLines } from "./warning_lines.ts";

/** The command. */
export const check: Command = {
  name: "check",
  summary: "check a cluster.yaml, or whether the servers could do what it says",
  help: `baton check [-c FILE] [FILE]
baton check --here [-c FILE] [--server NAME] [--json]
baton check --all [-c FILE] [--json]

Checks the file without touching anything. Every problem is one line: file, line, column, key, what is wrong, what would
be right. A right file gets its derived times, with their formulas, and its warnings.

With --here also whether this server could do what the file says, without doing it: ids, routes, rights (by dry runs),
security groups, scripts, services, devices, witness, fence, files. With --all the same of every server, by their agents,
and what only all of them know: clocks, versions, files, silent paths. Each finding is one line: ok, warning, unknown or
error, what it is about, its number (baton explain NUMBER), what was seen, what to do.

  -c, --config FILE  the cluster.yaml; default: ./cluster.yaml, then /etc/baton/cluster.yaml
  --here             this server; its agent is asked when one runs, and need not run
  --all              all servers; the agent of this one has to run
  --server NAME      which of the servers this is; default: the one with this machine's host name or address
  --json             what was found, for machines

Exit status: 0 the file is right, 2 it is not. With --here or --all: 0 all is well, 1 there are warnings or unknowns, or
no agent could be asked, 2 something would fail.`,

  async run(argv) {
    const options = readOptions("check", argv, {
      string: ["config", "server"],
      boolean: ["here", "all", "json"],
      args: ["FILE?"],
    });
    const path = options.args[0] ?? options.string("config");
    const [here, all] = [options.boolean("here"), options.boolean("all")];
    if (here && all) throw new UsageError("baton check takes --here or --all, not both");
    if (!here && !all) {
      const odd = options.boolean("json") ? "--json" : options.string("server") === undefined ? undefined : "--server";
      if (odd !== undefined) throw new UsageError(`baton check takes ${odd} only with --here or --all`);
      const config = await openConfig(path);
      describe(config, await Deno.readTextFile(config.path));
      return 0;
    }
    const dropIns = new DropIns({ log: () => SILENT });
    try {
      const config = await openConfig(path, dropIns);
      const named = { ...options, string: (name: string) => name === "config" ? config.path : options.string(name) };
      const found = all ? await preflightAll(config, named) : await preflightHere(config, named);
      return tellFound(config, found, all, options.boolean("json"));
    } finally {
      await dropIns.close();
    }
  },
};

/** Who only looks does not want to know what drop-ins print. */
const SILENT: PluginLog = { debug: () => {}, info: () => {}, warn: () => {} };

function tellFound(config: ClusterConfig, found: PreflightState, all: boolean, json: boolean): number {
  const reports = [...(found.own ? [found.own] : []), ...(all ? Object.values(found.peers) : [])];
  // An agent that does not answer is no news about its server, and no reason to say that all is well.
  const silent = all ? config.servers.filter(({ name }) => !reports.some(({ server }) => server === name)) : [];
  if (json) print(JSON.stringify({ reports, readiness: found.readiness }, null, 2));
  else {
    const style = styleFor(Deno.stdout.isTerminal());
    for (const report of reports) for (const line of renderReport(report, style)) print(line);
    for (const { name } of silent) print(`${style.bold(name)}: ${style.warn("its agent did not answer")}`);
    const known = found.readiness.filter(({ server }) => all || server === found.own?.server);
    for (const line of renderReadiness(known, style)) print(line);
  }
  return Math.max(exitStatus(reports), silent.length > 0 ? 1 : 0);
}

/** `text` is that of the file. */
function describe(config: ClusterConfig, text: string): void {
  const style = styleFor(Deno.stdout.isTerminal());
  const count = (n: number, what: string) => `${n} ${what}${n === 1 ? "" : "s"}`;
  const resources = config.groups.reduce((sum, group) => sum + group.resources.length, 0);
  print(
    style.good("ok") + ` ${config.path}: ${count(config.servers.length, "server")}, ` +
      `${count(config.groups.length, "group")}, ${count(resources, "resource")}, ${
        count(config.monitors.length, "monitor")
      }`,
  );
  for (const line of warningLines(config.path, text, config.warnings)) print(`${style.warn("warning:")} ${line}`);
  for (const line of describeTiming(config)) print(line);
  for (const line of [...describeVote(config), ...describeFence(config), ...soundVote(config)]) print(line);
}

/** Where two can carry, or half of the servers has no majority: the one command that changes it. */
function soundVote({ path, servers, quorum, witness, fence }: ClusterConfig): string[] {
  if (witness !== undefined || fence !== undefined || servers.length % 2 === 1) return [];
  const what = quorum.length > 0
    ? "A sound vote in its place, which only one side of a partition can have"
    : "One more vote, which only one side of a partition can have, so that the other half goes on";
  return [`${what}: baton witness -c ${path}`];
}

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
