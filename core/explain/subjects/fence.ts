import type { AgentView } from "../../agent/agent.ts";
import type { ModuleView } from "../../agent/modules.ts";
import { type Explanation, reasonsAbout, todoOf } from "../explanation.ts";

/** The fence: whom it could stop. */
export function explainFence(view: AgentView, module: ModuleView): Explanation {
  const targets = view.fence?.targets ?? [];
  const failures = targets.flatMap(({ target, ready, code, message }) =>
    code === null || ready === "normal" ? [] : [{ of: target, type: module.type, code, message }]
  );
  const reasons = reasonsAbout(view, ({ code }) => code.startsWith("fence-") || code === "fencing");
  return {
    name: module.name,
    kind: "fence",
    is: `the fence, of the type ${module.type}: ${module.description}`,
    state: failures.length === 0 ? "ready" : "not ready",
    why: targets.map(({ target, ready, message }) => `${target}: ${ready ?? "not looked at yet"}; ${message}`),
    failures,
    reasons,
    todo: todoOf(failures, failures.length === 0 ? [] : reasons),
  };
}
