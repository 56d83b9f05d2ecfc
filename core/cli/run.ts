/**
 * `baton run`: the agent.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { Agent, type Ended } from "../agent/agent.ts";
import { identify } from "../agent/identity.ts";
import type { JournalLine } from "../agent/journal.ts";
import { readKey } from "../agent/key.ts";
import { writeToken } from "../http/operator_token.ts";
import { serveStatus, type StatusServer } from "../http/serve.ts";
import type { ClusterConfig } from "../config/config.ts";
import { DropIns } from "../host/drop_ins.ts";
import { createOs } from "../os/mod.ts";
import type { PluginLog } from "../plugin/contract.ts";
import type { Endpoint } from "../plugin/options.ts";
import { type Command, tell, UsageError } from "./command.ts";
import { openConfig } from "./config_file.ts";
import { startLogging } from "./logging.ts";
import { type Options, readOptions } from "./options.ts";
import { onSignals } from "./signals.ts";
import { VERSION } from "./version.ts";

/** Finding out which server this is must not take longer. In milliseconds. */
const IDENTIFY_MS = 10_000;

/** The command. */
export const run: Command = {
  name: "run",
  summary: "run the agent of this server until it is told to stop",
  help: `baton run [-c FILE] [--server NAME] [--status HOST:PORT] [--verbose]

Runs the agent of this server in the foreground. A service manager keeps it running; SIGTERM, SIGINT and Ctrl-C stop it
in order: its groups go down, another server takes over, then it ends. A second signal ends it at once. When a new file was applied
(baton apply) it leaves in the same way and starts again with it.

  -c, --config FILE  the cluster.yaml; default: ./cluster.yaml, then /etc/baton/cluster.yaml
  --server NAME      which of the servers this is; default: the one with this machine's host name or address
  --status HOST:PORT where the status endpoint listens, when not where the file says
  --verbose          log what plugins say as well

Exit status: 0 it was stopped in order, 1 something forced it to end, 2 the configuration is wrong.`,

  async run(argv) {
    const options = readOptions("run", argv, { string: ["config", "server", "status"], boolean: ["verbose"] });
    await startLogging(options.boolean("verbose"));
    const stop = new Stop();
    const ignore = onSignals((signal, count) => stop.ask(signal, count));
    try {
      let path = options.string("config");
      while (true) {
        const ended = await runOnce(path, options, stop);
        if (!ended.again || stop.asked) return ended.status;
        path = ended.path;
      }
    } finally {
      ignore();
    }
  },
};

/** Hands signals to the agent that runs at the moment; between two of them they are remembered. */
class Stop {
  asked = false;
  agent: Agent | null = null;

  ask(signal: Deno.Signal, count: number): void {
    this.asked = true;
    if (count > 1) this.agent?.abandon(`${signal} came again`);
    else this.agent?.request({ op: "leave", by: signal });
  }
}

/** Runs the agent with the file that is there now, until it ends. `again`: it wants to go on with a newer file. */
async function runOnce(path: string | undefined, options: Options, stop: Stop): Promise<Ended & { path: string }> {
  const dropIns = new DropIns({ log: pluginLog });
  const config = await openConfig(path, dropIns);
  for (const text of config.warnings) tell(`warning: ${text}`);
  const os = createOs();
  const nics = await os.nics(AbortSignal.timeout(IDENTIFY_MS));
  const addresses = nics.flatMap((nic) => nic.addresses.map(({ ip }) => ip));
  const server = identify(config.servers, { hostname: os.hostname(), addresses }, options.string("server"));
  const key = await readKey(config.keyFile);
  const load = (file: string) => openConfig(file);
  const agent = await Agent.start({
    config,
    server,
    version: VERSION,
    key,
    os,
    dropIns,
    load,
    onJournal: logJournal,
    log: pluginLog,
  });
  const status = await openStatus(statusEndpoint(config, options), config, agent);
  tell(`${server} of ${config.cluster} runs, status at ${status.url}/status`);
  stop.agent = agent;
  if (stop.asked) agent.request({ op: "leave", by: "a signal" });
  const ended = await agent.ended;
  stop.agent = null;
  // Something may still be up, and only the end of this process lets the dead man's switch take it down.
  if (ended.status === 0) await status.close();
  return { ...ended, path: config.path };
}

/** Where the file, or `--status`, wants it to listen. */
function statusEndpoint(config: ClusterConfig, options: Options): Endpoint {
  const asked = options.string("status");
  if (asked === undefined) return config.status;
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(asked);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) throw new UsageError(`--status ${asked}: write it as 127.0.0.1:7711`);
  return { host: match[1] ?? match[2]!, port };
}

/** The status endpoint of an agent that runs already: it does not go on without one. */
async function openStatus(at: Endpoint, config: ClusterConfig, agent: Agent): Promise<StatusServer> {
  try {
    return serveStatus(at, agent, await writeToken(config.stateDir), VERSION);
  } catch (error) {
    agent.abandon("its status endpoint can't be opened");
    await agent.ended;
    throw error;
  }
}

function logJournal({ level, text }: JournalLine): void {
  getLogger(["baton"])[level === "warning" ? "warn" : level](text.replaceAll("{", "{{").replaceAll("}", "}}"));
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
