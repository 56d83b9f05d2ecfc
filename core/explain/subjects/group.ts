import type { AgentView } from "../../agent/agent.ts";
import type { GroupView } from "../../cluster/view.ts";
import { type Explanation, type Failed, reasonsAbout, todoOf } from "../explanation.ts";
import { failedIn } from "../numbers.ts";

/** A failover group: where it is, why, and for each server why it could or could not have it. */
export function explainGroup(view: AgentView, group: GroupView): Explanation {
  const ofResources = failuresOf(view, group);
  const failures = ofResources.length > 0 ? ofResources : failedIn(group.why);
  const reasons = reasonsAbout(view, (line) => line.group === group.name);
  const todo = group.carrier === null ? todoOf(failures, reasons) : todoOf(failures, []);
  if (group.carrier === null && !group.intent.run) todo.push(`baton start ${group.name}`);
  return {
    name: group.name,
    kind: "group",
    is: `a failover group of ${group.resources.map(({ name }) => name).join(", ")}`,
    state: group.carrier === null ? "nowhere" : `on ${group.carrier}, epoch ${group.epoch}`,
    why: [
      `Here it is ${group.status}: ${group.why}`,
      ...(group.waiting === null ? [] : [`It waits: ${group.waiting}`]),
      ...group.servers.map(({ name, ready, why, status, errors }) =>
        `${name}: ${status}; ${ready ? "ready" : why ?? "not ready"}` +
        (errors === 0 ? "" : `; ${errors} recorded error${errors === 1 ? "" : "s"}`)
      ),
    ],
    failures,
    reasons,
    todo,
  };
}

function failuresOf({ modules }: AgentView, { resources }: GroupView): Failed[] {
  return resources.flatMap(({ name, failure }) => {
    const type = modules.find((module) => module.kind === "resource" && module.name === name)?.type;
    return failure === null ? [] : [{ of: name, ...(type === undefined ? {} : { type }), ...failure }];
  });
}
