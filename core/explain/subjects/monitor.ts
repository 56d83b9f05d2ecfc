import type { AgentView } from "../../agent/agent.ts";
import type { ModuleView } from "../../agent/modules.ts";
import { type Explanation, reasonsAbout, todoOf } from "../explanation.ts";

/** A monitor: its latest verdict, and what its recovery has done so far. */
export function explainMonitor(view: AgentView, module: ModuleView): Explanation {
  const monitor = view.view.monitors.find(({ name }) => name === module.name);
  const check = view.checks[module.name];
  const status = monitor?.status ?? "unknown";
  const bad = status !== "normal" && status !== "offline";
  const { code = null, message = "" } = monitor ?? {};
  const failures = bad && code !== null ? [{ type: module.type, code, message }] : [];
  const reasons = reasonsAbout(view, (line) => line.monitor === module.name);
  const counts = (monitor?.reactivations ?? 0) + (monitor?.failovers ?? 0);
  return {
    name: module.name,
    kind: "monitor",
    is: `a monitor of the type ${module.type}: ${module.description}`,
    state: `${status} on ${view.server}`,
    why: [
      ...(status === "offline" ? ["It does not run here now: it runs where what it recovers is active."] : []),
      ...(check ? [`Last checked at ${check.time}, which took ${check.elapsedMs} ms: ${check.verdict.message}`] : []),
      ...(monitor?.forcedBy ? [`${monitor.forcedBy} forces it into error; its own checks do not count.`] : []),
      ...(monitor && monitor.failures > 0 ? [`It failed ${monitor.failures} times in a row.`] : []),
      ...((monitor?.begun ?? 0) > 1 ? [`Its recovery was begun ${monitor!.begun} times within the last hour.`] : []),
      ...(counts > 0
        ? [`Recovery so far: reactivations ${monitor!.reactivations}, failovers ${monitor!.failovers}.`]
        : []),
    ],
    failures,
    reasons,
    todo: monitor?.forcedBy ? [`baton fail ${module.name} --clear`] : bad ? todoOf(failures, reasons) : [],
  };
}
