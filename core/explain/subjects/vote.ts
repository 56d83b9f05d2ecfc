import type { AgentView } from "../../agent/agent.ts";
import type { ModuleView } from "../../agent/modules.ts";
import { type Explanation, reasonsAbout, todoOf } from "../explanation.ts";
import { failedIn } from "../numbers.ts";

/** An acknowledgement device or a witness: whether it answers. */
export function explainVote(view: AgentView, module: ModuleView): Explanation {
  const seen = view.witness?.name === module.name
    ? view.witness
    : view.devices.find(({ name }) => name === module.name);
  const witness = view.witness?.name === module.name;
  const reached = seen?.reached ?? null;
  const failures = reached === false
    ? failedIn(seen?.message ?? "").map((each) => ({ ...each, type: module.type }))
    : [];
  const reasons = reasonsAbout(
    view,
    ({ code, text }) =>
      code.startsWith(witness ? "witness-" : "device-") &&
      (witness || view.devices.length === 1 || text.includes(module.name)),
  );
  return {
    name: module.name,
    kind: "quorum",
    is: `${witness ? "a witness" : "an acknowledgement device"} of the type ${module.type}: ${module.description}`,
    state: reached === null ? "not asked yet" : reached ? "reached" : "not reached",
    why: seen ? [seen.message] : [],
    failures,
    reasons,
    todo: reached === false ? todoOf(failures, reasons) : [],
  };
}
