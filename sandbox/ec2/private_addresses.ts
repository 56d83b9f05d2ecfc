/**
 * AssignPrivateIpAddresses, UnassignPrivateIpAddresses, AssignIpv6Addresses, UnassignIpv6Addresses.
 *
 * @module
 */
import type { Action, ActionContext, Actions } from "./action.ts";
import { canonicalCidr, cidrContains } from "./cidr.ts";
import { Ec2Error, invalidCombination, invalidValue, missingParameter, notFound } from "./errors.ts";
import type { NetworkInterface, Region } from "./model.ts";

const assignPrivateIpAddresses: Action = {
  mutating: true,
  dryRun: false,
  plan({ region, query }) {
    const eni = namedInterface(region, query.required("NetworkInterfaceId"));
    const ips = query.list("PrivateIpAddress");
    const count = query.optional("SecondaryPrivateIpAddressCount");
    if (ips.length === 0 && count === undefined) throw missingParameter("privateIpAddress");
    if (ips.length > 0 && count !== undefined) {
      throw invalidCombination(
        "You may specify secondaryPrivateIpAddressCount or specific private IP addresses, not both",
      );
    }
    const wanted = count === undefined ? ips : freeIps(region, eni, Number(count));
    const block = region.subnets.find((one) => one.id === eni.subnetId)!.cidrBlock;
    for (const ip of wanted) {
      if (!cidrContains(block, `${ip}/32`)) {
        throw invalidValue(`Address ${ip} does not fall within the subnet's address range`);
      }
      const holder = holderOf(region, eni, ip);
      // The first address of an interface belongs to it as long as it exists.
      if (holder && (holder.privateIps[0] === ip || query.flag("AllowReassignment") !== true)) throw inUse(ip);
    }
    return () => {
      for (const ip of wanted) {
        const holder = holderOf(region, eni, ip);
        if (holder) release(region, holder, ip);
        if (!eni.privateIps.includes(ip)) eni.privateIps.push(ip);
      }
      return {
        networkInterfaceId: eni.id,
        assignedPrivateIpAddressesSet: wanted.map((privateIpAddress) => ({ privateIpAddress })),
        return: true,
      };
    };
  },
};

const unassignPrivateIpAddresses: Action = {
  mutating: true,
  dryRun: false,
  plan({ region, query }) {
    const eni = namedInterface(region, query.required("NetworkInterfaceId"));
    const ips = query.list("PrivateIpAddress");
    if (ips.length === 0) throw missingParameter("privateIpAddress");
    for (const ip of ips) {
      if (!eni.privateIps.includes(ip)) throw notAssigned(eni);
      if (eni.privateIps[0] === ip) throw invalidValue(`${ip} is the primary address of interface ${eni.id}`);
    }
    return () => {
      for (const ip of ips) release(region, eni, ip);
      return { return: true };
    };
  },
};

const assignIpv6Addresses: Action = {
  mutating: true,
  dryRun: false,
  plan(context) {
    const { region, query } = context;
    const eni = namedInterface(region, query.required("NetworkInterfaceId"));
    const ips = ipv6List(context);
    const blocks = region.subnets.find((one) => one.id === eni.subnetId)?.ipv6CidrBlocks ?? [];
    for (const ip of ips) {
      if (!blocks.some((block) => cidrContains(block, `${ip}/128`))) {
        throw invalidValue(`Address ${ip} does not fall within the subnet's IPv6 address range`);
      }
      // Unlike IPv4 there is no taking it from where it is.
      if (region.networkInterfaces.some((one) => one.ipv6Addresses?.includes(ip))) throw inUse(ip);
    }
    return () => {
      eni.ipv6Addresses = [...eni.ipv6Addresses ?? [], ...ips];
      return { networkInterfaceId: eni.id, assignedIpv6Addresses: ips };
    };
  },
};

const unassignIpv6Addresses: Action = {
  mutating: true,
  dryRun: false,
  plan(context) {
    const { region, query } = context;
    const eni = namedInterface(region, query.required("NetworkInterfaceId"));
    const ips = ipv6List(context);
    if (ips.some((ip) => !eni.ipv6Addresses?.includes(ip))) throw notAssigned(eni);
    return () => {
      eni.ipv6Addresses = eni.ipv6Addresses?.filter((ip) => !ips.includes(ip)) ?? [];
      return { networkInterfaceId: eni.id, unassignedIpv6Addresses: ips };
    };
  },
};

function ipv6List({ query }: ActionContext): string[] {
  const texts = query.list("Ipv6Addresses");
  if (texts.length === 0) throw missingParameter("ipv6Addresses");
  return texts.map((text) => {
    const block = canonicalCidr(`${text}/128`, 6);
    if (block === undefined) throw invalidValue(`Value (${text}) for parameter ipv6Addresses is invalid.`);
    return block.split("/")[0]!;
  });
}

function namedInterface(region: Region, id: string): NetworkInterface {
  const eni = region.networkInterfaces.find((one) => one.id === id);
  if (!eni) throw notFound("networkInterface", id);
  return eni;
}

/** Another interface of the same subnet that has the address. */
function holderOf(region: Region, eni: NetworkInterface, ip: string): NetworkInterface | undefined {
  return region.networkInterfaces.find((one) =>
    one !== eni && one.subnetId === eni.subnetId && one.privateIps.includes(ip)
  );
}

function freeIps(region: Region, eni: NetworkInterface, count: number): string[] {
  const block = region.subnets.find((one) => one.id === eni.subnetId)!.cidrBlock;
  const [a, b, c] = block.split(".");
  const used = new Set(region.networkInterfaces.flatMap((one) => one.privateIps));
  // The first four and the last address of a subnet are AWS's own.
  return Array.from({ length: 251 }, (_, index) => `${a}.${b}.${c}.${index + 4}`)
    .filter((ip) => !used.has(ip) && cidrContains(block, `${ip}/32`)).slice(0, count);
}

/** Takes an address off an interface; an Elastic IP that stood for it is left without. */
function release(region: Region, eni: NetworkInterface, ip: string): void {
  eni.privateIps = eni.privateIps.filter((one) => one !== ip);
  for (const address of region.addresses) {
    if (address.association?.eniId === eni.id && address.association.privateIp === ip) delete address.association;
  }
}

function inUse(ip: string): Ec2Error {
  return new Ec2Error("InvalidIPAddress.InUse", `The specified IP address ${ip} is already in use.`);
}

function notAssigned(eni: NetworkInterface): Ec2Error {
  return invalidValue(`Some of the specified addresses are not assigned to interface ${eni.id}`);
}

/** The actions of this family. */
export const privateAddressActions: Actions = {
  AssignPrivateIpAddresses: assignPrivateIpAddresses,
  UnassignPrivateIpAddresses: unassignPrivateIpAddresses,
  AssignIpv6Addresses: assignIpv6Addresses,
  UnassignIpv6Addresses: unassignIpv6Addresses,
};
