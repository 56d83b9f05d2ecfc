/**
 * DescribeAddresses, AllocateAddress, AssociateAddress, DisassociateAddress.
 *
 * @module
 */
import type { Action, ActionContext, Actions } from "./action.ts";
import { Ec2Error, invalidCombination, invalidValue, missingParameter, notFound } from "./errors.ts";
import { type ElasticAddress, type NetworkInterface, newId, type Region } from "./model.ts";
import { filtered } from "./query.ts";
import { byIds } from "./vpcs.ts";
import { tagSet } from "./xml.ts";

const describeAddresses: Action = {
  mutating: false,
  plan({ region, query }) {
    const ips = query.list("PublicIp");
    for (const ip of ips) publicAddress(region, ip);
    const all = byIds(region.addresses, query.list("AllocationId"), "allocation", (one) => one.allocationId)
      .filter((one) => ips.length === 0 || ips.includes(one.publicIp));
    const chosen = filtered(all, query.filters(), {
      "allocation-id": (one) => [one.allocationId],
      "association-id": (one) => [one.association?.id],
      "domain": () => ["vpc"],
      "instance-id": (one) => [instanceOf(region, one)],
      "network-interface-id": (one) => [one.association?.eniId],
      "private-ip-address": (one) => [one.association?.privateIp],
      "public-ip": (one) => [one.publicIp],
    });
    return () => ({
      addressesSet: chosen.map((one) => ({
        publicIp: one.publicIp,
        allocationId: one.allocationId,
        domain: "vpc",
        instanceId: instanceOf(region, one),
        associationId: one.association?.id,
        networkInterfaceId: one.association?.eniId,
        networkInterfaceOwnerId: one.association && region.accountId,
        privateIpAddress: one.association?.privateIp,
        publicIpv4Pool: "amazon",
        networkBorderGroup: region.name,
        tagSet: tagSet(one.tags),
      })),
    });
  },
};

const allocateAddress: Action = {
  mutating: true,
  plan({ region, query }) {
    const domain = query.optional("Domain") ?? "vpc";
    if (domain !== "vpc") throw invalidValue(`Value (${domain}) for parameter domain is invalid.`);
    return () => {
      const allocationId = newId(region, "eipalloc");
      // 203.0.113.0/24 is kept for documentation: it can't be anybody's.
      const publicIp = `203.0.113.${(region.addresses.length + 20) % 256}`;
      region.addresses.push({ allocationId, publicIp, tags: {} });
      return { publicIp, domain: "vpc", allocationId, publicIpv4Pool: "amazon", networkBorderGroup: region.name };
    };
  },
};

const associateAddress: Action = {
  mutating: true,
  plan(context) {
    const { region, query } = context;
    const address = namedAddress(context);
    const eni = namedInterface(context);
    const privateIp = query.optional("PrivateIpAddress") ?? eni.privateIps[0]!;
    if (!eni.privateIps.includes(privateIp)) {
      throw invalidValue(`Invalid value '${privateIp}' for PrivateIpAddress. Address not assigned to the interface.`);
    }
    const vpc = region.vpcs.find((one) => one.id === eni.vpcId);
    if (!vpc?.internetGatewayId) {
      throw new Ec2Error("Gateway.NotAttached", `Network ${eni.vpcId} is not attached to any internet gateway`);
    }
    // EC2's own words and code, which it also has for wrong credentials.
    if (address.managed) {
      throw new Ec2Error("AuthFailure", "You do not have permission to access the specified resource.");
    }
    const present = address.association;
    const same = present?.eniId === eni.id && present.privateIp === privateIp;
    const displaced = region.addresses.find((one) =>
      one !== address && one.association?.eniId === eni.id && one.association.privateIp === privateIp
    );
    // In a VPC an address moves by itself; only who says false is told that it was elsewhere.
    if (query.flag("AllowReassociation") === false && !same) {
      if (present) {
        throw alreadyAssociated(address.allocationId, present.id);
      }
      if (displaced) throw alreadyAssociated(eni.id, displaced.association!.id);
    }
    return () => {
      if (!same) {
        if (displaced) delete displaced.association;
        address.association = { id: newId(region, "eipassoc"), eniId: eni.id, privateIp };
      }
      return { return: true, associationId: address.association!.id };
    };
  },
};

const disassociateAddress: Action = {
  mutating: true,
  plan({ region, query }) {
    const id = query.optional("AssociationId");
    const ip = query.optional("PublicIp");
    if (id === undefined && ip === undefined) throw missingParameter("AssociationId");
    if (id !== undefined && ip !== undefined) {
      throw invalidCombination("You may specify public IP or association id, but not both in the same call");
    }
    const address = ip === undefined
      ? region.addresses.find((one) => one.association?.id === id)
      : publicAddress(region, ip);
    if (!address?.association) throw notFound("association", id ?? ip!);
    return () => {
      delete address.association;
      return { return: true };
    };
  },
};

function alreadyAssociated(resource: string, associationId: string): Ec2Error {
  return new Ec2Error(
    "Resource.AlreadyAssociated",
    `resource ${resource} is already associated with associate-id ${associationId}`,
  );
}

function publicAddress(region: Region, ip: string): ElasticAddress {
  const address = region.addresses.find((one) => one.publicIp === ip);
  if (!address) throw new Ec2Error("InvalidAddress.NotFound", `Address '${ip}' not found.`);
  return address;
}

function namedAddress({ region, query }: ActionContext): ElasticAddress {
  const id = query.optional("AllocationId");
  const ip = query.optional("PublicIp");
  if (id !== undefined && ip !== undefined) {
    throw invalidCombination("You may specify public IP or allocation id, but not both in the same call");
  }
  if (ip !== undefined) return publicAddress(region, ip);
  if (id === undefined) throw missingParameter("AllocationId");
  const address = region.addresses.find((one) => one.allocationId === id);
  if (!address) throw notFound("allocation", id);
  return address;
}

function namedInterface({ region, query }: ActionContext): NetworkInterface {
  const eniId = query.optional("NetworkInterfaceId");
  const instanceId = query.optional("InstanceId");
  if (eniId !== undefined && instanceId !== undefined) {
    throw invalidCombination("You may specify instance id or network interface id, but not both in the same call");
  }
  if (eniId !== undefined) {
    const eni = region.networkInterfaces.find((one) => one.id === eniId);
    if (!eni) throw notFound("networkInterface", eniId);
    return eni;
  }
  if (instanceId === undefined) throw missingParameter("NetworkInterfaceId");
  if (!region.instances.some((one) => one.id === instanceId)) throw notFound("instance", instanceId);
  const eni = region.networkInterfaces.find((one) =>
    one.attachment?.instanceId === instanceId && one.attachment.deviceIndex === 0
  );
  if (!eni) throw new Ec2Error("InvalidInstanceID", `The instance '${instanceId}' has no network interface.`);
  return eni;
}

function instanceOf(region: Region, address: ElasticAddress): string | undefined {
  return region.networkInterfaces.find((one) => one.id === address.association?.eniId)?.attachment?.instanceId;
}

/** The actions of this family. */
export const addressActions: Actions = {
  DescribeAddresses: describeAddresses,
  AllocateAddress: allocateAddress,
  AssociateAddress: associateAddress,
  DisassociateAddress: disassociateAddress,
};
