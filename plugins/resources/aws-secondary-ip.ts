/**
 * A secondary private address: one of the subnet that moves from ENI to ENI. All servers lie in one subnet, and so in one
 * availability zone; for more, there is the virtual IP.
 *
 * @module
 */
import type { Ec2, NetworkInterface } from "../../core/aws/ec2.ts";
import type { ActivateContext, DeactivateContext, PluginContext, ResourcePlugin } from "../../core/plugin/contract.ts";
import { withDeadline } from "../../core/plugin/deadline.ts";
import { Fault, FAULT_CODES } from "../../core/plugin/fault.ts";
import { cidrContains, unusable } from "../../core/plugin/ip_address.ts";
import { candidateNics, localNic, subnetCidrs } from "./aws_eni.ts";
import { persist, persistUntilSeen } from "../persist.ts";
import { ENI, NIC, SECONDARY_IP } from "./aws_options.ts";
import { ownInterface, placeOf } from "./own_eni.ts";
import { SECONDARY_IP_READS, secondaryIpChanges, secondaryIpPreflight } from "./secondary_ip_preflight.ts";

/** Options of `aws-secondary-ip`. */
export interface AwsSecondaryIpOptions {
  ip: string;
  eni: string;
  nic?: string;
}

/** What EC2 gets to take the address off an ENI where nothing answers for it any more. In milliseconds. */
const QUICK_MS = 5_000;
/** The same when the permit is gone, unless the fence has less. In milliseconds. */
const FENCE_MS = 1_000;

const awsSecondaryIp: ResourcePlugin<AwsSecondaryIpOptions> = {
  kind: "resource",
  description: "A private IP address of the subnet that follows the group from one network interface to the other.",
  address: true,
  claims: [
    { what: "IP address", options: ["ip"], within: "cluster" },
    { what: "secondary private IP", options: ["ip"], within: "cluster" },
  ],
  options: { ip: SECONDARY_IP, eni: ENI, nic: NIC },
  defaults: { activateTimeoutMs: 60_000, deactivateTimeoutMs: 30_000, activateRetries: 3 },

  validate: ({ ip }) => unusable(ip) === undefined ? [] : [unusable(ip)!],

  async prepare(context) {
    const ec2 = await context.ec2();
    const eni = await ownInterface(ec2, context, context.os.nics(context.signal));
    await refuseOutside(ec2, eni, context);
  },

  async activate(context) {
    const { options, signal, log, os } = context;
    const ec2 = await context.ec2();
    const what = `${options.ip} on ${options.eni}`;
    const { eni, nic } = await persist(what, context, async () => {
      const listed = os.nics(signal);
      const own = await ownInterface(ec2, context, listed);
      await refuseOutside(ec2, own, context);
      return { eni: own, nic: localNic(await listed, options, own).name };
    });
    // The address comes before the assignment: whatever arrives by that must find it here.
    await os.addAddress(nic, options.ip, signal);
    await persistUntilSeen(
      what,
      context,
      () => ec2.assignAddress({ eniId: eni.id, vpcId: eni.vpcId, ip: options.ip }, { signal }),
      async () => hasAddress(await ec2.networkInterface(options.eni, { signal }), options.ip),
    );
    log.info(`${options.ip} is on ${nic} and assigned to ${eni.id}`);
  },

  async deactivate(context) {
    const { options, signal, os, log, reason } = context;
    await os.removeAddress(options.ip, signal);
    log.info(`${options.ip} is off this server`);
    // Nothing answers for it here any more, and the successor's assignment takes it; a server that has lost its way to
    // EC2 must not be shut down for it. So this is tried, briefly, and what was left is said.
    try {
      await withDeadline(
        signal,
        reason === "fence" ? FENCE_MS : QUICK_MS,
        (both) => unassign(context, both),
      );
    } catch (error) {
      if (reason !== "fence") signal.throwIfAborted();
      const said = error instanceof Error ? error.message : String(error);
      log.warn(`${options.ip} could not be taken off ${options.eni}: ${said}; the next carrier will take it`);
    }
  },

  async guard(context) {
    const nics = await candidateNics(context);
    return nics.map((nic) => context.os.removeAddressCommand(nic, context.options.ip));
  },

  preflight: (context) => secondaryIpPreflight(context),

  permissions: (options) => [...SECONDARY_IP_READS, ...secondaryIpChanges(options)],

  companion: (options) => ({ type: "aws-secondary-ip", options: { ...options } }),
};

export default awsSecondaryIp;

/** Whether the ENI has the address. */
export function hasAddress(eni: NetworkInterface, ip: string): boolean {
  return eni.privateIps.includes(ip) || eni.ipv6Addresses.includes(ip);
}

async function refuseOutside(
  ec2: Ec2,
  eni: NetworkInterface,
  context: PluginContext<AwsSecondaryIpOptions> | ActivateContext<AwsSecondaryIpOptions>,
): Promise<void> {
  const { ip } = context.options;
  const cidrs = await subnetCidrs(ec2, eni.subnetId, context);
  if (ip === eni.privateIp) {
    throw new Fault(FAULT_CODES.address, `${ip} is the first address of ${eni.id}, which can't move`, {
      remedy: `choose another address of ${cidrs.join(", ")} that no instance has`,
    });
  }
  if (cidrs.some((cidr) => cidrContains(cidr, ip))) return;
  throw new Fault(
    FAULT_CODES.address,
    `${ip} lies outside ${eni.subnetId} (${cidrs.join(", ")}), the subnet of ${eni.id}`,
    { remedy: "put all servers into the subnet of the address, or use the type aws-vip for servers in several" },
  );
}

async function unassign(context: DeactivateContext<AwsSecondaryIpOptions>, signal: AbortSignal): Promise<void> {
  const { options } = context;
  const ec2 = await context.ec2();
  const { eni, here, said } = await placeOf(ec2, { ...context, signal }, context.os.nics(signal));
  // Of another server, which may well carry the address.
  if (here === false) return context.log.warn(`${options.ip} is left where it is: ${said}`);
  // By a wrong configuration; no call of ours may touch it.
  if (options.ip === eni.privateIp) return;
  await ec2.unassignAddress({ eniId: eni.id, vpcId: eni.vpcId, ip: options.ip }, { signal });
}
