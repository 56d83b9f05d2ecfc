/**
 * From the SDK's shapes, in which everything may be missing, to those of a preflight.
 *
 * @module
 */
import type {
  IpPermission,
  NetworkAcl as SdkAcl,
  NetworkAclEntry,
  NetworkInterface as SdkEni,
  Route as SdkRoute,
  RouteTable as SdkTable,
  SecurityGroup as SdkGroup,
  Tag,
} from "@aws-sdk/client-ec2";
import type {
  AclEntry,
  GroupRule,
  InspectedInterface,
  InspectedRoute,
  InspectedTable,
  NetworkAcl,
  SecurityGroup,
} from "./inspection.ts";
import { gatewaysOf } from "./shapes.ts";

/** A network interface. */
export function inspectedInterface(eni: SdkEni): InspectedInterface {
  const addresses = [...(eni.PrivateIpAddresses ?? [])].sort((a, b) => Number(b.Primary ?? 0) - Number(a.Primary ?? 0));
  const six = (eni.Ipv6Addresses ?? []).flatMap(({ Ipv6Address }) => Ipv6Address ?? []);
  const instanceId = eni.Attachment?.Status === "detached" ? undefined : eni.Attachment?.InstanceId;
  return {
    id: eni.NetworkInterfaceId ?? "",
    vpcId: eni.VpcId ?? "",
    subnetId: eni.SubnetId ?? "",
    mac: (eni.MacAddress ?? "").toLowerCase(),
    privateIps: [...addresses.flatMap(({ PrivateIpAddress }) => PrivateIpAddress ?? []), ...six],
    associations: addresses.flatMap(({ PrivateIpAddress, Association }) =>
      PrivateIpAddress === undefined || !Association?.PublicIp ? [] : [{
        privateIp: PrivateIpAddress,
        publicIp: Association.PublicIp,
        ...(Association.AllocationId ? { allocationId: Association.AllocationId } : {}),
      }]
    ),
    sourceDestCheck: eni.SourceDestCheck ?? true,
    securityGroupIds: (eni.Groups ?? []).flatMap(({ GroupId }) => GroupId ?? []),
    tags: tagsOf(eni.TagSet),
    ...(eni.Association?.PublicIp ? { publicIp: eni.Association.PublicIp } : {}),
    ...(eni.Association?.AllocationId ? { allocationId: eni.Association.AllocationId } : {}),
    ...(instanceId ? { instanceId } : {}),
  };
}

/** A route table. */
export function inspectedTable(table: SdkTable): InspectedTable {
  const associations = table.Associations ?? [];
  return {
    id: table.RouteTableId ?? "",
    main: associations.some(({ Main }) => Main === true),
    subnetIds: associations.flatMap(({ SubnetId }) => SubnetId ?? []),
    gatewayIds: gatewaysOf(table),
    routes: (table.Routes ?? []).flatMap(inspectedRoute),
  };
}

/** A security group with the rules of both directions. */
export function securityGroupOf(group: SdkGroup): SecurityGroup {
  return {
    id: group.GroupId ?? "",
    name: group.GroupName ?? "",
    rules: [
      ...(group.IpPermissions ?? []).map((rule) => groupRule(rule, false)),
      ...(group.IpPermissionsEgress ?? []).map((rule) => groupRule(rule, true)),
    ],
  };
}

/** A network ACL, its entries in the order in which they are tried. */
export function networkAclOf(acl: SdkAcl): NetworkAcl {
  return {
    id: acl.NetworkAclId ?? "",
    subnetIds: (acl.Associations ?? []).flatMap(({ SubnetId }) => SubnetId ?? []),
    entries: (acl.Entries ?? []).map(aclEntry).sort((a, b) => a.number - b.number),
  };
}

function inspectedRoute(route: SdkRoute): InspectedRoute[] {
  const destination = route.DestinationCidrBlock ?? route.DestinationIpv6CidrBlock;
  if (!destination) return [];
  const target = route.NetworkInterfaceId ?? route.NatGatewayId ?? route.TransitGatewayId ??
    route.VpcPeeringConnectionId ?? route.EgressOnlyInternetGatewayId ?? route.GatewayId ?? "";
  return [{ destination, target, state: route.State === "blackhole" ? "blackhole" : "active" }];
}

function groupRule(rule: IpPermission, egress: boolean): GroupRule {
  return {
    egress,
    protocol: rule.IpProtocol ?? "-1",
    fromPort: rule.FromPort ?? -1,
    toPort: rule.ToPort ?? -1,
    blocks: [
      ...(rule.IpRanges ?? []).flatMap(({ CidrIp }) => CidrIp ?? []),
      ...(rule.Ipv6Ranges ?? []).flatMap(({ CidrIpv6 }) => CidrIpv6 ?? []),
    ],
    groupIds: (rule.UserIdGroupPairs ?? []).flatMap(({ GroupId }) => GroupId ?? []),
    lists: (rule.PrefixListIds ?? []).flatMap(({ PrefixListId }) => PrefixListId ?? []),
  };
}

function aclEntry(entry: NetworkAclEntry): AclEntry {
  return {
    number: entry.RuleNumber ?? 32_767,
    egress: entry.Egress ?? false,
    allow: entry.RuleAction === "allow",
    protocol: entry.Protocol ?? "-1",
    block: entry.CidrBlock ?? entry.Ipv6CidrBlock ?? "",
    fromPort: entry.PortRange?.From ?? -1,
    toPort: entry.PortRange?.To ?? -1,
  };
}

function tagsOf(tags: Tag[] | undefined): Record<string, string> {
  return Object.fromEntries((tags ?? []).flatMap(({ Key, Value }) => Key ? [[Key, Value ?? ""]] : []));
}
