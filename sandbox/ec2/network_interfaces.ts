/**
 * DescribeNetworkInterfaces, ModifyNetworkInterfaceAttribute.
 *
 * @module
 */
import type { Action, Actions } from "./action.ts";
import { invalidCombination, notFound } from "./errors.ts";
import type { NetworkInterface, Region } from "./model.ts";
import { filtered, paged } from "./query.ts";
import { byIds } from "./vpcs.ts";
import { tagSet, type XmlElements } from "./xml.ts";

const describeNetworkInterfaces: Action = {
  mutating: false,
  plan({ region, query }) {
    const all = byIds(region.networkInterfaces, query.list("NetworkInterfaceId"), "networkInterface", (eni) => eni.id);
    const chosen = filtered(all, query.filters(), {
      "network-interface-id": (eni) => [eni.id],
      "vpc-id": (eni) => [eni.vpcId],
      "subnet-id": (eni) => [eni.subnetId],
      "availability-zone": (eni) => [zoneOf(region, eni)],
      "mac-address": (eni) => [eni.mac],
      "private-ip-address": (eni) => eni.privateIps.slice(0, 1),
      "addresses.private-ip-address": (eni) => eni.privateIps,
      "ipv6-addresses.ipv6-address": (eni) => eni.ipv6Addresses ?? [],
      "association.public-ip": (eni) => [addressOf(region, eni, eni.privateIps[0])?.publicIp],
      "association.allocation-id": (eni) => [addressOf(region, eni, eni.privateIps[0])?.allocationId],
      "attachment.instance-id": (eni) => [eni.attachment?.instanceId],
      "attachment.attachment-id": (eni) => [eni.attachment?.id],
      "attachment.status": (eni) => [eni.attachment ? "attached" : undefined],
      "source-dest-check": (eni) => [String(eni.sourceDestCheck)],
      "status": (eni) => [eni.attachment ? "in-use" : "available"],
    });
    const { page, nextToken } = paged(query, chosen, { min: 5, max: 1_000, exclusiveWith: "NetworkInterfaceId" });
    return () => ({ networkInterfaceSet: page.map((eni) => interfaceXml(region, eni)), nextToken });
  },
};

const modifyNetworkInterfaceAttribute: Action = {
  mutating: true,
  plan({ region, query }) {
    const id = query.required("NetworkInterfaceId");
    const eni = region.networkInterfaces.find((one) => one.id === id);
    if (!eni) throw notFound("networkInterface", id);
    const check = query.flag("SourceDestCheck.Value");
    const description = query.optional("Description.Value");
    if ((check === undefined) === (description === undefined)) {
      throw invalidCombination("Exactly one attribute of the network interface must be specified");
    }
    return () => {
      if (check !== undefined) eni.sourceDestCheck = check;
      if (description !== undefined) eni.description = description;
      return { return: true };
    };
  },
};

function zoneOf(region: Region, eni: NetworkInterface): string | undefined {
  return region.subnets.find((subnet) => subnet.id === eni.subnetId)?.zone;
}

/** The Elastic IP of one private address of an interface. */
function addressOf(region: Region, eni: NetworkInterface, privateIp: string | undefined) {
  return region.addresses.find((one) => one.association?.eniId === eni.id && one.association.privateIp === privateIp);
}

function associationXml(region: Region, eni: NetworkInterface, privateIp: string | undefined): XmlElements | undefined {
  const address = addressOf(region, eni, privateIp);
  if (!address && eni.publicIp !== undefined && privateIp === eni.privateIps[0]) {
    // An address of Amazon's own pool, which the instance has as long as no Elastic IP takes its place.
    return { publicIp: eni.publicIp, ipOwnerId: "amazon" };
  }
  return address && {
    publicIp: address.publicIp,
    publicDnsName: `ec2-${address.publicIp.replaceAll(".", "-")}.${region.name}.compute.amazonaws.com`,
    ipOwnerId: region.accountId,
    allocationId: address.allocationId,
    associationId: address.association?.id,
  };
}

/** An interface as DescribeNetworkInterfaces and DescribeInstances show it. */
export function interfaceXml(region: Region, eni: NetworkInterface): XmlElements {
  return {
    networkInterfaceId: eni.id,
    subnetId: eni.subnetId,
    vpcId: eni.vpcId,
    availabilityZone: zoneOf(region, eni),
    description: eni.description,
    ownerId: region.accountId,
    requesterManaged: false,
    status: eni.attachment ? "in-use" : "available",
    macAddress: eni.mac,
    privateIpAddress: eni.privateIps[0],
    sourceDestCheck: eni.sourceDestCheck,
    interfaceType: "interface",
    groupSet: (eni.groups ?? []).map((groupId) => ({
      groupId,
      groupName: region.securityGroups.find((one) => one.id === groupId)?.name,
    })),
    attachment: eni.attachment && {
      attachmentId: eni.attachment.id,
      instanceId: eni.attachment.instanceId,
      instanceOwnerId: region.accountId,
      deviceIndex: eni.attachment.deviceIndex,
      status: "attached",
      deleteOnTermination: eni.attachment.deviceIndex === 0,
    },
    association: associationXml(region, eni, eni.privateIps[0]),
    privateIpAddressesSet: eni.privateIps.map((privateIpAddress, index) => ({
      privateIpAddress,
      primary: index === 0,
      association: associationXml(region, eni, privateIpAddress),
    })),
    ipv6AddressesSet: (eni.ipv6Addresses ?? []).map((ipv6Address) => ({ ipv6Address, isPrimaryIpv6: false })),
    tagSet: tagSet(eni.tags),
  };
}

/** The actions of this family. */
export const networkInterfaceActions: Actions = {
  DescribeNetworkInterfaces: describeNetworkInterfaces,
  ModifyNetworkInterfaceAttribute: modifyNetworkInterfaceAttribute,
};
