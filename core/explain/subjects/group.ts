import type { AgentView } from "../../agent/agent.ts";
import type { GroupView } from "../../cluster/view.ts";
import { type Explanation, type Failed, reasonsAbout, todoOf } from "../explanation.ts";
import { failedIn } from "../numbers.ts";
import { carriedTodo, outageTodo } from "../outage.ts";
import { timeOf, whereIs } from "../where.ts";

/** A failover group: where it is, why, and for each server why it could or could not have it. */
export function explainGroup(view: AgentView, group: GroupView, nowMs: number): Explanation {
  const ofResources = failuresOf(view, group);
  const failures = ofResources.length > 0 ? ofResources : failedIn(group.why);
  const reasons = reasonsAbout(view, (line) => line.group === group.name);
  return {
    name: group.name,
    kind: "group",
    is: `a failover group of ${group.resources.map(({ name }) => name).join(", ")}`,
    state: `${whereIs(group, nowMs)}, epoch ${group.epoch}`,
    why: [
      `Here it is ${group.status} since ${timeOf(nowMs - group.forMs)}, and then it was so: ${group.why}`,
      ...(group.waiting === null ? [] : [`It waits: ${group.waiting}`]),
      ...group.servers.map(({ name, ready, why, status, errors }) =>
        `${name}: ${status}; ${ready ? "ready" : why ?? "not ready"}` +
        (errors === 0 ? "" : `; ${errors} recorded error${errors === 1 ? "" : "s"}`)
      ),
    ],
    failures,
    reasons,
    todo: group.carrier === null
      ? [...outageTodo(view.view, group), ...todoOf(failures, reasons)]
      : [...carriedTodo(group, group.carrier), ...todoOf(failures, [])],
  };
}

function failuresOf({ modules }: AgentView, { resources }: GroupView): Failed[] {
  return resources.flatMap(({ name, failure }) => {
    const type = modules.find((module) => module.kind === "resource" && module.name === name)?.type;
    return failure === null ? [] : [{ of: name, ...(type === undefined ? {} : { type }), ...failure }];
  });
}
