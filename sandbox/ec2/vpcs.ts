/**
 * DescribeVpcs, DescribeSubnets.
 *
 * @module
 */
import type { Action, Actions } from "./action.ts";
import { notFound, type NotFoundKind } from "./errors.ts";
import type { Region, Subnet, Vpc } from "./model.ts";
import { filtered, paged } from "./query.ts";
import { tagSet, type XmlElements } from "./xml.ts";

/** The things whose ids are asked for, all of them when none is; an id that is not known is an error. */
export function byIds<Thing>(
  things: Thing[],
  ids: string[],
  kind: NotFoundKind,
  idOf: (thing: Thing) => string,
): Thing[] {
  for (const id of ids) {
    if (!things.some((thing) => idOf(thing) === id)) throw notFound(kind, id);
  }
  return ids.length === 0 ? things : things.filter((thing) => ids.includes(idOf(thing)));
}

/** The VPC with this id. */
export function vpcOf(region: Region, id: string): Vpc {
  const vpc = region.vpcs.find((one) => one.id === id);
  if (!vpc) throw notFound("vpc", id);
  return vpc;
}

const describeVpcs: Action = {
  mutating: false,
  plan({ region, query }) {
    const chosen = filtered(byIds(region.vpcs, query.list("VpcId"), "vpc", (vpc) => vpc.id), query.filters(), {
      "vpc-id": (vpc) => [vpc.id],
      "cidr": (vpc) => vpc.cidrBlocks.slice(0, 1),
      "cidr-block-association.cidr-block": (vpc) => vpc.cidrBlocks,
      "ipv6-cidr-block-association.ipv6-cidr-block": (vpc) => vpc.ipv6CidrBlocks,
      "owner-id": () => [region.accountId],
      "state": () => ["available"],
      "is-default": () => ["false"],
    });
    const { page, nextToken } = paged(query, chosen, { min: 5, max: 1_000 });
    return () => ({ vpcSet: page.map((vpc) => vpcXml(region, vpc)), nextToken });
  },
};

/** A VPC as its actions show it. */
export function vpcXml(region: Region, vpc: Vpc): XmlElements {
  const suffix = vpc.id.slice("vpc-".length);
  return {
    vpcId: vpc.id,
    ownerId: region.accountId,
    state: "available",
    cidrBlock: vpc.cidrBlocks[0],
    cidrBlockAssociationSet: vpc.cidrBlocks.map((cidrBlock, index) => ({
      cidrBlock,
      associationId: `vpc-cidr-assoc-${suffix}${index}`,
      cidrBlockState: { state: "associated" },
    })),
    ipv6CidrBlockAssociationSet: vpc.ipv6CidrBlocks.map((ipv6CidrBlock, index) => ({
      ipv6CidrBlock,
      associationId: `vpc-cidr-assoc-${suffix}6${index}`,
      ipv6CidrBlockState: { state: "associated" },
      networkBorderGroup: region.name,
      ipv6Pool: "Amazon",
    })),
    dhcpOptionsId: "default",
    instanceTenancy: "default",
    isDefault: false,
    tagSet: tagSet(vpc.tags),
  };
}

const describeSubnets: Action = {
  mutating: false,
  plan({ region, query }) {
    const all = byIds(region.subnets, query.list("SubnetId"), "subnet", (subnet) => subnet.id);
    const chosen = filtered(all, query.filters(), {
      "subnet-id": (subnet) => [subnet.id],
      "vpc-id": (subnet) => [subnet.vpcId],
      "availability-zone": (subnet) => [subnet.zone],
      "cidr-block": (subnet) => [subnet.cidrBlock],
      "cidr": (subnet) => [subnet.cidrBlock],
      "state": () => ["available"],
      "owner-id": () => [region.accountId],
    });
    const { page, nextToken } = paged(query, chosen, { min: 5, max: 1_000 });
    return () => ({ subnetSet: page.map((subnet) => subnetXml(region, subnet)), nextToken });
  },
};

/** A subnet as its actions show it. */
export function subnetXml(region: Region, subnet: Subnet): XmlElements {
  const prefix = Number(subnet.cidrBlock.split("/")[1]);
  const used = region.networkInterfaces.filter((eni) => eni.subnetId === subnet.id)
    .reduce((sum, eni) => sum + eni.privateIps.length, 0);
  return {
    subnetId: subnet.id,
    subnetArn: `arn:aws:ec2:${region.name}:${region.accountId}:subnet/${subnet.id}`,
    state: "available",
    ownerId: region.accountId,
    vpcId: subnet.vpcId,
    cidrBlock: subnet.cidrBlock,
    ipv6CidrBlockAssociationSet: (subnet.ipv6CidrBlocks ?? []).map((ipv6CidrBlock, index) => ({
      ipv6CidrBlock,
      associationId: `subnet-cidr-assoc-${subnet.id.slice("subnet-".length)}6${index}`,
      ipv6CidrBlockState: { state: "associated" },
    })),
    // Five addresses of each subnet are AWS's own.
    availableIpAddressCount: 2 ** (32 - prefix) - 5 - used,
    availabilityZone: subnet.zone,
    availabilityZoneId: region.zones.find((zone) => zone.name === subnet.zone)?.id,
    defaultForAz: false,
    mapPublicIpOnLaunch: false,
    assignIpv6AddressOnCreation: false,
    tagSet: tagSet(subnet.tags),
  };
}

/** The actions of this family. */
export const vpcActions: Actions = { DescribeVpcs: describeVpcs, DescribeSubnets: describeSubnets };
