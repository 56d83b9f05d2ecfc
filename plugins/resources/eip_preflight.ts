/**
 * Looks whether this server could take an Elastic IP: everything that chapters 5 and 7 of the guide tell to look at.
 *
 * @module
 */
import type { ElasticIp } from "../../core/aws/ec2.ts";
import type { InspectedInterface } from "../../core/aws/inspection.ts";
import type { PreflightContext } from "../../core/plugin/contract.ts";
import { FAULT_CODES } from "../../core/plugin/fault.ts";
import { broken, type Finding, fine } from "../../core/plugin/finding.ts";
import { ec2Arn, everywhere, type Permission } from "../../core/plugin/permission.ts";
import { attemptFinding, inspectEni, look, ownershipFinding, tableOf, wayOutFinding } from "../aws_findings.ts";
import type { AwsEipOptions } from "./aws-eip.ts";
import { targetOf } from "./eip_plan.ts";

/** Of the resource (`changes`: it has to be allowed to move the address), and of a monitor that only looks. */
export async function eipPreflight(
  context: PreflightContext<AwsEipOptions>,
  changes: boolean,
): Promise<Finding[]> {
  const { name, options, signal } = context;
  const [addresses, interfaces] = await Promise.all([
    look(name, async () => {
      const eip = await (await context.ec2()).elasticIp(options.allocation, { signal });
      const findings = [holderFinding(context, eip)];
      if (changes && eip.associationId !== undefined) {
        const { associationId } = eip;
        findings.push(await attemptFinding(context, { action: "DisassociateAddress", associationId }));
      }
      return findings;
    }),
    look(name, async () => {
      const eni = await inspectEni(context, options.eni);
      const tables = await (await context.inspect()).tables(eni.vpcId, { signal });
      const out = tableOf(tables, eni.subnetId)?.routes.find(({ destination }) => destination === "0.0.0.0/0");
      const findings = [
        await ownershipFinding(context, eni),
        wayOutFinding(name, tables, eni),
        ...placeFindings(context, eni),
      ];
      if (out?.target.startsWith("igw-")) findings.push(publicFinding(context, eni));
      return findings;
    }),
  ]);
  const found = [...addresses, ...interfaces];
  // Ids that don't exist are told already, and better than by a call that names both.
  if (!changes || found.some(({ code, status }) => status === "error" && code === FAULT_CODES.requestFailed)) {
    return found;
  }
  const target = targetOf(options);
  // Where the address comes with the group, EC2 does not know it yet.
  const { privateIp: _, ...interfaceOnly } = target;
  const tried = comesWithGroup(context) ? interfaceOnly : target;
  return [...found, await attemptFinding(context, { action: "AssociateAddress", ...tried })];
}

/** The private address that the Elastic IP is to stand for, and what stands for it now. */
function placeFindings(context: PreflightContext<AwsEipOptions>, eni: InspectedInterface): Finding[] {
  const { name, options: { allocation, privateIp }, server } = context;
  const place = privateIp ?? eni.privateIps[0];
  if (privateIp !== undefined && !eni.privateIps.includes(privateIp)) {
    if (comesWithGroup(context)) {
      return [fine(name, `${privateIp} comes to ${eni.id} with an aws-secondary-ip of the group`)];
    }
    return [broken(
      name,
      FAULT_CODES.requestFailed,
      `privateIp ${privateIp} is no address of ${eni.id}, which has ${eni.privateIps.join(", ")}: EC2 will refuse it`,
      `correct privateIp of ${server}, or put an aws-secondary-ip for it above in the group`,
    )];
  }
  const own = eni.associations.find((one) =>
    one.privateIp === place && one.allocationId !== undefined && one.allocationId !== allocation
  );
  if (own === undefined) return [];
  return [broken(
    name,
    FAULT_CODES.wayOut,
    `${own.publicIp} (${own.allocationId}), an Elastic IP that ${place} of ${eni.id} has for itself, will be displaced by ` +
      `${allocation} and not come back`,
    "put one of the two on another private address (privateIp), or give this server a public address that is no Elastic IP",
  )];
}

/** The private address is put on the interface by a resource that is up before this one. */
function comesWithGroup({ options: { privateIp }, below = [] }: PreflightContext<AwsEipOptions>): boolean {
  return privateIp !== undefined &&
    below.some(({ type, options }) => type === "aws-secondary-ip" && options.ip === privateIp);
}

function holderFinding({ name, options, everywhere }: PreflightContext<AwsEipOptions>, eip: ElasticIp): Finding {
  const own = [...everywhere.values()].some(({ eni }) => eni === eip.eniId);
  if (eip.eniId === undefined) return fine(name, `${options.allocation} (${eip.publicIp}) is free`);
  if (own) return fine(name, `${options.allocation} (${eip.publicIp}) is on ${eip.eniId}`);
  return broken(
    name,
    FAULT_CODES.foreign,
    `${options.allocation} (${eip.publicIp}) is on ${eip.eniId}, which is of no server of this cluster`,
    `see what has ${options.allocation}: another cluster, whose groups need one of their own, or a NAT gateway or a ` +
      "load balancer, which never gives back what it has",
  );
}

/**
 * Behind an internet gateway only a public address leads out. With the Elastic IP elsewhere it must be another one, or
 * this server can't ask EC2 for the Elastic IP when it has to take over.
 */
function publicFinding({ name, options }: PreflightContext<AwsEipOptions>, eni: InspectedInterface): Finding {
  if (eni.allocationId === options.allocation) {
    return fine(name, `${eni.id} reaches EC2 by the Elastic IP; standby servers are looked at when it is elsewhere`);
  }
  if (eni.publicIp !== undefined) return fine(name, `${eni.id} reaches EC2 by its own ${eni.publicIp}`);
  return broken(
    name,
    FAULT_CODES.wayOut,
    `${eni.id} has no public address of its own behind the internet gateway: without ${options.allocation} nothing ` +
      "leads from here to EC2",
    "give the instance a public address, or lead its subnet out through a NAT",
  );
}

/** What looking needs. */
export const EIP_READS: readonly Permission[] = [
  everywhere("ec2:DescribeAddresses", "the Elastic IP"),
  everywhere("ec2:DescribeNetworkInterfaces", "the ENI"),
  everywhere("ec2:DescribeRouteTables", "the way out of its subnet"),
];

/** What moving the Elastic IP needs. Both actions are allowed for the address and the interface together. */
export function eipChanges({ allocation, eni }: AwsEipOptions): Permission[] {
  const resources = [ec2Arn(`elastic-ip/${allocation}`), ec2Arn(`network-interface/${eni}`)];
  return [
    { action: "ec2:AssociateAddress", resources, purpose: "moving the Elastic IP" },
    { action: "ec2:DisassociateAddress", resources, purpose: "taking it off at a stop" },
  ];
}
