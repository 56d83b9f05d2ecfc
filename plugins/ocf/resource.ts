import type { GuardCommands, PluginContext, ResourcePlugin } from "../../core/plugin/contract.ts";
import { Fault, FAULT_CODES } from "../../core/plugin/fault.ts";
import { broken, type Finding, fine, unclear } from "../../core/plugin/finding.ts";
import type { ExecResult } from "../../core/os/os.ts";
import { programFinding } from "../../core/plugin/program_finding.ts";
import { actionEnvironment, type OcfAgent, runAction } from "./agent.ts";
import { ocfClaims } from "./claims.ts";
import { OCF, ocfReason, ocfUnable, ocfWords } from "./exit_codes.ts";
import { isSecret, optionsOf, parameterOf } from "./options.ts";
import { SealedEnvironment } from "./sealed_environment.ts";

/** The resource of an agent: its actions `start` and `stop`. */
export function ocfResource(type: string, agent: OcfAgent): ResourcePlugin {
  const { parameters, actions, description } = agent.metaData;
  const secrets = parameters.filter(({ name }) => isSecret(name)).map(({ name }) => parameterOf(name));
  const sealed = new SealedEnvironment();
  return {
    kind: "resource",
    description: `Runs the OCF agent ${agent.name}: ${description}.`,
    options: optionsOf(parameters),
    claims: ocfClaims(agent),
    defaults: {
      activateTimeoutMs: actions.get("start")?.timeoutMs ?? 20_000,
      deactivateTimeoutMs: actions.get("stop")?.timeoutMs ?? 20_000,
      activateRetries: 0,
    },
    // Where the switch can't be given a secret, it reads lines.
    validate: (options) =>
      Object.entries(options)
        .filter(([, value]) => typeof value === "string" && value.includes("\n"))
        .map(([name]) => `${name} has more than one line: agents take one`),
    companion: (options, name) => ({ type, options: { ...options, instance: name } }),

    async preflight(context) {
      const program = await programFinding(context.name, "type", [agent.file]);
      if (program.status !== "ok" || !actions.has("validate-all")) return [program];
      return [program, validated(context.name, agent, await runAction(agent, "validate-all", context))];
    },

    async activate(context) {
      const result = await runAction(agent, "start", context);
      if (result.status !== OCF.success && result.status !== OCF.runningPromoted) {
        throw actionFault(agent, "start", result);
      }
      context.log.info(`${agent.name} started after ${Math.round(result.elapsedMs)} ms`);
    },

    async deactivate(context) {
      const result = await runAction(agent, "stop", context);
      // What does not run is stopped; the standard wants 0 for it, and not all agents know that.
      if (result.status !== OCF.success && result.status !== OCF.notRunning) throw actionFault(agent, "stop", result);
      await sealed.remove(context.name);
      context.log.info(`${agent.name} stopped after ${Math.round(result.elapsedMs)} ms`);
    },

    async guard(context): Promise<GuardCommands> {
      const env = actionEnvironment(agent, "stop", context);
      const stop = [agent.file, "stop"] as const;
      if (secrets.some((name) => context.options[name] !== undefined)) {
        return [await sealed.command(context.name, env, stop)];
      }
      return [["env", ...Object.entries(env).map(([name, value]) => `${name}=${value}`), ...stop]];
    },
  };
}

function validated(subject: PluginContext["name"], { name }: OcfAgent, result: ExecResult): Finding {
  const said = ocfReason(result) ?? ocfWords(result.status);
  // A resource that does not run is as it should be before it is activated.
  if (result.status === OCF.success || result.status === OCF.notRunning) {
    return fine(subject, `${name} accepts its parameters`);
  }
  const remedy = `run ${name} validate-all by hand, as the account of the agent`;
  if (result.status === 3) return unclear(subject, FAULT_CODES.internal, `${name} can't check its parameters: ${said}`);
  return broken(
    subject,
    FAULT_CODES.program,
    `${name} refuses its parameters: ${ocfWords(result.status)}: ${said}`,
    remedy,
  );
}

function actionFault({ name }: OcfAgent, action: string, result: ExecResult): Fault {
  const said = ocfReason(result) ?? "it said nothing";
  const code = ocfUnable(result.status) ? FAULT_CODES.internal : FAULT_CODES.program;
  return new Fault(code, `${action}: the OCF agent ${name} ended with ${ocfWords(result.status)}: ${said}`, {
    remedy: "run baton check --here, which lets the agent check its parameters",
  });
}
