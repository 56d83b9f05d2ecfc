/**
 * The part of `baton check` that looks beyond the file.
 *
 * @module
 */
import { slowMs } from "../cluster/disk.ts";
import { Contexts } from "../agent/contexts.ts";
import { bounded } from "../agent/bounded.ts";
import { identify } from "../agent/identity.ts";
import type { PreflightState } from "../agent/preflight_runner.ts";
import type { ClusterConfig } from "../config/config.ts";
import { createOs } from "../os/mod.ts";
import type { PluginLog } from "../plugin/contract.ts";
import { usesEc2 } from "../preflight/plugins.ts";
import { readinessOf } from "../preflight/report.ts";
import { runPreflight } from "../preflight/run.ts";
import { FAULT_CODES } from "../plugin/fault.ts";
import { AgentClient } from "./agent_client.ts";
import { tell, WorkError } from "./command.ts";
import type { Options } from "./options.ts";
import { VERSION } from "./version.ts";

/** Finding out which server this is must not take longer. In milliseconds. */
const IDENTIFY_MS = 10_000;
/** Plugins that look have nothing to say but what they find. */
const SILENT: PluginLog = { debug: () => {}, info: () => {}, warn: () => {} };

/** Of this server: by its agent when one runs, which knows more, else by ourselves. */
export async function preflightHere(config: ClusterConfig, options: Options): Promise<PreflightState> {
  const client = await runningAgent(config, options);
  if (client !== undefined) {
    try {
      return await client.preflight(false);
    } catch (error) {
      if (!(error instanceof WorkError)) throw error;
      tell(`the agent was not asked: ${error.message}`);
    }
  }
  return await preflightAlone(config, options);
}

/** Of all servers, by their agents. Throws a {@linkcode WorkError} when none runs here. */
export async function preflightAll(config: ClusterConfig, options: Options): Promise<PreflightState> {
  const client = await runningAgent(config, options);
  if (client === undefined) {
    throw new WorkError(
      "no agent of this cluster runs here, and only an agent can ask the others; use --here on each server",
      FAULT_CODES.noAgent,
    );
  }
  return await client.preflight(true);
}

/** An agent that listens where the file says may be one of another cluster, or of another server of a test. */
async function runningAgent(config: ClusterConfig, options: Options): Promise<AgentClient | undefined> {
  const client = await AgentClient.find(options);
  try {
    const { cluster, server } = await client.status();
    const wanted = options.string("server");
    return cluster === config.cluster && (wanted === undefined || wanted === server) ? client : undefined;
  } catch (error) {
    if (error instanceof WorkError) return undefined;
    throw error;
  }
}

async function preflightAlone(config: ClusterConfig, options: Options): Promise<PreflightState> {
  const os = createOs();
  const nics = await os.nics(AbortSignal.timeout(IDENTIFY_MS));
  const addresses = nics.flatMap((nic) => nic.addresses.map(({ ip }) => ip));
  const server = identify(config.servers, { hostname: os.hostname(), addresses }, options.string("server"));
  const { signal } = new AbortController();
  const contexts = new Contexts(server, os, config.aws, () => SILENT, () => 0);
  try {
    if (usesEc2(config)) await contexts.warmUp(signal);
    const own = await runPreflight({
      config,
      server,
      version: VERSION,
      os,
      thorough: true,
      run: 1,
      bootMs: null,
      slowDiskMs: slowMs(config.timing),
      peers: undefined,
      context: (subject, within) => contexts.preflight(subject, true, within),
      fenceContext: (subject, target, within) => contexts.fence(subject, target, within),
      inspection: () => contexts.inspection(),
      bounded: (ms, work) => bounded(signal, ms, work),
    });
    const groups = config.groups.filter(({ servers }) => servers.includes(server));
    return { own, peers: {}, readiness: groups.map(({ name }) => readinessOf(name, server, own)) };
  } finally {
    contexts.close();
  }
}
