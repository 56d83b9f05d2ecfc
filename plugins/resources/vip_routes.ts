/**
 * The routes of a VIP, pointed to one ENI: in every table that is the VIP's.
 *
 * @module
 */
import type { Ec2 } from "../../core/aws/ec2.ts";
import type { PluginLog } from "../../core/plugin/contract.ts";
import { isHopeless } from "../../core/aws/failure.ts";
import { Fault, FAULT_CODES } from "../../core/plugin/fault.ts";
import { hostBlock } from "../../core/plugin/ip_address.ts";
import { growingPause } from "../persist.ts";
import { stepOf } from "./vip_plan.ts";
import {
  type Asking,
  reaching,
  readVipTables,
  rememberedTables,
  strayTables,
  targetOf,
  type VipRoute,
  type VipTable,
} from "./vip_tables.ts";

/**
 * Points the tables that are remembered to the ENI, without looking first: a takeover need not wait for a list that
 * hardly ever changes. Failures don't count: whatever is not right after this, a read shows.
 */
export async function pointAhead(ec2: Ec2, route: VipRoute, { os, signal }: Asking): Promise<void> {
  await writeAll(ec2, route, rememberedTables(route, os), signal);
}

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
  tables: readonly VipTable[],
  options: Asking & { log: PluginLog; ahead: boolean },
): Promise<void> {
  const { signal, log } = options;
  let stray = strayTables(tables, route);
  // What was written ahead went out together with the read of `tables`, which may therefore still show it elsewhere.
  if (options.ahead && stray.length > 0) stray = await readStray(ec2, route, stray, options);
  let failures = new Map<string, unknown>();
  try {
    for (let round = 0; round < MAX_ROUNDS && stray.length > 0; round++) {
      failures = await writeAll(ec2, route, stray, signal);
      refuseHopeless(route, failures);
      stray = await readStray(ec2, route, stray, options);
      for (const table of stray) {
        log.debug(`${table.id} still routes ${route.ip} to ${targetOf(table, route.ip) ?? "nowhere"}`);
      }
      // EC2 is eventually consistent.
      if (stray.length > 0) await growingPause(round + 1, signal);
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
  before: VipTable[],
  asking: Asking & { log: PluginLog },
): Promise<VipTable[]> {
  const { signal, log } = asking;
  try {
    return strayTables(await readVipTables(ec2, route, asking), route);
  } catch (error) {
    if (signal.aborted || isHopeless(error)) throw error;
    log.debug(`the routes of ${route.ip} could not be read back: ${(error as Fault).message}`);
    return before;
  }
}

/** Writes each table, all at the same time; resolves with what failed, by table. */
async function writeAll(
  ec2: Ec2,
  route: VipRoute,
  tables: readonly VipTable[],
  signal: AbortSignal,
): Promise<Map<string, unknown>> {
  const failures = new Map<string, unknown>();
  await Promise.all(tables.map(async (table) => {
    try {
      await write(reaching(ec2, table), route, table, signal);
    } catch (error) {
      failures.set(table.id, error);
    }
  }));
  signal.throwIfAborted();
  return failures;
}

async function write(ec2: Ec2, route: VipRoute, table: VipTable, signal: AbortSignal): Promise<void> {
  const change = { tableId: table.id, destination: hostBlock(route.ip), eniId: route.eni };
  // One that is here was named, or has something to be done with it; one that EC2 refuses gets EC2's own words.
  if (stepOf(route, table, [table.id]) === "replace" || !route.createRoute) {
    return await ec2.replaceRoute(change, { signal });
  }
  try {
    await ec2.createRoute(change, { signal });
  } catch (error) {
    // A read that was too old to show the route, or an attempt before this one whose answer was lost.
    if (signal.aborted || !(error instanceof Fault && /RouteAlreadyExists/.test(error.message))) throw error;
    await ec2.replaceRoute(change, { signal });
  }
}

/** Denied and not found stay so; only what passes (throttled, timed out) is worth another round. */
function refuseHopeless(route: VipRoute, failures: Map<string, unknown>): void {
  const hopeless = [...failures].filter(([, error]) => isHopeless(error));
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
  stray: readonly VipTable[],
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
