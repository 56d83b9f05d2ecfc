/**
 * The types `ocf:PROVIDER:NAME`: every agent of the Open Cluster Framework that is installed.
 *
 * @module
 */
import { join } from "node:path";
import type { Os } from "../../core/os/os.ts";
import type { PluginFamily } from "../../core/plugin/registry.ts";
import { PluginError } from "../../core/plugin/plugin_error.ts";
import { nearest } from "../../core/plugin/nearest.ts";
import { lastLine } from "../program_verdict.ts";
import { agentEnvironment, type OcfAgent } from "./agent.ts";
import { parseMetaData } from "./meta_data.ts";
import { ocfMonitor } from "./monitor.ts";
import { ocfResource } from "./resource.ts";

const TYPE = /^ocf:([A-Za-z0-9][A-Za-z0-9_.-]{0,62}):([A-Za-z0-9][A-Za-z0-9_.-]{0,62})$/;
/** Where the standard puts agents. */
const OCF_ROOT = "/usr/lib/ocf";
/** An agent prints its meta-data within this. In milliseconds. */
const META_DATA_MS = 10_000;

/** The family: finds agents below `root`, which is `OCF_ROOT` of the environment or the usual folder. */
export function ocfFamily(os: Pick<Os, "exec">, root: string = Deno.env.get("OCF_ROOT") || OCF_ROOT): PluginFamily {
  const agents = new Map<string, Promise<OcfAgent>>();
  return async (type, kind) => {
    const [, provider, name] = TYPE.exec(type) ?? [];
    if (provider === undefined || name === undefined) {
      throw new PluginError(
        type,
        `${JSON.stringify(type)} is no OCF agent: write ocf:PROVIDER:NAME, as ocf:heartbeat:Dummy`,
      );
    }
    if (kind !== "resource" && kind !== "monitor") {
      throw new PluginError(type, `${type} is an OCF agent, which is a resource or a monitor, not a ${kind}`);
    }
    let agent = agents.get(type);
    if (agent === undefined) {
      agent = findAgent(os, type, root, provider, name);
      agents.set(type, agent);
    }
    try {
      return kind === "resource" ? ocfResource(type, await agent) : ocfMonitor(await agent);
    } catch (error) {
      // Whoever installs it meanwhile is asked again.
      agents.delete(type);
      throw error;
    }
  };
}

/** The types of all agents below `root`, sorted. */
export async function ocfTypes(root: string = Deno.env.get("OCF_ROOT") || OCF_ROOT): Promise<string[]> {
  const providers = await namesIn(join(root, "resource.d"));
  const types = await Promise.all(
    providers.map(async (provider) =>
      (await namesIn(join(root, "resource.d", provider))).map((name) => `ocf:${provider}:${name}`)
    ),
  );
  return types.flat().filter((type) => TYPE.test(type)).sort();
}

async function findAgent(
  os: Pick<Os, "exec">,
  type: string,
  root: string,
  provider: string,
  name: string,
): Promise<OcfAgent> {
  const folder = join(root, "resource.d", provider);
  const file = join(folder, name);
  if (!await Deno.stat(file).then(({ isFile }) => isFile, () => false)) {
    const meant = nearest(name, await namesIn(folder));
    const right = meant === undefined ? "install the package that has it (resource-agents)" : `did you mean ${meant}?`;
    throw new PluginError(type, `there is no OCF agent ${file}: ${right}`, { file });
  }
  const agent = { provider, name, file, root };
  try {
    const result = await os.exec([file, "meta-data"], {
      env: agentEnvironment(agent),
      signal: AbortSignal.timeout(META_DATA_MS),
    });
    if (result.truncated) throw new Error("it prints more than 64 KiB");
    if (result.status !== 0) throw new Error(`it ended with status ${result.status}: ${lastLine(result) ?? "no word"}`);
    return { ...agent, metaData: parseMetaData(result.stdout) };
  } catch (error) {
    const said = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new PluginError(type, `the meta-data of the OCF agent ${file} can't be used: ${said}`, { file }, {
      cause: error,
    });
  }
}

async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) if (names.length < 1_000) names.push(name);
  } catch {
    // Without the folder there is nobody.
  }
  return names;
}
