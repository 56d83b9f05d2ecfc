import type { AgentView } from "../../agent/agent.ts";
import type { ModuleView } from "../../agent/modules.ts";
import { type Explanation, reasonsAbout, todoOf } from "../explanation.ts";
import { failedIn } from "../numbers.ts";
import { outageTodo } from "../outage.ts";
import { whereIs } from "../where.ts";

/** A resource: its state here, and how its latest start or stop failed. */
export function explainResource(view: AgentView, module: ModuleView, nowMs: number): Explanation {
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
      `${group.name} is ${whereIs(group, nowMs)}: ${group.why}`,
      ...(group.waiting === null ? [] : [`${group.name} waits: ${group.waiting}`]),
    ],
    failures,
    reasons,
    todo: [...group?.carrier === null ? outageTodo(view.view, group) : [], ...todoOf(failures, reasons)],
  };
}
