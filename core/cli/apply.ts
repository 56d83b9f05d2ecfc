/**
 * `baton apply`: a new cluster.yaml on every server, or on none.
 *
 * @module
 */
import type { ApplyOutcome } from "../agent/apply/coordinator.ts";
import { changeOf } from "../config/change.ts";
import type { ClusterConfig } from "../config/config.ts";
import { keyChangeLine, keyChanges, secretOptions } from "../config/key_changes.ts";
import { FAULT_CODES } from "../plugin/fault.ts";
import { AgentClient, type Status } from "./agent_client.ts";
import { describeChange } from "./change_text.ts";
import { type Command, print, tell, UsageError, WorkError } from "./command.ts";
import { openConfig } from "./config_file.ts";
import { readOptions } from "./options.ts";
import { warningLines } from "./warning_lines.ts";

/** How often the outcome is looked at, in milliseconds. */
const POLL_MS = 200;

/** The command. */
export const apply: Command = {
  name: "apply",
  summary: "give all servers a new cluster.yaml and take it up, without stopping more than it needs",
  help: `baton apply NEW [-c FILE] [--without SERVER,...] [--allow-restart] [--dry-run] [--wait SECONDS]

Checks the file NEW, shows what differs from the one that runs here and what has to start again for it, and gives it to
every server. Each one checks it with its own drop-ins; it counts when all of them have, and otherwise nowhere.

Other monitors, recovery rules, preferences, acknowledgement devices and new groups are taken up at once. A group whose
resources have other options or time-outs moves once. For everything else the agents start again one after the other,
those that carry no group first; an agent that carries one moves it away before. Both must be allowed. It ends when all
servers run the file and all groups are online again. When a server can't start with it, all go back to the one before.

  -c, --config FILE  the cluster.yaml of this server; default: ./cluster.yaml, then /etc/baton/cluster.yaml
  --without SERVER   servers that are dead; they fetch the file when they are back
  --allow-restart    groups that change may move, and agents that carry groups may start again: each of these moves once
  --dry-run          only show what would be done
  --wait SECONDS     how long to wait until all servers run it and the groups are online; 0: not at all; default 300
  --url URL          the agent's status endpoint, when it is not where the file says; -c has to be given then

Exit status: 0 done, 1 refused or not done in time, 2 a file is wrong.`,

  async run(argv) {
    const options = readOptions("apply", argv, {
      string: ["config", "without", "wait", "url"],
      boolean: ["allow-restart", "dry-run"],
      args: ["NEW"],
    });
    const waitMs = Number(options.string("wait") ?? 300) * 1_000;
    if (!Number.isFinite(waitMs) || waitMs < 0) throw new UsageError("--wait: seconds are needed");
    const path = options.args[0]!;
    const text = await readText(path);
    const before = await openConfig(options.string("config"));
    const after = await openConfig(path);
    const oldText = await readText(before.path);
    for (const change of keyChanges(oldText, text, secretOptions(before, after))) print(keyChangeLine(change));
    print(describeChange(before, after));
    for (const line of warningLines(after.path, text, after.warnings)) tell(`warning: ${line}`);
    const { refusals, warnings: shown } = changeOf(before, after);
    if (refusals.length > 0) throw new WorkError(refusals.join("; "));
    if (options.boolean("dry-run")) return 0;
    const client = await AgentClient.find(options);
    const without = (options.string("without") ?? "").split(",").filter((name) => name !== "");
    const earlier = await client.status();
    const runs = earlier.file?.running;
    if (runs !== undefined && runs !== before.digest) {
      tell(
        `warning: ${before.path} is not what the agent here runs: what is really changed differs from what is shown`,
      );
    }
    const outcome = await client.apply(text, without, options.boolean("allow-restart"));
    print(`Generation ${outcome.generation} is in place${notYet(outcome)}.`);
    // The agent may run another file than the one that was compared here, and so know more.
    for (const warning of outcome.warnings) if (!shown.includes(warning)) tell(`warning: ${warning}`);
    return waitMs === 0 ? 0 : await taken(client, outcome, carriersIn(earlier), waitMs);
  },
};

