/**
 * Watches an AWS virtual IP: the address on this server, and the routes that lead to it.
 *
 * @module
 */
import type { MonitorPlugin, PluginContext } from "../../core/plugin/contract.ts";
import { FAULT_CODES } from "../../core/plugin/fault.ts";
import { unknownVerdict } from "../../core/plugin/fault_verdict.ts";
import { normal, type Verdict } from "../../core/plugin/verdict.ts";
import { together } from "../together.ts";
import { VIP_READS, vipPreflight } from "../resources/vip_preflight.ts";
import { placeVerdict } from "../resources/own_eni.ts";
import { VIP_OPTIONS } from "../resources/aws_options.ts";
import { noTableFault, readVipTables, strayTables, targetOf, type VipTable } from "../resources/vip_tables.ts";
import type { AwsVipOptions } from "../resources/aws-vip.ts";

const awsVip: MonitorPlugin<AwsVipOptions> = {
  kind: "monitor",
  description:
    "Checks that the virtual IP is on this server, that every route of it leads here, and that the ENI takes it.",
  options: VIP_OPTIONS,
  // Only of what EC2 is asked; what is on this machine is looked at every 5 s. The product of the guide takes 60 s and 180 s, because each check starts a command line client or two. Ours is one
  // call of a few hundred milliseconds, so a stolen route is seen in half the time at the same load for EC2.
  defaults: { intervalMs: 30_000, timeoutMs: 20_000, retries: 1, startDelayMs: 0, timing: "active" },

  preflight: (context) => vipPreflight(context, false),

  permissions: () => VIP_READS,

  look: checkAddress,

  async check(context) {
    const { signal } = context;
    // Side by side, and the local third first in the verdict: it is certain even where EC2 does not answer.
    const [local, routes, eni] = await Promise.all([checkAddress(context), checkRoutes(context), checkEni(context)]);
    signal.throwIfAborted();
    if (local.status === "error") return local;
    // Routes that lead to a network interface of another server are as they should be, and yet wrong.
    return [eni, routes].find(({ status }) => status === "error") ??
      [routes, eni].find(({ status }) => status !== "normal") ?? local;
  },
};

export default awsVip;

async function checkAddress({ options, os, signal }: PluginContext<AwsVipOptions>): Promise<Verdict> {
  try {
    const nics = await os.nics(signal);
    const holder = nics.find((nic) => nic.addresses.some((address) => address.ip === options.ip));
    if (holder !== undefined && (options.nic === undefined || options.nic === holder.name)) {
      return normal(`${options.ip} is on ${holder.name} and routed to ${options.eni}`);
    }
    const where = holder === undefined ? "on no network interface of this server" : `on ${holder.name}`;
    return { status: "error", code: FAULT_CODES.address, message: `the VIP ${options.ip} is ${where}` };
  } catch (error) {
    return unknownVerdict(error);
  }
}

/** Everything looks right while this check is on, and no packet arrives. So it is asked for each time, not remembered. */
async function checkEni({ options, signal, ...context }: PluginContext<AwsVipOptions>): Promise<Verdict> {
  try {
    const ec2 = await context.ec2();
    const [place, { sourceDestCheck }] = await together([
      placeVerdict(ec2, { options, signal, ...context }, context.os.nics(signal)),
      ec2.networkInterface(options.eni, { signal }),
    ]);
    if (place.status !== "normal") return place;
    if (!sourceDestCheck) return normal(`${options.eni} takes what is sent to ${options.ip}`);
    return {
      status: "warning",
      code: FAULT_CODES.sourceDestCheck,
      message: `the source/destination check of ${options.eni} is on, so EC2 drops what is sent to ${options.ip}; ` +
        "turn it off",
    };
  } catch (error) {
    return unknownVerdict(error);
  }
}

async function checkRoutes(context: PluginContext<AwsVipOptions>): Promise<Verdict> {
  const { options } = context;
  let tables: VipTable[];
  try {
    tables = await readVipTables(await context.ec2(), options, context);
  } catch (error) {
    return unknownVerdict(error);
  }
  if (tables.length === 0) return changed(noTableFault(options).message);
  const stray = strayTables(tables, options);
  if (stray.length === 0) return normal(`${tables.length} route table(s) lead to ${options.eni}`);
  const places = stray.map((table) => `${table.id} leads to ${targetOf(table, options.ip) ?? "no network interface"}`);
  return changed(
    `the routing for the VIP ${options.ip} was changed: ${places.join(", ")} instead of ${options.eni}; ` +
      "check whether another cluster uses the same VIP",
  );
}

function changed(message: string): Verdict {
  return { status: "error", code: FAULT_CODES.routeChanged, message };
}
