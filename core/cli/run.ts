/**
 * `baton run`: the agent.
 *
 * @module
 */
import { getLogger } from "@logtape/logtape";
import { Agent } from "../agent/agent.ts";
import { identify } from "../agent/identity.ts";
import type { JournalLine } from "../agent/journal.ts";
import { readKey } from "../agent/key.ts";
import { writeToken } from "../http/operator_token.ts";
import { serveStatus, type StatusServer } from "../http/serve.ts";
import type { ClusterConfig } from "../config/config.ts";
import { createOs } from "../os/mod.ts";
import type { PluginLog } from "../plugin/contract.ts";
import { type Command, tell } from "./command.ts";
import { openConfig } from "./config_file.ts";
import { startLogging } from "./logging.ts";
import { readOptions } from "./options.ts";
import { onSignals } from "./signals.ts";
import { VERSION } from "./version.ts";

/** Finding out which server this is must not take longer. In milliseconds. */
const IDENTIFY_MS = 10_000;

/** The command. */
export const run: Command = {
  name: "run",
  summary: "run the agent of this server until it is told to stop",
  help: `baton run [-c FILE] [--server NAME] [--verbose]

Runs the agent of this server in the foreground. A service manager keeps it running; SIGTERM, SIGINT and Ctrl-C stop it
in order: its groups go down, another server takes over, then it ends. A second signal ends it at once.

  -c, --config FILE  the cluster.yaml; default: ./cluster.yaml, then /etc/baton/cluster.yaml
  --server NAME      which of the servers this is; default: the one with this machine's host name or address
  --verbose          log what plugins say as well

Exit status: 0 it was stopped in order, 1 something forced it to end, 2 the configuration is wrong.`,

  async run(argv) {
    const options = readOptions("run", argv, { string: ["config", "server"], boolean: ["verbose"] });
    const config = await openConfig(options.string("config"));
    await startLogging(options.boolean("verbose"));
    for (const text of config.warnings) tell(`warning: ${text}`);
    const os = createOs();
    const nics = await os.nics(AbortSignal.timeout(IDENTIFY_MS));
    const addresses = nics.flatMap((nic) => nic.addresses.map(({ ip }) => ip));
    const server = identify(config.servers, { hostname: os.hostname(), addresses }, options.string("server"));
    const key = await readKey(config.keyFile);
    const agent = await Agent.start({ config, server, key, os, onJournal: logJournal, log: pluginLog });
    const status = await openStatus(config, agent);
    tell(`${server} of ${config.cluster} runs, status at ${status.url}/status`);
    const ignore = onSignals((signal, count) => {
      if (count > 1) agent.abandon(`${signal} came again`);
      else agent.request({ op: "leave", by: signal });
    });
    try {
      const ended = await agent.ended;
      // Something may still be up, and only the end of this process lets the dead man's switch take it down.
      if (ended.status === 0) await status.close();
      return ended.status;
    } finally {
      ignore();
    }
  },
};

/** The status endpoint of an agent that runs already: it does not go on without one. */
async function openStatus(config: ClusterConfig, agent: Agent): Promise<StatusServer> {
  try {
    return serveStatus(config.status, agent, await writeToken(config.stateDir), VERSION);
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