/** Who has not confirmed the file, and why. */
function notYet({ late }: Pick<ApplyOutcome, "late">): string {
  if (late.length === 0) return "";
  return `, not yet on ${late.map(({ server, why }) => `${server} (${why})`).join(", ")}, which will fetch it`;
}

/** Where each group is online; undefined: nowhere. */
function carriersIn({ view }: Pick<Status, "view">): Map<string, string | undefined> {
  const groups = view?.groups ?? [];
  return new Map(groups.map(({ name, servers }) => [name, servers.find(({ status }) => status === "online")?.name]));
}

/** Waits until every server of `order` runs the file, and until all groups that were online before, or are new, are. */
async function taken(
  client: AgentClient,
  { digest, generation, order }: Pick<ApplyOutcome, "digest" | "generation" | "order">,
  before: ReadonlyMap<string, string | undefined>,
  waitMs: number,
): Promise<number> {
  const startedMs = performance.now();
  const done = new Set<string>();
  const passed = () => Math.round(performance.now() - startedMs);
  let last = "";
  let down: string[] = [];
  while (performance.now() - startedMs < waitMs) {
    // The agent of this server starts again in between, and does not answer then.
    const seen = await client.status().catch(() => undefined);
    if (seen?.file) {
      if (seen.file.digest !== digest && seen.file.generation > generation) {
        throw new WorkError(`it did not stay: generation ${seen.file.generation} is in place, by ${seen.file.by}`);
      }
      const running = new Map(seen.file.others.map((other) => [other.server, other.running]));
      running.set(seen.server, seen.file.running);
      for (const server of order) {
        if (done.has(server) || running.get(server) !== digest) continue;
        done.add(server);
        print(`${server} runs it, after ${passed()} ms`);
      }
      last = seen.file.waits ? ` ${seen.server} waits: ${seen.file.waits}.` : "";
      if (order.every((server) => done.has(server))) {
        const now = carriersIn(seen);
        const wanted = seen.view.groups.filter(({ name, intent }) =>
          intent.run && (!before.has(name) || before.get(name) !== undefined)
        ).map(({ name }) => name);
        down = wanted.filter((name) => now.get(name) === undefined);
        if (down.length === 0) {
          for (const name of wanted) {
            const server = now.get(name)!;
            if (before.get(name) !== server) print(`${name} is online on ${server}, after ${passed()} ms`);
          }
          return 0;
        }
      }
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const open = order.filter((server) => !done.has(server));
  const within = `within ${waitMs / 1_000} s`;
  if (open.length > 0) {
    throw new WorkError(`it is in place, but ${open.join(", ")} did not take it up ${within}.${last}`);
  }
  throw new WorkError(
    `all servers run it, but ${down.join(", ")} did not come online again ${within}: \`baton status\` says why`,
  );
}

/** `baton diff`. */
export const diff: Command = {
  name: "diff",
  summary: "show what differs between two cluster.yaml, and what has to start again for it",
  help: `baton diff OLD NEW

Shows the keys that differ, and what \`baton apply\` would have to do to get from OLD to NEW in a running cluster. Touches
nothing.

Exit status: 0 they mean the same, 1 they differ, 2 a file is wrong.`,

  async run(argv) {
    const options = readOptions("diff", argv, { args: ["OLD", "NEW"] });
    const [oldPath, newPath] = options.args as [string, string];
    const [before, after]: ClusterConfig[] = [await openConfig(oldPath), await openConfig(newPath)];
    const [oldText, newText] = [await readText(oldPath), await readText(newPath)];
    const secrets = secretOptions(before!, after!);
    for (const change of keyChanges(oldText, newText, secrets)) print(keyChangeLine(change));
    print(describeChange(before!, after!));
    return changeOf(before!, after!).reach === "nothing" ? 0 : 1;
  },
};

async function readText(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    throw new UsageError(`${path} can't be read: ${(error as Error).message}`, FAULT_CODES.fileText);
  }
}
