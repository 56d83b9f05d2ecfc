/**
 * A resource in any language: one program with the verbs start, stop and monitor.
 *
 * @module
 */
import type {
  ActivationReason,
  DeactivationReason,
  GuardCommands,
  PluginContext,
  ResourcePlugin,
} from "../../core/plugin/contract.ts";
import {
  EXEC_OPTIONS,
  execEnvironment,
  type ExecFacts,
  type ExecOptions,
  execProblems,
  runExec,
} from "../exec_program.ts";
import { programFinding } from "../../core/plugin/program_finding.ts";
import { assertEndedWell } from "../program_verdict.ts";
import { scriptEnvironment, type ScriptFacts } from "./script_events.ts";

const exec: ResourcePlugin<ExecOptions> = {
  kind: "resource",
  description: "A plugin in any language: one program that is run with the verbs start, stop and monitor.",
  options: EXEC_OPTIONS,
  defaults: { activateTimeoutMs: 120_000, deactivateTimeoutMs: 120_000, activateRetries: 0 },
  validate: execProblems,
  companion: (options) => ({ type: "exec", options: { ...options } }),
  preflight: async ({ name, options: { command } }) => [await programFinding(name, "command", command)],
  activate: (context) => run(context, "start", context.reason, context),
  deactivate: (context) => run(context, "stop", context.reason),

  guard(context): Promise<GuardCommands> {
    const stop: [string, ...string[]] = [...context.options.command, "stop"] as unknown as [string, ...string[]];
    if (context.os.name === "windows") return Promise.resolve([stop]);
    // The switch can't set variables, env(1) can. The agent is gone: for the program that is a failover.
    const env = execEnvironment(context, "stop", scriptEnvironment(context, "fence"));
    return Promise.resolve([["env", ...Object.entries(env).map(([name, value]) => `${name}=${value}`), ...stop]]);
  },
};

export default exec;

async function run(
  context: PluginContext<ExecOptions>,
  verb: "start" | "stop",
  event: ActivationReason | DeactivationReason,
  { epoch, lostServer }: ScriptFacts = {},
): Promise<void> {
  const known = { ...(epoch === undefined ? {} : { epoch }), ...(lostServer === undefined ? {} : { lostServer }) };
  const facts: ExecFacts = { event, ...known };
  const result = await runExec(context, verb, facts, scriptEnvironment(context, event, known));
  const program = context.options.command[0]!;
  assertEndedWell(verb, program, result);
  context.log.info(`${verb}: ${program} ended well after ${Math.round(result.elapsedMs)} ms`);
}
