/**
 * The routes of a VIP: every route table of the VPC that holds the VIP's own block, pointed to one ENI.
 *
 * @module
 */
import type { Ec2, RouteTable } from "../../core/aws/ec2.ts";
import type { Os } from "../../core/os/os.ts";
import type { PluginContext, PluginLog } from "../../core/plugin/contract.ts";
import { pause } from "../../core/plugin/deadline.ts";
import { Fault, FAULT_CODES } from "../../core/plugin/fault.ts";
import { hostBlock } from "../../core/plugin/ip_address.ts";

/** What is to point where. */
export interface VipRoute {
  ip: string;
  vpc: string;
  eni: string;
}

/** Tables that were seen to route a VIP, by VPC and VIP. Keyed by the machine, as an `Ec2` is made for every call anew. */
const SEEN = new WeakMap<Os, Map<string, string[]>>();

/** What reading the tables needs: the machine, whose answers are remembered, and the signal of the call. */
type Asking = Pick<PluginContext, "os" | "signal">;

/** The tables of the VPC that route the VIP. */
export async function readVipTables(ec2: Ec2, route: VipRoute, { os, signal }: Asking): Promise<RouteTable[]> {
  const tables = await ec2.routeTables({ vpcId: route.vpc, destination: hostBlock(route.ip) }, { signal });
  const seen = SEEN.get(os) ?? new Map<string, string[]>();
  SEEN.set(os, seen.set(`${route.vpc} ${route.ip}`, tables.map(({ id }) => id)));
  return tables;
}

/** Tables are remembered from earlier reads on this machine. */
export function remembersTables(route: VipRoute, os: Os): boolean {
  return (SEEN.get(os)?.get(`${route.vpc} ${route.ip}`) ?? []).length > 0;
}

/**
 * Points the tables that are remembered to the ENI, without looking first: a takeover need not wait for a list that
 * hardly ever changes. Failures don't count: whatever is not right after this, a read shows.
 */
export async function pointAhead(ec2: Ec2, route: VipRoute, { os, signal }: Asking): Promise<void> {
  await replaceAll(ec2, route, SEEN.get(os)?.get(`${route.vpc} ${route.ip}`) ?? [], signal);
}

/** The ENI a table sends the VIP to; undefined where the target is none or the table does not route the VIP. */
export function targetOf(table: RouteTable, ip: string): string | undefined {
  return table.routes.find((one) => one.destination === hostBlock(ip))?.eniId;
}

/** The tables that don't send the VIP to the ENI. */
export function strayTables(tables: readonly RouteTable[], route: VipRoute): RouteTable[] {
  return tables.filter((table) => targetOf(table, route.ip) !== route.eni);
}

/** The fault of a VIP that no table routes. */
export function noTableFault(route: VipRoute): Fault {
  const block = hostBlock(route.ip);
  return new Fault(FAULT_CODES.requestFailed, `no route table of ${route.vpc} has a route for ${block}`, {
    remedy: `add the route ${block} -> ${route.eni} to every route table whose subnets have to reach the VIP`,
  });
}

/** First and longest pause between two looks at the tables, in milliseconds: EC2 is eventually consistent. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 2_000;
/** Rounds until the deadline would have to have come; no loop is without a bound. */
const MAX_ROUNDS = 1_000;

/**
 * Points every table in `tables` to the ENI and resolves once a read shows that they are. Tables are written at the same
 * time and only where they point elsewhere; those that a read still shows elsewhere are written again, because a late
 * call of the former carrier may have come in between. Ends with the deadline of `signal`.
 */
export async function pointRoutes(
  ec2: Ec2,
  route: VipRoute,
  tables: readonly RouteTable[],
  options: Asking & { log: PluginLog; ahead: boolean },
): Promise<void> {
  const { signal, log } = options;
  let stray = strayTables(tables, route);
  // What was written ahead went out together with the read of `tables`, which may therefore still show it elsewhere.
  if (options.ahead && stray.length > 0) stray = await readStray(ec2, route, stray, options);
  let failures = new Map<string, unknown>();
  try {
    for (let round = 0; round < MAX_ROUNDS && stray.length > 0; round++) {
      failures = await replaceAll(ec2, route, stray.map(({ id }) => id), signal);
      refuseHopeless(route, failures);
      stray = await readStray(ec2, route, stray, options);
      for (const table of stray) log.debug(`${table.id} still routes ${route.ip} to ${targetOf(table, route.ip)}`);
      if (stray.length > 0) await pause(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(round, 8)), signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  if (stray.length > 0) throw strayFault(route, stray, failures, signal);
  for (const table of tables) log.info(`${table.id} routes ${hostBlock(route.ip)} to ${route.eni}`);
}

/** The tables that are still elsewhere; those before when EC2 would not tell. */
async function readStray(
  ec2: Ec2,
  route: VipRoute,
  before: RouteTable[],
  asking: Asking & { log: PluginLog },
): Promise<RouteTable[]> {
  const { signal, log } = asking;
  try {
    return strayTables(await readVipTables(ec2, route, asking), route);
  } catch (error) {
    if (signal.aborted || !(error instanceof Fault && error.uncertain)) throw error;
    log.debug(`the routes of ${route.ip} could not be read back: ${error.message}`);
    return before;
  }
}

async function replaceAll(
  ec2: Ec2,
  route: VipRoute,
  tableIds: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, unknown>> {
  const destination = hostBlock(route.ip);
  const failures = new Map<string, unknown>();
  await Promise.all(tableIds.map(async (id) => {
    try {
      await ec2.replaceRoute({ tableId: id, destination, eniId: route.eni }, { signal });
    } catch (error) {
      failures.set(id, error);
    }
  }));
  signal.throwIfAborted();
  return failures;
}

/** Denied and not found stay so; only what is uncertain (throttled, timed out) is worth another round. */
function refuseHopeless(route: VipRoute, failures: Map<string, unknown>): void {
  const hopeless = [...failures].filter(([, error]) => !(error instanceof Fault && error.uncertain));
  const [first] = hopeless;
  if (first === undefined) return;
  const [, error] = first;
  const remedy = error instanceof Fault ? error.remedy : "";
  throw new Fault(
    error instanceof Fault ? error.code : FAULT_CODES.internal,
    `${hopeless.length} route table(s) could not be pointed to ${route.eni}: ${list(hopeless)}`,
    { remedy, cause: error },
  );
}

function strayFault(
  route: VipRoute,
  stray: readonly RouteTable[],
  failures: Map<string, unknown>,
  signal: AbortSignal,
): Fault {
  const places = stray.map(({ id }) => [id, failures.get(id) ?? "written, but not confirmed by a read"] as const);
  return new Fault(
    FAULT_CODES.timeout,
    `when the time was over, the route of ${route.ip} was not known to point to ${route.eni} in: ${list(places)}`,
    {
      remedy: "check that the EC2 endpoint answers and that no other cluster uses the same VIP",
      uncertain: true,
      cause: signal.reason,
    },
  );
}

function list(places: readonly (readonly [string, unknown])[]): string {
  return places.map(([id, why]) => `${id} (${why instanceof Error ? why.message : why})`).join(", ");
}
