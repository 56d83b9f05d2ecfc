import type { MonitorPlugin } from "../../core/plugin/contract.ts";
import { FAULT_CODES } from "../../core/plugin/fault.ts";
import { unknownVerdict } from "../../core/plugin/fault_verdict.ts";
import { normal, type Verdict } from "../../core/plugin/verdict.ts";
import type { ExecResult } from "../../core/os/os.ts";
import { programFinding } from "../../core/plugin/program_finding.ts";
import { type OcfAgent, runAction } from "./agent.ts";
import { OCF, ocfReason, ocfUnable, ocfWords } from "./exit_codes.ts";
import { optionsOf } from "./options.ts";

/** The monitor of an agent: its action `monitor`. */
export function ocfMonitor(agent: OcfAgent): MonitorPlugin {
  const { parameters, actions, description } = agent.metaData;
  const { intervalMs = 10_000, timeoutMs = 20_000 } = actions.get("monitor") ?? {};
  return {
    kind: "monitor",
    description: `Asks the OCF agent ${agent.name}: ${description}.`,
    options: {
      ...optionsOf(parameters),
      instance: { type: "string", description: "the name of the resource that is watched; default: the monitor's own" },
    },
    defaults: { intervalMs, timeoutMs, retries: 1, startDelayMs: 0, timing: "active" },
    preflight: async ({ name }) => [await programFinding(name, "type", [agent.file])],

    async check(context) {
      try {
        const { instance } = context.options as { instance?: string };
        return ocfVerdict(agent.name, await runAction(agent, "monitor", context, instance));
      } catch (error) {
        context.signal.throwIfAborted();
        return unknownVerdict(error);
      }
    },
  };
}

/** What the action `monitor` found out. */
export function ocfVerdict(name: string, result: ExecResult): Verdict {
  const { status } = result;
  const said = ocfReason(result);
  const message = `${name}: ${ocfWords(status)}${said === undefined ? "" : `: ${said}`}`;
  if (status === OCF.success || status === OCF.runningPromoted) return normal(message);
  if (status === OCF.degraded || status === OCF.degradedPromoted) {
    return { status: "warning", code: FAULT_CODES.program, message };
  }
  // An agent that can't look has not seen that anything is down.
  if (ocfUnable(status)) return { status: "unknown", code: FAULT_CODES.internal, message };
  return { status: "error", code: FAULT_CODES.program, message };
}
