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

/**
 * The environment of a start or stop script: Baton's own names, and those that scripts written for the guide's product
 * look at.
 */
export function scriptEnvironment(
  context: Pick<PluginContext, "name" | "server" | "group">,
  reason: ActivationReason | DeactivationReason,
  epoch?: number,
): Record<string, string> {
  const group = context.group ?? "";
  return {
    BATON_EVENT: reason,
    BATON_GROUP: group,
    BATON_RESOURCE: context.name,
    BATON_SERVER: context.server,
    ...(epoch === undefined ? {} : { BATON_EPOCH: String(epoch) }),
    CLP_EVENT: EVENTS[reason],
    CLP_GROUPNAME: group,
    CLP_RESOURCENAME: context.name,
    CLP_SERVER_LOCAL: context.server,
  };
}
