/**
 * `baton simulate`: what would happen to the cluster of this file?
 *
 * @module
 */
import { basename } from "node:path";
import type { ClusterConfig } from "../config/config.ts";
import { toSpec } from "../config/spec.ts";
import type { Question } from "../whatif/question.ts";
import { report } from "../whatif/report.ts";
import { askedServers, MAX_ASKED, standardFaults } from "../whatif/standard.ts";
import { type Command, print, tell, UsageError } from "./command.ts";
import { openConfig } from "./config_file.ts";
import { type Options, readOptions } from "./options.ts";
import { FAULT_FLAGS, FAULT_OPTIONS, optionalDuration, readFaults, readTimes, zonesOf } from "./simulate_options.ts";
import { renderReport, renderTable, reportData, type SimulatedFile } from "./simulate_text.ts";
import { type Style, styleFor } from "./style.ts";

/** Where times count from when there is nothing that could happen at them. */
const WITHOUT_FAULTS = ["at", "after", "heal", "for"] as const;

/** `baton simulate`. */
export const simulate: Command = {
  name: "simulate",
  summary: "what would happen: crash, cut and isolate the servers of a cluster.yaml, simulated",
  help: `baton simulate [-c FILE] [FAULT ...] [--heal TIME] [--for TIME] [--json] [--story]

Lets the agents' own engine run with the cluster of the file in a simulated world, and says who carries what and when,
how long nobody serves it, whether two could carry it, and which line of the file to change. Nothing is contacted.
Without a fault the usual questions are asked, one row each.

  --crash SERVER             power loss                 --kill SERVER            kill -9 of the agent
  --servers A,B              power loss of several      --az ZONE                of all that the aws-az monitors have there
  --cut A,B                  link cut both ways         --cut 'A>B'              what A sends to B is lost
  --isolate SERVER           cut off from everything    --device SERVER|all      device or witness not reached from there
  --pause SERVER=TIME        the machine stands still   --suspend SERVER=TIME    and its clock with it
  --freeze SERVER=TIME       only the agent (kill -STOP), not what it carries
  --witness-outage           the witness is down        --fence-fails            the fence does not work
  --monitor NAME@SERVER=error    a monitor reports that at each of its checks
  --move GROUP=SERVER  --stop GROUP  --leave SERVER     what operators do

  --at TIME, --after TIME    when the faults after it happen; --after counts from the fault before. Default: at once
  --heal TIME                everything is mended then, also servers that are down
  --for TIME                 how long to look; default: until it must have settled
  --seed N                   another moment between two heartbeats, other delays; default 1
  --activation TIME          how long each resource takes to activate; default: next to nothing
  --deactivation TIME        how long each resource takes to stop; default: next to nothing
  --fence-time TIME          how long the fence takes to stop a server; default 30s
  --json, --story            as data; with everything the engines say
  -c, --config FILE          the cluster.yaml; default: ./cluster.yaml, then /etc/baton/cluster.yaml

Exit status: 0 never two carriers and every group is up in the end; 1 otherwise; 2 the file or the question is wrong.`,

  async run(argv) {
    const options = simulateOptions(argv);
    const { text, note, status } = await simulated(argv, options, styleFor(Deno.stdout.isTerminal()));
    print(text);
    if (note !== undefined) tell(note);
    return status;
  },
};

/** What the command prints, what it says beside that, and its exit status. */
export async function simulated(
  argv: readonly string[],
  options: Options,
  style: Style,
): Promise<{ text: string; note?: string; status: number }> {
  const config = await openConfig(options.string("config"));
  const questions = ask(argv, options, config);
  const file: SimulatedFile = {
    label: options.string("config") ?? basename(config.path),
    text: await Deno.readTextFile(config.path),
  };
  // With many servers each answer takes its time: what helps is tried on the first question that it helps with.
  const made = config.servers.length > MAX_ASKED ? new Set<string>() : undefined;
  const reports = questions.map((question) => report(question, made));
  const status = reports.some(({ failed }) => failed) ? 1 : 0;
  const story = options.boolean("story");
  if (options.boolean("json")) {
    const told = reports.map((each) => reportData(each, file, story));
    return { text: JSON.stringify({ file: file.label, seed: questions[0]?.seed, questions: told }, null, 2), status };
  }
  if (asksFaults(argv)) {
    return { text: reports.map((each) => renderReport(each, file, style, story)).join("\n\n"), status };
  }
  const count = config.servers.length;
  const asked = askedServers(toSpec(config)).length;
  const note = `Only ${asked} of ${count} servers were asked about; name others with --crash and the like.`;
  return { text: renderTable(reports, file, style), ...(asked < count ? { note } : {}), status };
}

/** The options of the command in `argv`. */
export function simulateOptions(argv: readonly string[]): Options {
  return readOptions("simulate", argv, {
    string: ["config", ...FAULT_OPTIONS, ...WITHOUT_FAULTS, "seed", "activation", "deactivation", "fence-time"],
    boolean: [...FAULT_FLAGS, "json", "story"],
  });
}

function ask(argv: readonly string[], options: Options, config: ClusterConfig): Question[] {
  const spec = toSpec(config);
  const seed = Number(options.string("seed") ?? 1);
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new UsageError(`--seed ${options.string("seed")}: a whole number of 0 or more is needed`);
  }
  const base = {
    spec,
    seed,
    times: readTimes(options, config),
    monitorIntervals: new Map(config.monitors.map(({ name, intervalMs }) => [name, intervalMs])),
  };
  const faults = readFaults(argv, config);
  if (faults.length === 0) {
    const idle = WITHOUT_FAULTS.find((name) => options.string(name) !== undefined);
    if (idle !== undefined) throw new UsageError(`--${idle}: there is no fault that it could be about`);
    return standardFaults(spec, zonesOf(config)).map((each) => ({
      ...base,
      faults: each.map((fault) => ({ atMs: 0, fault })),
    }));
  }
  const healMs = optionalDuration(options, "heal");
  const runMs = optionalDuration(options, "for");
  const last = faults.at(-1)!.atMs;
  if (runMs !== undefined && runMs <= Math.max(last, healMs ?? 0)) {
    throw new UsageError(
      `--for ${options.string("for")}: it ends before the last thing has happened; more than ${
        Math.max(last, healMs ?? 0) / 1_000
      }s is needed`,
    );
  }
  return [{
    ...base,
    faults,
    ...(healMs === undefined ? {} : { healMs }),
    ...(runMs === undefined ? {} : { runMs }),
  }];
}

function asksFaults(argv: readonly string[]): boolean {
  const names: readonly string[] = [...FAULT_OPTIONS, ...FAULT_FLAGS];
  return argv.some((arg) => arg.startsWith("--") && names.includes(arg.slice(2).split("=")[0] ?? ""));
}
