/**
 * The AWS virtual IP: an address outside the VPC's own blocks, on the NIC of the active server, to which route tables
 * send its /32 (IPv6: /128).
 *
 * @module
 */
import type { Ec2, RouteTable } from "../../core/aws/ec2.ts";
import type { Nic } from "../../core/os/os.ts";
import type { ActivateContext, DeactivateContext, PluginContext, ResourcePlugin } from "../../core/plugin/contract.ts";
import { Fault, FAULT_CODES } from "../../core/plugin/fault.ts";
import { cidrContains } from "../../core/plugin/ip_address.ts";
import { candidateNics, localNic, networkInterface, vpcCidrs } from "./aws_eni.ts";
import { ENI, NIC, VIP, VPC } from "./aws_options.ts";
import { noTableFault, pointAhead, pointRoutes, readVipTables, remembersTables } from "./vip_routes.ts";

/** Options of `aws-vip`. */
export interface AwsVipOptions {
  ip: string;
  vpc: string;
  eni: string;
  nic?: string;
}

const awsVip: ResourcePlugin<AwsVipOptions> = {
  kind: "resource",
  description: "A virtual IP address that follows the group by rewriting the route tables of the VPC.",
  address: true,
  options: { ip: VIP, vpc: VPC, eni: ENI, nic: NIC },
  defaults: { activateTimeoutMs: 60_000, deactivateTimeoutMs: 10_000, activateRetries: 3 },

  async prepare(context) {
    const { options } = context;
    const ec2 = await context.ec2();
    const [eni, cidrs] = await Promise.all([
      networkInterface(ec2, options.eni, context),
      vpcCidrs(ec2, options.vpc, context),
      readVipTables(ec2, options, context),
    ]);
    refuseInside(options, cidrs);
    warnOfSourceDestCheck(context, eni.sourceDestCheck);
  },

  async activate(context) {
    const { options, signal, log, os } = context;
    const ec2 = await context.ec2();
    let tables: RouteTable[];
    const ahead = remembersTables(options, os);
    if (ahead) {
      [tables] = await Promise.all([
        readVipTables(ec2, options, context),
        // The address comes before the routes: whatever arrives by them must find it here.
        findNic(context, ec2).then((nic) => takeAddress(context, nic)).then(() => pointAhead(ec2, options, context)),
      ]);
      if (tables.length === 0) throw noTableFault(options);
    } else {
      const [read, nic] = await Promise.all([readVipTables(ec2, options, context), findNic(context, ec2)]);
      if (read.length === 0) throw noTableFault(options);
      await takeAddress(context, nic);
      tables = read;
    }
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

  companion: (options) => ({ type: "aws-vip", options: { ...options } }),
};

export default awsVip;

/** The NIC that bears the ENI; from memory after `prepare`. */
async function findNic(context: ActivateContext<AwsVipOptions>, ec2: Ec2): Promise<string> {
  const { options, os, signal } = context;
  const [eni, cidrs, nics] = await Promise.all([
    networkInterface(ec2, options.eni, context),
    vpcCidrs(ec2, options.vpc, context),
    os.nics(signal),
  ]);
  refuseInside(options, cidrs);
  refuseStatic(options, nics);
  const nic = localNic(nics, options, eni);
  warnOfSourceDestCheck(context, eni.sourceDestCheck);
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

function warnOfSourceDestCheck(
  { options, log }: PluginContext<AwsVipOptions> | ActivateContext<AwsVipOptions>,
  on: boolean,
): void {
  if (!on) return;
  log.warn(
    `the source/destination check of ${options.eni} is on, so EC2 drops what is sent to ${options.ip}: turn it off`,
  );
}
