import { Fault, FAULT_CODES } from "../plugin/fault.ts";
import { type CommandLine, exec, type ExecOptions } from "./exec.ts";
import type { ExecResult } from "./os.ts";

/** Runs a command of the operating system and returns its output; a status other than 0 is a fault. */
export async function checked(command: CommandLine, options: ExecOptions): Promise<string> {
  const result = await exec(command, options);
  if (result.status !== 0) throw commandFault(command, result);
  return result.stdout;
}

/** The fault of a command that failed: its line, its status, and what it said. */
export function commandFault(command: CommandLine, result: ExecResult): Fault {
  const said = (result.stderr.trim() || result.stdout.trim()).split("\n").slice(-3).join(" ").slice(0, 400);
  const line = command.join(" ").slice(0, 200);
  return new Fault(
    FAULT_CODES.internal,
    `"${line}" failed with status ${result.status}: ${said || "it said nothing"}`,
    /not permitted|permission denied|access is denied/i.test(said)
      ? { remedy: "run the agent with the rights of an administrator" }
      : {},
  );
}
