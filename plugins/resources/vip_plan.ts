/**
 * What an activation of a VIP does with each route table: one description, by which the activation writes and the
 * preflight looks.
 *
 * @module
 */
import { hostBlock } from "../../core/plugin/ip_address.ts";
import type { VipRoute } from "./vip_tables.ts";

/** A route table, as far as the plan goes; both pictures of one have it. */
export interface PlannedTable {
  id: string;
  routes: readonly { destination: string }[];
  /** The gateways whose traffic into the VPC it routes. */
  gatewayIds?: readonly string[];
}

/** What is done with a table. `refused`: EC2 will not take the route that is wanted there. */
export type TableStep = "replace" | "create" | "leave" | "refused";

/** Whether a table has a route for the VIP. */
export function hasRoute(table: PlannedTable, ip: string): boolean {
  return table.routes.some(({ destination }) => destination === hostBlock(ip));
}

/**
 * The step for a table of a set: `tables` are those that the set names; left out, it is all tables of the VPC. A table of
 * a gateway takes routes inside the VPC only, which a VIP is not: it is left alone unless somebody has named it.
 */
export function stepOf(
  { ip, createRoute }: Pick<VipRoute, "ip" | "createRoute">,
  table: PlannedTable,
  tables: readonly string[] | undefined,
): TableStep {
  const named = tables?.includes(table.id);
  if (named === false) return "leave";
  if (hasRoute(table, ip)) return "replace";
  if (createRoute !== true) return named ? "refused" : "leave";
  if ((table.gatewayIds ?? []).length === 0) return "create";
  return named ? "refused" : "leave";
}
