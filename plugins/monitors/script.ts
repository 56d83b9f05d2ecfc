/**
 * Watches whatever a program can find out.
 *
 * @module
 */
import { isAbsolute } from "node:path";
import type { MonitorPlugin } from "../../core/plugin/contract.ts";
import { unknownVerdict } from "../../core/plugin/fault_verdict.ts";
import { programFinding } from "../../core/plugin/program_finding.ts";
import { programVerdict, STATUS_OPTIONS, type StatusLists, statusProblems } from "../program_verdict.ts";

/** Options of `script`. */
export interface ScriptOptions extends StatusLists {
  command: string[];
}

const script: MonitorPlugin<ScriptOptions> = {
  kind: "monitor",
  description: "Runs a program: status 0 is normal, 126, 127 and an end by a signal unknown, anything else an error.",
  options: {
    command: {
      type: "strings",
      required: true,
      description: "program and arguments; it may print a line of JSON with status, code, message and measurements",
    },
    ...STATUS_OPTIONS,
  },
  defaults: { intervalMs: 60_000, timeoutMs: 120_000, retries: 1, startDelayMs: 0, timing: "always" },

  preflight: async ({ name, options: { command } }) => [await programFinding(name, "command", command)],

  validate: ({ command: [program = ""], ...lists }) => [
    ...(isAbsolute(program) || !/[/\\]/.test(program)
      ? []
      : [`command begins with the relative path ${program}: write the absolute path, or a name that is in PATH`]),
    ...statusProblems(lists),
  ],

  async check({ options, signal, exec, ...context }) {
    const command = options.command as [string, ...string[]];
    const env = { BATON_MONITOR: context.name, BATON_SERVER: context.server, BATON_GROUP: context.group ?? "" };
    try {
      return programVerdict(command[0], await exec(command, { env }), options);
    } catch (error) {
      signal.throwIfAborted();
      return unknownVerdict(error);
    }
  },
};

export default script;
