/**
 * From the SDK's shapes, in which everything may be missing, to ours.
 *
 * @module
 */
import type {
  Address,
  AvailabilityZone as SdkZone,
  NetworkInterface as SdkEni,
  RouteTable as SdkTable,
  Subnet as SdkSubnet,
} from "@aws-sdk/client-ec2";
import type { AvailabilityZone, ElasticIp, NetworkInterface, Route, RouteTable } from "./ec2.ts";

/** A route table; routes to prefix lists are left out, they have no block that a VIP could be compared with. */
export function routeTableOf(table: SdkTable): RouteTable {
  const routes: Route[] = [];
  for (const route of table.Routes ?? []) {
    const destination = route.DestinationCidrBlock ?? route.DestinationIpv6CidrBlock;
    if (!destination) continue;
    routes.push({
      destination,
      state: route.State === "blackhole" ? "blackhole" : "active",
      ...(route.NetworkInterfaceId ? { eniId: route.NetworkInterfaceId } : {}),
    });
  }
  const gatewayIds = gatewaysOf(table);
  return {
    id: table.RouteTableId ?? "",
    vpcId: table.VpcId ?? "",
    routes,
    ...(gatewayIds.length === 0 ? {} : { gatewayIds }),
  };
}

/** The gateways that a table is associated with. */
export function gatewaysOf(table: SdkTable): string[] {
  return (table.Associations ?? []).flatMap(({ GatewayId }) => GatewayId ?? []);
}

/** A network interface. */
export function networkInterfaceOf(eni: SdkEni): NetworkInterface {
  const instanceId = eni.Attachment?.Status === "detached" ? undefined : eni.Attachment?.InstanceId;
  return {
    id: eni.NetworkInterfaceId ?? "",
    vpcId: eni.VpcId ?? "",
    subnetId: eni.SubnetId ?? "",
    availabilityZone: eni.AvailabilityZone ?? "",
    mac: (eni.MacAddress ?? "").toLowerCase(),
    privateIp: eni.PrivateIpAddress ?? "",
    privateIps: (eni.PrivateIpAddresses ?? []).map((one) => one.PrivateIpAddress).filter((ip) => ip !== undefined),
    ipv6Addresses: (eni.Ipv6Addresses ?? []).map((one) => canonicalIpv6(one.Ipv6Address ?? "")),
    // What EC2 leaves unsaid is what it creates by default.
    sourceDestCheck: eni.SourceDestCheck ?? true,
    ...(instanceId ? { instanceId } : {}),
  };
}

/** An Elastic IP. */
export function elasticIpOf(address: Address): ElasticIp {
  return {
    allocationId: address.AllocationId ?? "",
    publicIp: address.PublicIp ?? "",
    ...(address.AssociationId ? { associationId: address.AssociationId } : {}),
    ...(address.NetworkInterfaceId ? { eniId: address.NetworkInterfaceId } : {}),
    ...(address.PrivateIpAddress ? { privateIp: address.PrivateIpAddress } : {}),
  };
}

/** The blocks of a subnet. */
export function subnetCidrsOf(subnet: SdkSubnet): string[] {
  const six = (subnet.Ipv6CidrBlockAssociationSet ?? [])
    .filter(({ Ipv6CidrBlockState: state }) => state?.State !== "disassociated" && state?.State !== "disassociating")
    .map((one) => one.Ipv6CidrBlock);
  return [subnet.CidrBlock, ...six].filter((block): block is string => block !== undefined && block !== "");
}

/** An availability zone. */
export function zoneOf(zone: SdkZone): AvailabilityZone {
  return {
    name: zone.ZoneName ?? "",
    // Not said is not available: the monitor then can't claim that it is.
    state: zone.State ?? "unknown",
    messages: (zone.Messages ?? []).map((one) => one.Message ?? "").filter((message) => message !== ""),
  };
}

/** The parameter of a route's destination: EC2 has one name for IPv4 blocks and one for IPv6 blocks. */
export function destinationOf(block: string): { DestinationCidrBlock: string } | { DestinationIpv6CidrBlock: string } {
  return block.includes(":") ? { DestinationIpv6CidrBlock: canonicalBlock(block) } : { DestinationCidrBlock: block };
}

/** The filter for route tables that hold a route for exactly `block`. */
export function routeFilter(block: string): { Name: string; Values: string[] } {
  return block.includes(":")
    ? { Name: "route.destination-ipv6-cidr-block", Values: [canonicalBlock(block)] }
    : { Name: "route.destination-cidr-block", Values: [block] };
}

/** The filter for network interfaces that have `ip` as a private address. */
export function addressFilter(ip: string): { Name: string; Values: string[] } {
  return ip.includes(":")
    ? { Name: "ipv6-addresses.ipv6-address", Values: [canonicalIpv6(ip)] }
    : { Name: "addresses.private-ip-address", Values: [ip] };
}

/** EC2 compares IPv6 blocks as text, in their shortest form. */
function canonicalBlock(block: string): string {
  const [address = "", prefix] = block.split("/");
  return `${canonicalIpv6(address)}/${prefix ?? "128"}`;
}

/** The shortest form. What is no address is left to EC2's own words. */
function canonicalIpv6(address: string): string {
  try {
    return new URL(`http://[${address}]/`).hostname.slice(1, -1);
  } catch {
    return address;
  }
}
