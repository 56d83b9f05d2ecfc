/**
 * Looks whether this server could take a secondary address.
 *
 * @module
 */
import type { PreflightContext } from "../../core/plugin/contract.ts";
import { FAULT_CODES } from "../../core/plugin/fault.ts";
import { broken, type Finding, fine } from "../../core/plugin/finding.ts";
import { cidrContains } from "../../core/plugin/ip_address.ts";
import { ec2Arn, everywhere, type Permission } from "../../core/plugin/permission.ts";
import { inspectEni, look, ownershipFinding } from "../aws_findings.ts";
import type { AwsSecondaryIpOptions } from "./aws-secondary-ip.ts";

/**
 * Of the resource, and of a monitor. Whether the address may be moved is not found out: EC2 has no dry run for it, and
 * to assign an address for a try would take it from its carrier.
 */
export function secondaryIpPreflight(context: PreflightContext<AwsSecondaryIpOptions>): Promise<Finding[]> {
  const { name, options: { ip, eni: eniId }, signal } = context;
  return look(name, async () => {
    const eni = await inspectEni(context, eniId);
    const findings = [await ownershipFinding(context, eni)];
    const cidrs = await (await context.ec2()).subnetCidrs(eni.subnetId, { signal });
    if (eni.privateIps[0] === ip || !cidrs.some((cidr) => cidrContains(cidr, ip))) {
      const first = eni.privateIps[0] === ip;
      return [
        ...findings,
        broken(
          name,
          FAULT_CODES.address,
          first
            ? `${ip} is the first address of ${eni.id}, which can't move`
            : `${ip} lies outside ${eni.subnetId} (${cidrs.join(", ")}), the subnet of ${eni.id}`,
          "choose another address of the subnet that all servers are in, or the type aws-vip",
        ),
      ];
    }
    findings.push(fine(name, `${ip} lies in ${eni.subnetId}, the subnet of ${eni.id}`));
    findings.push(await holderFinding(context, eni.vpcId));
    return findings;
  });
}

async function holderFinding(
  { name, options: { ip }, everywhere: all, signal, ...context }: PreflightContext<AwsSecondaryIpOptions>,
  vpcId: string,
): Promise<Finding> {
  const holder = await (await context.ec2()).interfaceWithAddress({ vpcId, ip }, { signal });
  if (holder === null) return fine(name, `${ip} is on no network interface`);
  if ([...all.values()].some(({ eni }) => eni === holder.id)) return fine(name, `${ip} is on ${holder.id}`);
  return broken(
    name,
    FAULT_CODES.foreign,
    `${ip} is on ${holder.id}, which is of no server of this cluster`,
    "see whether another cluster or instance has the address; choose one that nobody else has",
  );
}

/** What looking needs. */
export const SECONDARY_IP_READS: readonly Permission[] = [
  everywhere("ec2:DescribeNetworkInterfaces", "who has the address"),
  everywhere("ec2:DescribeSubnets", "blocks of the subnet"),
];

/** What moving the address needs. IPv6 addresses are first taken from whoever has them, by other actions. */
export function secondaryIpChanges({ ip, eni }: AwsSecondaryIpOptions): Permission[] {
  const resources = [ec2Arn(`network-interface/${eni}`)];
  const actions = ip.includes(":")
    ? ["ec2:AssignIpv6Addresses", "ec2:UnassignIpv6Addresses"]
    : ["ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses"];
  return actions.map((action) => ({ action, resources, purpose: "moving the secondary address" }));
}
