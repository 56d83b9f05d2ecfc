/**
 * What `cluster.yaml` says of a name, for where no agent runs that would know more.
 *
 * @module
 */
import { modulesOf, type ModuleView } from "../agent/modules.ts";
import type { ClusterConfig } from "../config/config.ts";
import type { Explanation } from "../explain/explanation.ts";

const KINDS: Readonly<Record<ModuleView["kind"], string>> = {
  resource: "a resource",
  monitor: "a monitor",
  quorum: "a device or witness",
  fence: "the fence,",
};

/** Everything in the file that has the name. Empty when nothing has. */
export function describeName(config: ClusterConfig, name: string): Explanation[] {
  const { groups, servers, path } = config;
  const from = (kind: Explanation["kind"], is: string): Explanation => ({
    name,
    kind,
    is,
    state: "not known",
    why: [`No agent runs here, so this is what ${path} says.`],
    failures: [],
    reasons: [],
    todo: ["baton run starts the agent, which knows how it is"],
  });
  return [
    ...groups.filter((group) => group.name === name).map(({ resources, servers }) =>
      from(
        "group",
        `a failover group of ${resources.map(({ name }) => name).join(", ")}, on ${servers.join(", ")}`,
      )
    ),
    ...modulesOf(config).filter((module) => module.name === name).map(({ kind, type, description, group }) =>
      from(
        kind,
        `${KINDS[kind]} of the type ${type}${group === undefined ? "" : ` in the group ${group}`}: ${description}`,
      )
    ),
    ...servers.filter((server) => server.name === name).map(() => from("server", "a server of the cluster")),
  ];
}

/** All names that the file has. */
export function namesIn(config: ClusterConfig): string[] {
  return [...new Set([...config.groups, ...modulesOf(config), ...config.servers].map(({ name }) => name))];
}
