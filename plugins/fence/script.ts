/**
 * A program that stops a server: power switches, hypervisors, whatever there is.
 *
 * @module
 */
import { isAbsolute } from "node:path";
import type { FenceContext, FencePlugin } from "../../core/plugin/contract.ts";
import { Fault, FAULT_CODES } from "../../core/plugin/fault.ts";
import { normal } from "../../core/plugin/verdict.ts";
import type { ExecResult } from "../../core/os/os.ts";
import { programFinding } from "../../core/plugin/program_finding.ts";
import { couldNotLook, lastLine } from "../program_verdict.ts";

/** Options of `script`. */
export interface ScriptOptions {
  command: string[];
  ready?: string[];
  machine?: string;
}

const script: FencePlugin<ScriptOptions> = {
  kind: "fence",
  description: "Stops a silent server with a program of your own: status 0 means that the server is off for certain.",
  options: {
    command: {
      type: "strings",
      required: true,
      description:
        "program and arguments; status 0 only when nothing runs on BATON_TARGET any more, anything else: not known",
    },
    ready: {
      type: "strings",
      description: "program and arguments that find out whether command would work, without stopping anything",
    },
    machine: {
      type: "string",
      description:
        "what the program has to know of a server, such as its power outlet; it gets it as BATON_TARGET_MACHINE",
    },
  },
  defaults: { intervalMs: 300_000, timeoutMs: 300_000 },

  preflight: async ({ name, options: { command } }) => [await programFinding(name, "command", command)],

  validate: ({ command, ready }) => [
    ...programProblems("command", command),
    ...(ready === undefined ? [] : programProblems("ready", ready)),
  ],

  async ready(context) {
    const { ready, command } = context.options;
    if (ready === undefined) return normal(`${command[0]} would be run; there is no ready command to ask`);
    const result = await run(context, "ready", ready);
    if (result.status === 0) return normal(lastLine(result) ?? `${ready[0]} ended well`);
    // It has not found out that the command would fail.
    if (couldNotLook(result.status)) {
      return { status: "unknown", code: FAULT_CODES.internal, message: failure(ready, result) };
    }
    return { status: "error", code: FAULT_CODES.program, message: failure(ready, result) };
  },

  async stop(context) {
    const { command } = context.options;
    const result = await run(context, "stop", command);
    if (result.status === 0) return `${command[0]} ended with status 0: ${lastLine(result) ?? "it said nothing"}`;
    throw new Fault(FAULT_CODES.program, failure(command, result), {
      uncertain: true,
      remedy: `make sure by hand that ${context.target} is off, and see why the program failed`,
    });
  },
};

export default script;

function programProblems(option: string, [program = ""]: readonly string[]): string[] {
  if (isAbsolute(program) || !/[/\\]/.test(program)) return [];
  return [`${option} begins with the relative path ${program}: write the absolute path, or a name that is in PATH`];
}

function run(
  context: FenceContext<ScriptOptions>,
  action: "stop" | "ready",
  command: readonly string[],
): Promise<ExecResult> {
  return context.exec(command as [string, ...string[]], { env: environment(context, action) });
}

/** The target's own options are what tells the program which machine it is about; lists are one value a line. */
function environment(context: FenceContext<ScriptOptions>, action: "stop" | "ready"): Record<string, string> {
  const options = Object.entries(context.targetOptions)
    .filter(([name, value]) => value !== undefined && name !== "command" && name !== "ready")
    .map((
      [name, value],
    ) => [`BATON_TARGET_${variable(name)}`, Array.isArray(value) ? value.join("\n") : String(value)]);
  return {
    BATON_ACTION: action,
    BATON_SERVER: context.server,
    BATON_TARGET: context.target,
    ...Object.fromEntries(options),
  };
}

/** `powerSwitch` becomes `POWER_SWITCH`. */
function variable(option: string): string {
  return option.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toUpperCase();
}

function failure([program = ""]: readonly string[], result: ExecResult): string {
  return `${program} ended with status ${result.status}: ${lastLine(result) ?? "it said nothing"}`;
}
