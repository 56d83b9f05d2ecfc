/**
 * Security groups with the rules that the servers need, and no others.
 *
 * @module
 */
import type { Layout } from "./layout.ts";
import { attribute, ref, tags } from "./network.ts";
import type { Section, Value } from "./yaml.ts";

const ANYWHERE = "0.0.0.0/0";

/** The security groups. `ours`: NATs and endpoints are made here, and get their own. */
export function securityGroups(layout: Layout, ours: boolean): Section {
  const vpc = ours ? ref("Vpc") : ref("VpcId");
  const entries: Section["entries"] = {
    ServerSecurityGroup: {
      Type: "AWS::EC2::SecurityGroup",
      Properties: {
        GroupDescription: `Servers of the cluster ${layout.cluster}`,
        VpcId: vpc,
        SecurityGroupIngress: [{
          Description: "clients to the service",
          IpProtocol: "tcp",
          FromPort: ref("ServicePort"),
          ToPort: ref("ServicePort"),
          CidrIp: ref("ClientBlock"),
        }],
        SecurityGroupEgress: [
          tcp(443, "to the endpoints of AWS"),
          ...layout.askedPorts.map((port) => tcp(port, "to what quorum and monitors ask")),
          ...(layout.nats.length > 0 || !ours ? [ping(layout, "to the NATs that are pinged")] : []),
        ],
        Tags: tags(layout, "servers"),
      },
    },
  };
  for (const port of layout.interconnectPorts) {
    const rule = {
      GroupId: attribute("ServerSecurityGroup", "GroupId"),
      IpProtocol: "udp",
      FromPort: port,
      ToPort: port,
    };
    entries[`InterconnectIn${port}`] = {
      Type: "AWS::EC2::SecurityGroupIngress",
      Properties: {
        Description: "interconnect from the other servers",
        ...rule,
        SourceSecurityGroupId: attribute("ServerSecurityGroup", "GroupId"),
      },
    };
    entries[`InterconnectOut${port}`] = {
      Type: "AWS::EC2::SecurityGroupEgress",
      Properties: {
        Description: "interconnect to the other servers",
        ...rule,
        DestinationSecurityGroupId: attribute("ServerSecurityGroup", "GroupId"),
      },
    };
  }
  if (ours && layout.nats.length > 0) entries.NatSecurityGroup = natGroup(layout);
  if (ours && layout.allocations.length > 0) {
    entries.EndpointSecurityGroup = {
      Type: "AWS::EC2::SecurityGroup",
      Properties: {
        GroupDescription: `Endpoints for the servers of the cluster ${layout.cluster}`,
        VpcId: vpc,
        SecurityGroupIngress: [{
          Description: "servers",
          ...from(443),
          SourceSecurityGroupId: attribute("ServerSecurityGroup", "GroupId"),
        }],
        Tags: tags(layout, "endpoints"),
      },
    };
  }
  return { comment: "Security groups: the interconnect between the servers, the service, the way to AWS", entries };
}

/** Passes on what the servers send, and answers their pings. */
function natGroup(layout: Layout): Value {
  const ports = [443, ...layout.askedPorts];
  const servers = { SourceSecurityGroupId: attribute("ServerSecurityGroup", "GroupId") };
  return {
    Type: "AWS::EC2::SecurityGroup",
    Properties: {
      GroupDescription: `NAT instances of the cluster ${layout.cluster}`,
      VpcId: ref("Vpc"),
      SecurityGroupIngress: [
        ...ports.map((port) => ({ Description: "servers, to be passed on", ...from(port), ...servers })),
        { Description: "pings of the servers", IpProtocol: "icmp", FromPort: 8, ToPort: -1, ...servers },
      ],
      SecurityGroupEgress: [...new Set([80, ...ports])].map((port) =>
        tcp(port, port === 80 ? "packages" : "what the servers send")
      ),
      Tags: tags(layout, "nats"),
    },
  };
}

function tcp(port: number, description: string): Value {
  return { Description: description, ...from(port), CidrIp: ANYWHERE };
}

function ping({ block }: Layout, description: string): Value {
  return { Description: description, IpProtocol: "icmp", FromPort: 8, ToPort: -1, CidrIp: block };
}

function from(port: number): { IpProtocol: string; FromPort: number; ToPort: number } {
  return { IpProtocol: "tcp", FromPort: port, ToPort: port };
}
