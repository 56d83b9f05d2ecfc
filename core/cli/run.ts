/**
 * `baton run`: the agent.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { resolve } from "node:path";
import { Agent, type Ended } from "../agent/agent.ts";
import { inOrder } from "../agent/agent_parts.ts";
import { beforePath, type Rejected, Trial } from "../agent/apply/trial.ts";
import { identify } from "../agent/identity.ts";
import type { JournalLine } from "../agent/journal.ts";
import { readKeys } from "../agent/key.ts";
import { KeyRing } from "../agent/key_ring.ts";
import { writeToken } from "../http/operator_token.ts";
import { serveStatus, type StatusServer } from "../http/serve.ts";
import type { ClusterConfig } from "../config/config.ts";
import { ConfigError } from "../config/problem.ts";
import { DropIns } from "../host/drop_ins.ts";
import { keepOwnProgram, letGoOfOwnProgram } from "../host/own_program.ts";
import { createOs } from "../os/mod.ts";
import { goAhead } from "../os/priority.ts";
import type { PluginLog } from "../plugin/contract.ts";
import { exposed } from "../plugin/ownership.ts";
import { FAULT_CODES } from "../plugin/fault.ts";
import { PluginError } from "../plugin/plugin_error.ts";
import type { Endpoint } from "../plugin/options.ts";
import { type Command, tell, UsageError, WorkError } from "./command.ts";
import { configPath, openConfig, SILENT } from "./config_file.ts";
import { journalText, startLogging } from "./logging.ts";
import { loosenOutput } from "./outlet.ts";
import { type Options, readOptions } from "./options.ts";
import { onSignals } from "./signals.ts";
import { onUncaught } from "./uncaught.ts";
import { VERSION } from "./version.ts";
import { warningLines } from "./warning_lines.ts";

/** Finding out which server this is must not take longer. In milliseconds. */
const IDENTIFY_MS = 10_000;

/** The command. */
export const run: Command = {
  name: "run",
  summary: "run the agent of this server until it is told to stop",
  help: `baton run [-c FILE] [--server NAME] [--status HOST:PORT] [--no-power] [--verbose]

Runs the agent of this server in the foreground. A service manager keeps it running; SIGTERM, SIGINT, Ctrl-C and SIGHUP
(unless started with nohup) stop it in order: its groups go down, another server takes over, then it ends. A second
signal ends it at once. When a new file was applied (baton apply) it leaves in the same way and starts again with it.

  -c, --config FILE  the cluster.yaml; default: ./cluster.yaml, then /etc/baton/cluster.yaml
  --server NAME      which of the servers this is; default: the one with this machine's host name or address
  --status HOST:PORT where the status endpoint listens, when not where the file says
  --no-power         to try it: final actions that turn off or reboot this machine, fences that stop another and the
                     watchdog are said and not done. No group counts as stopped by them and no fence as confirmed. A group
                     that does not stop here stays up, so two may carry it: not for what must not run twice
  --verbose          log what plugins say as well

Exit status: 0 it was stopped in order, 1 something forced it to end or kept it from starting, 2 the arguments or the file
are wrong, 3 a final action has ended it and it is to stay down (RestartPreventExitStatus=3 in the unit of systemd).`,

  async run(argv) {
    const options = readOptions("run", argv, {
      string: ["config", "server", "status"],
      boolean: ["verbose", "no-power"],
    });
    // Before anything runs that would then have to be stopped.
    statusOption(options);
    loosenOutput();
    // Where it may not, it is one among many: a machine with too much to do can then cost it its leases.
    goAhead();
    await startLogging(options.boolean("verbose"));
    const stop = new Stop();
    const ignore = onSignals((signal, count) => stop.ask(signal, count));
    const unwatch = onUncaught((thrown) => stop.broken(thrown));
    try {
      let path = options.string("config");
      while (true) {
        const ended = await runSafely(await configPath(path), options, stop);
        if (!ended.again || stop.asked) return ended.status;
        path = ended.path;
      }
    } finally {
      await letGoOfOwnProgram();
      ignore();
      unwatch();
    }
  },
};

/** Hands signals to the agent that runs at the moment; between two of them they are remembered. */
class Stop {
  asked = false;
  agent: Agent | null = null;

  /** Nobody has caught it. False: no agent runs that could leave in order. */
  broken(thrown: unknown): boolean {
    this.agent?.broken(thrown);
    return this.agent !== null;
  }

  ask(signal: Deno.Signal, count: number): void {
    this.asked = true;
    if (count > 1) this.agent?.abandon(`${signal} came again`);
    else this.agent?.request({ op: "leave", by: signal });
  }
}

/** Runs the agent with the file that is there now, or with the one before it when the newer one was applied and no agent can start with it. */
async function runSafely(path: string, options: Options, stop: Stop): Promise<Ended & { path: string }> {
  const trial = await Trial.open(path);
  if (!trial) return await runOnce(path, options, stop, {});
  let rejected = await trial.begin();
  if (!rejected) {
    try {
      return await runOnce(path, options, stop, { trial });
    } catch (thrown) {
      if (trial.started || stop.asked) throw thrown;
      rejected = await trial.failed(wordsOf(thrown));
    }
  }
  tell(`error: no agent can start with ${path}, which was applied: ${rejected.why}; going on with ${beforePath(path)}`);
  try {
    return await runOnce(path, options, stop, { rejected });
  } catch (thrown) {
    throw new WorkError(
      `no agent can start with ${path}: ${rejected.why}; nor with the file before it, ${beforePath(path)}: ` +
        wordsOf(thrown),
    );
  }
}

