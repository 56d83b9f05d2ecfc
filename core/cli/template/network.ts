/**
 * The guide's chapters 4-1 and 5-1 as resources: VPC, subnets, gateways, route tables with a row for each virtual address.
 *
 * @module
 */
import type { Layout, Subnet } from "./layout.ts";
import { gatewayEndpoint } from "./witness.ts";
import type { Section, Value } from "./yaml.ts";

const ANYWHERE = "0.0.0.0/0";

/** References to what a section of the template makes, or to a parameter. */
export const ref = (name: string): Value => ({ Ref: name });
export const attribute = (name: string, of: string): Value => ({ "Fn::GetAtt": [name, of] });
export const sub = (text: string): Value => text.includes("${") ? { "Fn::Sub": text } : text;

/** A name tag. */
export function tags(layout: Layout, what: string): Value {
  return [{ Key: "Name", Value: `${layout.cluster}-${what}` }];
}

/** The network as resources of its own. */
export function newNetwork(layout: Layout): Section[] {
  const isPublic = layout.allocations.length > 0;
  const publicSubnets = isPublic
    ? layout.serverSubnets
    : [...new Map(layout.nats.map(({ subnet }) => [subnet.id, subnet])).values(), ...layout.gatewaySubnets];
  return [
    { comment: "VPC and subnets", entries: vpcAndSubnets(layout, publicSubnets, isPublic) },
    { comment: "The way to the Internet", entries: gateway(layout) },
    ...(layout.nats.length > 0 ? [{ comment: NAT_COMMENT, entries: natInstances(layout) }] : []),
    ...(layout.gatewaySubnets.length > 0
      ? [{ comment: "NAT gateways: the servers' way to the EC2 endpoint", entries: natGateways(layout) }]
      : []),
    { comment: TABLES_COMMENT, entries: routeTables(layout, publicSubnets, isPublic) },
    { comment: ENDPOINT_COMMENT, entries: endpoints(layout, isPublic) },
  ];
}

/** The rows of the virtual addresses in tables that are there already: parameters RouteTable1 ... */
export function rowsInParameters(layout: Layout, tables: number): Section {
  const entries = Array.from({ length: tables }, (_, at) => rows(layout, `RouteTable${at + 1}`));
  return { comment: ROWS_COMMENT, entries: Object.assign({}, ...entries) };
}

const NAT_COMMENT = "NAT instances, at the addresses that the file pings: the servers' way to the EC2 endpoint";
const ROWS_COMMENT =
  `The row of each virtual address leads to the first server until Baton runs; from then on Baton moves it, and
CloudFormation must not: never change these rows here while the cluster carries.`;
const TABLES_COMMENT = `Route tables. ${ROWS_COMMENT}`;
const ENDPOINT_COMMENT =
  `Endpoints in the VPC: a server without the Elastic IP has no public address, and must reach AWS all
the same; and the vote of a witness must not depend on a NAT.`;

function vpcAndSubnets(layout: Layout, publicSubnets: readonly Subnet[], isPublic: boolean): Section["entries"] {
  const entries: Section["entries"] = {
    Vpc: {
      Type: "AWS::EC2::VPC",
      Properties: {
        CidrBlock: layout.block,
        EnableDnsSupport: true,
        EnableDnsHostnames: true,
        Tags: tags(layout, "vpc"),
      },
    },
  };
  for (const subnet of [...layout.serverSubnets, ...isPublic ? [] : publicSubnets]) {
    entries[subnet.id] = {
      Type: "AWS::EC2::Subnet",
      Properties: {
        VpcId: ref("Vpc"),
        CidrBlock: subnet.block,
        AvailabilityZone: subnet.zone !== undefined
          ? ref(`Zone${layout.zones.indexOf(subnet.zone) + 1}`)
          : { "Fn::Select": [subnet.number, { "Fn::GetAZs": "" }] },
        // NAT instances need a public address of their own; servers get none but the Elastic IP.
        ...(subnet.id.startsWith("Public") ? { MapPublicIpOnLaunch: true } : {}),
        Tags: tags(layout, subnet.id),
      },
    };
  }
  return entries;
}

function gateway(layout: Layout): Section["entries"] {
  return {
    InternetGateway: { Type: "AWS::EC2::InternetGateway", Properties: { Tags: tags(layout, "igw") } },
    InternetGatewayAttachment: {
      Type: "AWS::EC2::VPCGatewayAttachment",
      Properties: { VpcId: ref("Vpc"), InternetGatewayId: ref("InternetGateway") },
    },
  };
}

/** Forwards and masks what comes from the VPC; the packages come with the distribution. */
const NAT_SCRIPT = `#!/bin/sh
set -e
echo 'net.ipv4.ip_forward = 1' >/etc/sysctl.d/90-nat.conf
sysctl -p /etc/sysctl.d/90-nat.conf
dnf install -y iptables-services
systemctl enable --now iptables
iptables -F FORWARD
iptables -t nat -A POSTROUTING -s BLOCK -j MASQUERADE
service iptables save
`;

