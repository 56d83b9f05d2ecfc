/**
 * One OCF agent: its file, its environment, its actions.
 *
 * @module
 */
import type { ExecResult } from "../../core/os/os.ts";
import type { PluginContext } from "../../core/plugin/contract.ts";
import type { OcfMetaData } from "./meta_data.ts";
import { parameterOf } from "./options.ts";

/** Where an agent lies, and what it says of itself. */
export interface OcfAgent {
  /** As in `ocf:heartbeat:Dummy`. */
  provider: string;
  name: string;
  file: string;
  /** The folder that the standard calls OCF_ROOT. */
  root: string;
  metaData: OcfMetaData;
}

/** The actions that Baton asks for. */
export type OcfActionName = "start" | "stop" | "monitor" | "validate-all";

/** The environment of an agent without the parameters of a resource. */
export function agentEnvironment(agent: Pick<OcfAgent, "provider" | "name" | "root">): Record<string, string> {
  return {
    OCF_ROOT: agent.root,
    OCF_RA_VERSION_MAJOR: "1",
    OCF_RA_VERSION_MINOR: "1",
    OCF_RESOURCE_PROVIDER: agent.provider,
    OCF_RESOURCE_TYPE: agent.name,
    // Agents find their tools there also under a service manager with a short PATH.
    PATH: `${Deno.env.get("PATH") ?? ""}:/usr/sbin:/sbin:/usr/bin:/bin`,
    // What they say goes to standard error, where it becomes the message.
    HA_LOGFACILITY: "",
    HA_LOGFILE: "",
    HA_debug: "0",
  };
}

/** The environment of an action. */
export function actionEnvironment(
  agent: OcfAgent,
  action: OcfActionName,
  { name, server, options }: Pick<PluginContext, "name" | "server" | "options">,
  /** A companion monitor has a name of its own, and asks for the instance of its resource. */
  instance: string = name,
): Record<string, string> {
  const { timeoutMs } = agent.metaData.actions.get(action) ?? {};
  const parameters = agent.metaData.parameters.flatMap((parameter) => {
    const value = options[parameterOf(parameter.name)];
    return value === undefined ? [] : [[`OCF_RESKEY_${parameter.name}`, String(value)]];
  });
  return {
    ...agentEnvironment(agent),
    ...Object.fromEntries(parameters),
    OCF_RESOURCE_INSTANCE: instance,
    OCF_CHECK_LEVEL: "0",
    OCF_RESKEY_CRM_meta_name: action,
    OCF_RESKEY_CRM_meta_on_node: server,
    // Agents take a monitor without an interval for the question whether anything is left over.
    ...(action === "monitor" ? { OCF_RESKEY_CRM_meta_interval: "10000" } : {}),
    ...(timeoutMs === undefined ? {} : { OCF_RESKEY_CRM_meta_timeout: String(timeoutMs) }),
  };
}

/** Runs an action; how it ended is a result. */
export function runAction(
  agent: OcfAgent,
  action: OcfActionName,
  context: PluginContext,
  instance?: string,
): Promise<ExecResult> {
  return context.exec([agent.file, action], { env: actionEnvironment(agent, action, context, instance) });
}
