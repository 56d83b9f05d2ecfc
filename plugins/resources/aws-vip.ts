/**
 * The AWS virtual IP: an address outside the VPC's own blocks, on the NIC of the active server, to which route tables
 * send its /32 (IPv6: /128).
 *
 * @module
 */
import type { Ec2 } from "../../core/aws/ec2.ts";
import type { Nic } from "../../core/os/os.ts";
import type { ActivateContext, DeactivateContext, ResourcePlugin } from "../../core/plugin/contract.ts";
import { Fault, FAULT_CODES } from "../../core/plugin/fault.ts";
import { cidrContains, unusable } from "../../core/plugin/ip_address.ts";
import { candidateNics, localNic, vpcCidrs } from "./aws_eni.ts";
import { together } from "../together.ts";
import { persist } from "../persist.ts";
import { VIP_OPTIONS } from "./aws_options.ts";
import { ownInterface } from "./own_eni.ts";
import { switchOffCheck, warnOfCheck } from "./source_dest_check.ts";
import { VIP_READS, vipChanges, vipPreflight } from "./vip_preflight.ts";
import { pointAhead, pointRoutes } from "./vip_routes.ts";
import {
  noTableFault,
  readVipTables,
  rememberedTables,
  tableProblems,
  type VipRoute,
  type VipTable,
} from "./vip_tables.ts";

/** Options of `aws-vip`. */
export interface AwsVipOptions extends VipRoute {
  nic?: string;
  sourceDestCheck?: "warn" | "disable";
}

const awsVip: ResourcePlugin<AwsVipOptions> = {
  kind: "resource",
  description: "A virtual IP address that follows the group by rewriting the route tables of the VPC.",
  address: true,
  claims: [{ what: "IP address", options: ["ip"], within: "cluster" }],
  options: {
    ...VIP_OPTIONS,
    sourceDestCheck: {
      type: "string",
      oneOf: ["warn", "disable"],
      default: "warn",
      description:
        "what is done when the source/destination check of eni is on at activation: say so, or switch it off",
    },
  },
  defaults: { activateTimeoutMs: 60_000, deactivateTimeoutMs: 10_000, activateRetries: 3 },

  validate: (options) => [...(unusable(options.ip) ? [unusable(options.ip)!] : []), ...tableProblems(options)],

  async prepare(context) {
    const { options } = context;
    const ec2 = await context.ec2();
    const [eni, cidrs] = await Promise.all([
      ownInterface(ec2, context, context.os.nics(context.signal)),
      vpcCidrs(ec2, options.vpc, context),
      readVipTables(ec2, options, context),
    ]);
    refuseInside(options, cidrs);
    if (eni.sourceDestCheck && options.sourceDestCheck !== "disable") warnOfCheck(context);
  },

  async activate(context) {
    const { options, signal, log, os } = context;
    const ec2 = await context.ec2();
    const { tables, ahead } = await persist(`the VIP ${options.ip}`, context, () => begin(ec2, context));
    await pointRoutes(ec2, options, tables, { os, signal, log, ahead });
  },

  /** Local and quick. The routes stay as they are until the next carrier points them to itself. */
  async deactivate({ options, signal, log, os }: DeactivateContext<AwsVipOptions>) {
    await os.removeAddress(options.ip, signal);
    log.info(`${options.ip} is off this server`);
  },

  async guard(context) {
    const nics = await candidateNics(context);
    return nics.map((nic) => context.os.removeAddressCommand(nic, context.options.ip));
  },

  preflight: (context) => vipPreflight(context, true),

  permissions: (options) => [...VIP_READS, ...vipChanges(options)],

  companion: ({ sourceDestCheck: _, ...options }) => ({ type: "aws-vip", options }),
};

export default awsVip;

/** Everything but the last word on the routes: reads the tables, and puts the address where it belongs. */
async function begin(
  ec2: Ec2,
  context: ActivateContext<AwsVipOptions>,
): Promise<{ tables: VipTable[]; ahead: boolean }> {
  const { options, os } = context;
  const checked = options.sourceDestCheck === "disable" ? switchOffCheck(ec2, context) : Promise.resolve();
  const ahead = rememberedTables(options, os).length > 0;
  if (ahead) {
    const [tables] = await together([
      readVipTables(ec2, options, context),
      // The address comes before the routes: whatever arrives by them must find it here.
      findNic(context, ec2).then((nic) => takeAddress(context, nic)).then(() => pointAhead(ec2, options, context)),
      checked,
    ]);
    if (tables.length === 0) throw noTableFault(options);
    return { tables, ahead };
  }
  const [tables, nic] = await together([readVipTables(ec2, options, context), findNic(context, ec2), checked]);
  if (tables.length === 0) throw noTableFault(options);
  await takeAddress(context, nic);
  return { tables, ahead };
}

/** The NIC that bears the ENI; from memory after `prepare`. */
async function findNic(context: ActivateContext<AwsVipOptions>, ec2: Ec2): Promise<string> {
  const { options, os, signal } = context;
  const listed = os.nics(signal);
  const [eni, cidrs, nics] = await Promise.all([
    ownInterface(ec2, context, listed),
    vpcCidrs(ec2, options.vpc, context),
    listed,
  ]);
  refuseInside(options, cidrs);
  refuseStatic(options, nics);
  const nic = localNic(nics, options, eni);
  if (eni.sourceDestCheck && options.sourceDestCheck !== "disable") warnOfCheck(context);
  return nic.name;
}

async function takeAddress({ options, os, signal, log }: ActivateContext<AwsVipOptions>, nic: string): Promise<void> {
  await os.addAddress(nic, options.ip, signal);
  log.info(`${options.ip} is on ${nic}`);
}

function refuseInside({ ip, vpc }: AwsVipOptions, cidrs: readonly string[]): void {
  const block = cidrs.find((cidr) => cidrContains(cidr, ip));
  if (block === undefined) return;
  throw new Fault(FAULT_CODES.address, `the VIP ${ip} lies inside ${block}, a CIDR block of ${vpc}`, {
    remedy: `choose an address outside ${cidrs.join(", ")}`,
  });
}

/**
 * The guide's 12 says that the NIC's addresses are not configured as they should be; there it was the use of DHCP, which
 * Baton does not mind. What must not be is the VIP in the system's own configuration: it would be on every server at once.
 */
function refuseStatic({ ip }: AwsVipOptions, nics: readonly Nic[]): void {
  const host = ip.includes(":") ? 128 : 32;
  for (const nic of nics) {
    const fixed = nic.addresses.find((address) => address.ip === ip && address.prefix !== host);
    if (!fixed) continue;
    throw new Fault(
      FAULT_CODES.nicAddress,
      `the VIP ${ip} is configured on ${nic.name} by the system, as /${fixed.prefix}`,
      {
        remedy: `take ${ip} out of the network configuration of this server: Baton sets it where the group is active`,
      },
    );
  }
}