function natInstances(layout: Layout): Section["entries"] {
  return Object.fromEntries(layout.nats.map(({ id, ip, subnet }) => [id, {
    Type: "AWS::EC2::Instance",
    DependsOn: ["InternetGatewayAttachment"],
    Properties: {
      ImageId: ref("ImageId"),
      InstanceType: ref("NatInstanceType"),
      SubnetId: ref(subnet.id),
      PrivateIpAddress: ip,
      SecurityGroupIds: [attribute("NatSecurityGroup", "GroupId")],
      SourceDestCheck: false,
      UserData: { "Fn::Base64": NAT_SCRIPT.replace("BLOCK", layout.block) },
      Tags: tags(layout, id),
    },
  }]));
}

function natGateways(layout: Layout): Section["entries"] {
  const entries: Section["entries"] = {};
  for (const { id, number } of layout.gatewaySubnets) {
    entries[`NatAddress${number + 1}`] = {
      Type: "AWS::EC2::EIP",
      DependsOn: ["InternetGatewayAttachment"],
      Properties: { Domain: "vpc", Tags: tags(layout, `nat${number + 1}`) },
    };
    entries[`NatGateway${number + 1}`] = {
      Type: "AWS::EC2::NatGateway",
      Properties: {
        SubnetId: ref(id),
        AllocationId: attribute(`NatAddress${number + 1}`, "AllocationId"),
        Tags: tags(layout, `nat${number + 1}`),
      },
    };
  }
  return entries;
}

function routeTables(layout: Layout, publicSubnets: readonly Subnet[], isPublic: boolean): Section["entries"] {
  const entries: Section["entries"] = { PublicRoutes: table(layout, "public") };
  entries.PublicDefaultRoute = {
    Type: "AWS::EC2::Route",
    DependsOn: ["InternetGatewayAttachment"],
    Properties: {
      RouteTableId: ref("PublicRoutes"),
      DestinationCidrBlock: ANYWHERE,
      GatewayId: ref("InternetGateway"),
    },
  };
  for (const { id } of publicSubnets) entries[`${id}Routes`] = association(id, "PublicRoutes");
  Object.assign(entries, rows(layout, "PublicRoutes"));
  if (isPublic) return entries;
  for (const { id, number } of layout.serverSubnets) {
    const name = privateRoutes(number);
    // With fewer NATs than subnets the last ones share.
    const nat = layout.nats.length > 0 ? layout.nats[Math.min(number, layout.nats.length - 1)]!.id : undefined;
    entries[name] = table(layout, `private${number + 1}`);
    entries[`${name}Default`] = {
      Type: "AWS::EC2::Route",
      Properties: {
        RouteTableId: ref(name),
        DestinationCidrBlock: ANYWHERE,
        ...(nat === undefined ? { NatGatewayId: ref(`NatGateway${number + 1}`) } : { InstanceId: ref(nat) }),
      },
    };
    entries[`${id}Routes`] = association(id, name);
    Object.assign(entries, rows(layout, name));
  }
  return entries;
}

function table(layout: Layout, name: string): Value {
  return { Type: "AWS::EC2::RouteTable", Properties: { VpcId: ref("Vpc"), Tags: tags(layout, name) } };
}

function association(subnet: string, routes: string): Value {
  return {
    Type: "AWS::EC2::SubnetRouteTableAssociation",
    Properties: { SubnetId: ref(subnet), RouteTableId: ref(routes) },
  };
}

/** The rows of the virtual addresses in one table. */
function rows({ vips, servers }: Layout, routes: string): Section["entries"] {
  return Object.fromEntries(vips.map((ip, at) => [`${routes}Vip${at + 1}`, {
    Type: "AWS::EC2::Route",
    Properties: {
      RouteTableId: ref(routes),
      DestinationCidrBlock: `${ip}/32`,
      NetworkInterfaceId: ref(`${servers[0]!.id}Interface`),
    },
  }]));
}

function endpoints(layout: Layout, isPublic: boolean): Section["entries"] {
  const tables = ["PublicRoutes", ...(isPublic ? [] : layout.serverSubnets.map(({ number }) => privateRoutes(number)))];
  const stores = layout.gatewayEndpoints.map((service) => gatewayEndpoint(service, ref("Vpc"), tables.map(ref)));
  return Object.assign({}, ...(isPublic ? [ec2Endpoint(layout)] : []), ...stores);
}

function ec2Endpoint(layout: Layout): Section["entries"] {
  return {
    Ec2Endpoint: {
      Type: "AWS::EC2::VPCEndpoint",
      Properties: {
        VpcId: ref("Vpc"),
        VpcEndpointType: "Interface",
        ServiceName: sub("com.amazonaws.${AWS::Region}.ec2"),
        PrivateDnsEnabled: true,
        SubnetIds: layout.serverSubnets.map(({ id }) => ref(id)),
        SecurityGroupIds: [attribute("EndpointSecurityGroup", "GroupId")],
      },
    },
  };
}

function privateRoutes(number: number): string {
  return `PrivateRoutes${number + 1}`;
}
