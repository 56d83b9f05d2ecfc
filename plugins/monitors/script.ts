/**
 * Watches whatever a program can find out.
 *
 * @module
 */
import { isAbsolute } from "node:path";
import type { ExecResult } from "../../core/os/os.ts";
import type { MonitorPlugin } from "../../core/plugin/contract.ts";
import { unknownVerdict } from "../../core/plugin/fault_verdict.ts";
import { normal, type Verdict } from "../../core/plugin/verdict.ts";
import { programFinding } from "../program_finding.ts";
import { parseReport } from "./script_report.ts";

/** Options of `script`. */
export interface ScriptOptions {
  command: string[];
}

const script: MonitorPlugin<ScriptOptions> = {
  kind: "monitor",
  description: "Runs a program: status 0 is normal, 1 a warning, 3 unknown, anything else an error.",
  options: {
    command: {
      type: "strings",
      required: true,
      description: "program and arguments; it may print a line of JSON with status, code, message and measurements",
    },
  },
  defaults: { intervalMs: 60_000, timeoutMs: 120_000, retries: 1, startDelayMs: 0, timing: "always" },

  preflight: async ({ name, options: { command } }) => [await programFinding(name, "command", command)],

  validate: ({ command: [program = ""] }) =>
    isAbsolute(program) || !/[/\\]/.test(program)
      ? []
      : [`command begins with the relative path ${program}: write the absolute path, or a name that is in PATH`],

  async check({ options, signal, exec, ...context }) {
    const command = options.command as [string, ...string[]];
    const env = { BATON_MONITOR: context.name, BATON_SERVER: context.server, BATON_GROUP: context.group ?? "" };
    try {
      return scriptVerdict(command[0], await exec(command, { env }));
    } catch (error) {
      signal.throwIfAborted();
      return unknownVerdict(error);
    }
  },
};

export default script;

const STATUSES: Readonly<Record<number, Verdict["status"]>> = { 0: "normal", 1: "warning", 2: "error", 3: "unknown" };

/**
 * The status of the exit counts. A report can explain it and, when the exit was 0, make it worse: a program that failed
 * after it had printed "normal" is not normal.
 */
function scriptVerdict(program: string, result: ExecResult): Verdict {
  const exit = STATUSES[result.status] ?? "error";
  const report = parseReport(result.stdout);
  const status = exit === "normal" ? report?.status ?? exit : exit;
  const message = report?.message ?? lastLine(result) ?? `${program} ended with status ${result.status}`;
  if (status === "normal") return normal(message, report?.measurements);
  return {
    status,
    message,
    // Without a number of its own, the exit status is the best there is.
    code: report?.code ?? Math.max(1, result.status),
    ...(report?.measurements === undefined ? {} : { measurements: report.measurements }),
  };
}

function lastLine({ stdout, stderr }: ExecResult): string | undefined {
  const line = (stderr.trim() || stdout.trim()).split("\n").at(-1)?.trim();
  return line ? line.slice(0, 300) : undefined;
}
