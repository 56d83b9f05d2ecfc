/**
 * A pair of programs: one starts the service of a group, one stops it.
 *
 * @module
 */
import { isAbsolute } from "node:path";
import type { GuardCommands, PluginContext, ResourcePlugin } from "../../core/plugin/contract.ts";
import { programFinding } from "../../core/plugin/program_finding.ts";
import { assertEndedWell } from "../program_verdict.ts";
import { scriptEnvironment } from "./script_events.ts";

/** Options of `script`. */
export interface ScriptOptions {
  start: string[];
  stop: string[];
}

const script: ResourcePlugin<ScriptOptions> = {
  kind: "resource",
  description: "Starts and stops a service with programs of its own.",
  options: {
    start: {
      type: "strings",
      required: true,
      description: "program and arguments that start the service and then end; status 0 means that it runs",
    },
    stop: {
      type: "strings",
      required: true,
      description: "program and arguments that stop the service and then end; status 0 also when it does not run",
    },
  },
  defaults: { activateTimeoutMs: 120_000, deactivateTimeoutMs: 120_000, activateRetries: 0 },

  validate: ({ start, stop }) => [...programProblems("start", start), ...programProblems("stop", stop)],

  async activate(context) {
    await runScript(context, "start", scriptEnvironment(context, context.reason, context));
  },

  async deactivate(context) {
    await runScript(context, "stop", scriptEnvironment(context, context.reason));
  },

  preflight: ({ name, options: { start, stop } }) =>
    Promise.all([programFinding(name, "start", start), programFinding(name, "stop", stop)]),

  guard(context): Promise<GuardCommands> {
    const stop = context.options.stop as [string, ...string[]];
    if (context.os.name === "windows") return Promise.resolve([stop]);
    // The switch can't set variables, env(1) can. The agent is gone: for the script that is a failover.
    const variables = Object.entries(scriptEnvironment(context, "fence")).map(([name, value]) => `${name}=${value}`);
    return Promise.resolve([["env", ...variables, ...stop]]);
  },
};

export default script;

function programProblems(option: string, [program = ""]: readonly string[]): string[] {
  if (isAbsolute(program) || !/[/\\]/.test(program)) return [];
  return [`${option} begins with the relative path ${program}: write the absolute path, or a name that is in PATH`];
}

async function runScript(
  context: PluginContext<ScriptOptions>,
  which: "start" | "stop",
  env: Record<string, string>,
): Promise<void> {
  const command = context.options[which] as [string, ...string[]];
  const result = await context.exec(command, { env });
  assertEndedWell(which, command[0], result);
  context.log.info(`${which}: ${command[0]} ended well after ${Math.round(result.elapsedMs)} ms`);
}
