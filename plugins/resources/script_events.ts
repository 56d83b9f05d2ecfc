import type { ActivationReason, DeactivationReason, PluginContext } from "../../core/plugin/contract.ts";

/** What the scripts of the guide's product are told; it knows no other events. */
const EVENTS: Readonly<Record<ActivationReason | DeactivationReason, "START" | "FAILOVER" | "RECOVER">> = {
  start: "START",
  stop: "START",
  move: "START",
  sweep: "START",
  failover: "FAILOVER",
  fence: "FAILOVER",
  recover: "RECOVER",
};

/** What an activation knows besides. */
export interface ScriptFacts {
  epoch?: number;
  /** The server that went down with the group. */
  lostServer?: string;
}

/**
 * The environment of a start or stop script: Baton's own names, and those that scripts written for the guide's product
 * look at. An empty variable is one that says nothing here: such scripts compare, they don't ask whether it is set.
 */
export function scriptEnvironment(
  context: Pick<PluginContext, "name" | "server" | "group" | "servers">,
  reason: ActivationReason | DeactivationReason,
  { epoch, lostServer = "" }: ScriptFacts = {},
): Record<string, string> {
  const { group = "", servers = [context.server] } = context;
  return {
    BATON_EVENT: reason,
    BATON_GROUP: group,
    BATON_LOST_SERVER: lostServer,
    BATON_RESOURCE: context.name,
    BATON_SERVER: context.server,
    ...(epoch === undefined ? {} : { BATON_EPOCH: String(epoch) }),
    CLP_EVENT: EVENTS[reason],
    CLP_GROUPNAME: group,
    CLP_RESOURCENAME: context.name,
    // The server that the group prefers is its home.
    CLP_SERVER: servers[0] === context.server ? "HOME" : "OTHER",
    CLP_SERVER_DOWN: lostServer,
    CLP_SERVER_LOCAL: context.server,
  };
}
