import type { AgentView } from "../../agent/agent.ts";
import type { ModuleView } from "../../agent/modules.ts";
import { type Explanation, reasonsAbout, todoOf } from "../explanation.ts";
import { failedIn } from "../numbers.ts";

/** A resource: its state here, and how its latest start or stop failed. */
export function explainResource(view: AgentView, module: ModuleView): Explanation {
  const group = view.view.groups.find(({ name }) => name === module.group);
  const resource = group?.resources.find(({ name }) => name === module.name);
  // A start, a stop; or what kept the group from being started at all.
  const failures = resource?.failure
    ? [{ type: module.type, ...resource.failure }]
    : group === undefined
    ? []
    : failedIn(group.why);
  const reasons = reasonsAbout(view, (line) => line.resource === module.name);
  return {
    name: module.name,
    kind: "resource",
    is: `a resource of the type ${module.type} in the group ${module.group}: ${module.description}`,
    state: `${resource?.status ?? "unknown"} on ${view.server}`,
    why: group === undefined ? [] : [
      `${group.name} is ${group.carrier === null ? "nowhere" : `on ${group.carrier}`}: ${group.why}`,
      ...(group.waiting === null ? [] : [`${group.name} waits: ${group.waiting}`]),
    ],
    failures,
    reasons,
    todo: todoOf(failures, reasons),
  };
}
