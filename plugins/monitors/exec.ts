/**
 * A monitor in any language; also the monitor that comes with the resource `exec`.
 *
 * @module
 */
import type { MonitorPlugin } from "../../core/plugin/contract.ts";
import { unknownVerdict } from "../../core/plugin/fault_verdict.ts";
import { EXEC_OPTIONS, type ExecOptions, execProblems, runExec } from "../exec_program.ts";
import { programFinding } from "../../core/plugin/program_finding.ts";
import { programVerdict } from "../program_verdict.ts";

const exec: MonitorPlugin<ExecOptions> = {
  kind: "monitor",
  description:
    "Runs a plugin in any language with the verb monitor: 0 is normal, 126, 127 and an end by a signal unknown, else an error.",
  options: EXEC_OPTIONS,
  defaults: { intervalMs: 60_000, timeoutMs: 120_000, retries: 1, startDelayMs: 0, timing: "always" },
  preflight: async ({ name, options: { command } }) => [await programFinding(name, "command", command)],
  validate: execProblems,

  async check(context) {
    try {
      const result = await runExec(context, "monitor", {}, { BATON_MONITOR: context.name });
      return programVerdict(context.options.command[0]!, result, context.options);
    } catch (error) {
      context.signal.throwIfAborted();
      return unknownVerdict(error);
    }
  },
};

export default exec;
