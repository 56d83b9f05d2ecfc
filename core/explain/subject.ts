/**
 * From a name to the things of the running cluster that have it.
 *
 * @module
 */
import type { AgentView } from "../agent/agent.ts";
import type { ModuleView } from "../agent/modules.ts";
import type { Explanation } from "./explanation.ts";
import { explainFence } from "./subjects/fence.ts";
import { explainGroup } from "./subjects/group.ts";
import { explainMonitor } from "./subjects/monitor.ts";
import { explainResource } from "./subjects/resource.ts";
import { explainServer } from "./subjects/server.ts";
import { explainVote } from "./subjects/vote.ts";

/**
 * Explains everything that has the name; a server may be called as a group is. Empty when nothing is. `nowMs`: wall
 * clock time of the view.
 */
export function explainName(view: AgentView, name: string, nowMs: number): Explanation[] {
  return [
    ...view.view.groups.filter((group) => group.name === name).map((group) => explainGroup(view, group, nowMs)),
    ...view.modules.filter((module) => module.name === name).map((module) => explainModule(view, module, nowMs)),
    ...view.view.servers.filter((server) => server.name === name).map((server) => explainServer(view, server)),
  ];
}

/** All names that can be asked for. */
export function knownNames({ view, modules }: AgentView): string[] {
  return [...new Set([...view.groups, ...modules, ...view.servers].map(({ name }) => name))];
}

function explainModule(view: AgentView, module: ModuleView, nowMs: number): Explanation {
  switch (module.kind) {
    case "resource":
      return explainResource(view, module, nowMs);
    case "monitor":
      return explainMonitor(view, module);
    case "quorum":
      return explainVote(view, module);
    case "fence":
      return explainFence(view, module);
  }
}