/** What a run is about besides its file: the trial of it, or why it is the file before it. */
interface Attempt {
  trial?: Trial;
  rejected?: Rejected;
}

/** Runs an agent until it ends. `again`: it wants to go on with a newer file. */
async function runOnce(
  path: string,
  options: Options,
  stop: Stop,
  attempt: Attempt,
): Promise<Ended & { path: string }> {
  const dropIns = new DropIns({ log: pluginLog, trust });
  try {
    return await runAgent(path, dropIns, options, stop, attempt);
  } catch (thrown) {
    // Their processes must not outlive a start that failed: another one may follow in this process.
    await dropIns.close();
    throw thrown;
  }
}

async function runAgent(
  path: string,
  dropIns: DropIns,
  options: Options,
  stop: Stop,
  { trial, rejected }: Attempt,
): Promise<Ended & { path: string }> {
  const file = rejected ? beforePath(path) : path;
  const open = await exposed(file);
  if (open !== undefined) throw new UsageError(`${open.message}; run \`${open.remedy}\``, FAULT_CODES.fileText);
  const read = await openConfig(file, dropIns);
  const config = rejected ? { ...read, path: resolve(path) } : read;
  if (config.warnings.length > 0) {
    const text = await Deno.readTextFile(read.path);
    for (const line of warningLines(read.path, text, config.warnings)) tell(`warning: ${line}`);
  }
  const os = createOs();
  const nics = await os.nics(AbortSignal.timeout(IDENTIFY_MS));
  const addresses = nics.flatMap((nic) => nic.addresses.map(({ ip }) => ip));
  const server = identify(config.servers, { hostname: os.hostname(), addresses }, options.string("server"));
  const keys = new KeyRing(await readKeys(config.keyFile), config.keyFile);
  const load = async (file: string, what?: "to run") => {
    if (what === "to run") return await openConfig(file, dropIns);
    const hosts = new DropIns({ log: () => SILENT, trust });
    return await openConfig(file, hosts).finally(() => hosts.close());
  };
  const agent = await Agent.start({
    config,
    server,
    version: VERSION,
    keys,
    os,
    dropIns,
    load,
    rejected,
    noPower: options.boolean("no-power"),
    onJournal: logJournal,
    log: pluginLog,
  });
  const unkept = await keepOwnProgram(config.stateDir);
  if (unkept !== undefined) tell(`warning: ${unkeptText(unkept)}`);
  const status = await openStatus(statusOption(options) ?? config.status, config, agent, os.hostname());
  tell(`${server} of ${config.cluster} runs, status at ${status.url}/status`);
  stop.agent = agent;
  if (stop.asked) agent.request({ op: "leave", by: "a signal" });
  const settled = trial?.settle(agent.ended);
  const ended = await agent.ended;
  await settled;
  stop.agent = null;
  // Something may still be up, and only the end of this process lets the dead man's switch take it down.
  if (inOrder(ended)) await status.close();
  return { ...ended, path: config.path };
}

function unkeptText(why: string): string {
  return `this executable can't be kept under a second name (${why}): when its file is replaced while the agent runs, the ` +
    "processes of drop-ins can't be started again; stop the agent before its file is replaced";
}

/** What runs as a part of the agent nobody else may be able to change. */
async function trust(type: string, files: readonly string[]): Promise<void> {
  for (const file of files) {
    const open = await exposed(file);
    if (open === undefined) continue;
    throw new PluginError(type, `${open.message}; run \`${open.remedy}\``, { file });
  }
}

/** The first line of what was thrown. */
function wordsOf(thrown: unknown): string {
  const text = thrown instanceof ConfigError ? thrown.toString() : thrown instanceof Error ? thrown.message : thrown;
  return String(text).split("\n")[0]!;
}

/** Where `--status` wants it to listen; undefined where it is left to the file. */
function statusOption(options: Options): Endpoint | undefined {
  const asked = options.string("status");
  if (asked === undefined) return undefined;
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(asked);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) throw new UsageError(`--status ${asked}: write it as 127.0.0.1:7711`);
  return { host: match[1] ?? match[2]!, port };
}

/** The status endpoint of an agent that runs already: it does not go on without one. */
async function openStatus(
  at: Endpoint,
  { servers, stateDir, statusNames }: ClusterConfig,
  agent: Agent,
  hostname: string,
): Promise<StatusServer> {
  const names = [hostname, ...servers.map(({ name }) => name), ...statusNames];
  try {
    return await serveStatus({ at, agent, token: await writeToken(stateDir), version: VERSION, names });
  } catch (error) {
    agent.abandon("its status endpoint can't be opened");
    await agent.ended;
    throw error;
  }
}

function logJournal(line: JournalLine): void {
  const said = journalText(line).replaceAll("{", "{{").replaceAll("}", "}}");
  getLogger(["baton"])[line.level === "warning" ? "warn" : line.level](said);
}

function pluginLog(name: string): PluginLog {
  const logger = getLogger(["baton", "plugin", name]);
  const escape = (text: string) => text.replaceAll("{", "{{").replaceAll("}", "}}");
  return {
    debug: (text) => logger.debug(escape(text)),
    info: (text) => logger.info(escape(text)),
    warn: (text) => logger.warn(escape(text)),
  };
}
