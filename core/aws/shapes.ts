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
  return { id: table.RouteTableId ?? "", vpcId: table.VpcId ?? "", routes };
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
  };
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
  return block.includes(":") ? { DestinationIpv6CidrBlock: canonicalIpv6(block) } : { DestinationCidrBlock: block };
}

/** The filter for route tables that hold a route for exactly `block`. */
export function routeFilter(block: string): { Name: string; Values: string[] } {
  return block.includes(":")
    ? { Name: "route.destination-ipv6-cidr-block", Values: [canonicalIpv6(block)] }
    : { Name: "route.destination-cidr-block", Values: [block] };
}

/** EC2 compares IPv6 blocks as text, in their shortest form. A block that is none is left to EC2's own words. */
function canonicalIpv6(block: string): string {
  const [address, prefix] = block.split("/");
  try {
    return `${new URL(`http://[${address}]/`).hostname.slice(1, -1)}/${prefix ?? "128"}`;
  } catch {
    return block;
  }
}
