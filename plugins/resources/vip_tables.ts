/**
 * Which route tables a VIP has: those of this account and, with roles, those of others.
 *
 * @module
 */
import type { Ec2, RouteTable } from "../../core/aws/ec2.ts";
import type { Os } from "../../core/os/os.ts";
import type { PluginContext } from "../../core/plugin/contract.ts";
import { Fault, FAULT_CODES } from "../../core/plugin/fault.ts";
import { hostBlock } from "../../core/plugin/ip_address.ts";
import { stepOf } from "./vip_plan.ts";

/** What is to point where. */
export interface VipRoute {
  ip: string;
  vpc: string;
  eni: string;
  /** Only these tables of this account. */
  tables?: string[];
  /** Roles for tables of other accounts, each with the tables it is for behind it. */
  assumeRole?: string[];
  /** Add the route where it is missing. */
  createRoute?: boolean;
}

/** A route table, and the role by which it is reached. One that does not exist has no routes at all. */
export interface VipTable extends RouteTable {
  role?: string;
}

/** A set of tables: those that are listed, or else all that have the route. */
interface TableSet {
  role?: string;
  tables?: string[];
}

/** What reading the tables needs: the machine, whose answers are remembered, and the signal of the call. */
export type Asking = Pick<PluginContext, "os" | "signal">;

/** Tables that were seen to route a VIP, by VPC and VIP. Keyed by the machine, as an `Ec2` is made for every call anew. */
const SEEN = new WeakMap<Os, Map<string, VipTable[]>>();

/** The sets of tables that the options name; that of this account comes first. */
export function tableSets({ tables, assumeRole = [] }: Pick<VipRoute, "tables" | "assumeRole">): TableSet[] {
  const roles = assumeRole.map((text) => {
    const [role = "", ...listed] = text.split(/ +/);
    return { role, ...(listed.length > 0 ? { tables: listed } : {}) };
  });
  return [tables === undefined ? {} : { tables }, ...roles];
}

/** Tables that are named twice, each as one sentence. */
export function tableProblems(route: Pick<VipRoute, "tables" | "assumeRole">): string[] {
  const named = tableSets(route).flatMap(({ tables = [] }) => tables);
  const twice = new Set(named.filter((id, index) => named.indexOf(id) !== index));
  return [...twice].map((id) => `${id} is named twice: a route table belongs to one account, so list it once`);
}

/** The Ec2 by which a table is reached. */
export function reaching(ec2: Ec2, table: { role?: string }): Ec2 {
  return table.role === undefined ? ec2 : ec2.assuming(table.role);
}

/** The tables of the VIP: those with a route for it, those that are listed, and with `createRoute` all of the VPC. */
export async function readVipTables(ec2: Ec2, route: VipRoute, { os, signal }: Asking): Promise<VipTable[]> {
  const sets = await Promise.all(tableSets(route).map((set) => readSet(ec2, route, set, signal)));
  // A table of another account may be visible without its role too; it is its role that may change it.
  const tables = [...new Map(sets.flat().map((table) => [table.id, table])).values()];
  const seen = SEEN.get(os) ?? new Map<string, VipTable[]>();
  const routed = tables.filter((table) => routeOf(table, route.ip) !== undefined);
  SEEN.set(os, seen.set(`${route.vpc} ${route.ip}`, routed));
  return tables;
}

async function readSet(ec2: Ec2, route: VipRoute, set: TableSet, signal: AbortSignal): Promise<VipTable[]> {
  const listed = set.tables;
  const query = listed !== undefined
    ? { vpcId: route.vpc, tableIds: listed }
    : route.createRoute
    ? { vpcId: route.vpc }
    : { vpcId: route.vpc, destination: hostBlock(route.ip) };
  const found = await reaching(ec2, set).routeTables(query, { signal });
  // Kept, so that it is reported like every table that does not lead here; writing it gets EC2's own words.
  const missing = (listed ?? []).filter((id) => !found.some((table) => table.id === id))
    .map((id) => ({ id, vpcId: route.vpc, routes: [] }));
  // Of those that were not named, only the ones that an activation has something to do with.
  const own = listed === undefined ? found.filter((table) => stepOf(route, table, listed) !== "leave") : found;
  return [...own, ...missing].map((table) => ({ ...table, ...(set.role === undefined ? {} : { role: set.role }) }));
}

/** Tables that are remembered from earlier reads on this machine. */
export function rememberedTables(route: VipRoute, os: Os): VipTable[] {
  return SEEN.get(os)?.get(`${route.vpc} ${route.ip}`) ?? [];
}

/** The route of the VIP in a table. */
export function routeOf(table: RouteTable, ip: string): RouteTable["routes"][number] | undefined {
  return table.routes.find((one) => one.destination === hostBlock(ip));
}

/** The ENI a table sends the VIP to; undefined where the target is none or the table does not route the VIP. */
export function targetOf(table: RouteTable, ip: string): string | undefined {
  return routeOf(table, ip)?.eniId;
}

/** The tables that don't send the VIP to the ENI. */
export function strayTables(tables: readonly VipTable[], route: VipRoute): VipTable[] {
  return tables.filter((table) => targetOf(table, route.ip) !== route.eni);
}

/** The fault of a VIP that no table routes. */
export function noTableFault(route: VipRoute): Fault {
  const block = hostBlock(route.ip);
  return new Fault(FAULT_CODES.requestFailed, `no route table of ${route.vpc} has a route for ${block}`, {
    remedy: `add the route ${block} -> ${route.eni} to every route table whose subnets have to reach the VIP, ` +
      "or set createRoute: true",
  });
}
