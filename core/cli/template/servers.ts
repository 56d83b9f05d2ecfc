/**
 * The servers: their network interfaces, the role that they need, the Elastic IPs, and on request the instances.
 *
 * @module
 */
import type { PolicyStatement } from "../../preflight/iam_policy.ts";
import type { Layout } from "./layout.ts";
import { attribute, ref, sub, tags } from "./network.ts";
import type { Section, Value } from "./yaml.ts";

/** The network interfaces; a virtual address needs them to take what is not addressed to them. */
export function interfaces(layout: Layout, ours: boolean): Section {
  const entries: Section["entries"] = {};
  for (const [at, server] of layout.servers.entries()) {
    entries[`${server.id}Interface`] = {
      Type: "AWS::EC2::NetworkInterface",
      Properties: {
        Description: `${server.name} of ${layout.cluster}`,
        SubnetId: ref(ours ? server.subnet.id : `Subnet${at + 1}`),
        PrivateIpAddress: server.ip,
        GroupSet: [attribute("ServerSecurityGroup", "GroupId")],
        ...(layout.vips.length > 0 ? { SourceDestCheck: false } : {}),
        Tags: tags(layout, server.name),
      },
    };
  }
  const off = layout.vips.length > 0 ? "; the source/destination check is off, for the virtual address" : "";
  return { comment: `The servers' network interfaces${off}`, entries };
}

/** The Elastic IPs. Associated with nothing: Baton does that. */
export function elasticIps(layout: Layout, ours: boolean): Section {
  const entries = Object.fromEntries(layout.allocations.map((_, at) => [`ElasticIp${at + 1}`, {
    Type: "AWS::EC2::EIP",
    ...(ours ? { DependsOn: ["InternetGatewayAttachment"] } : {}),
    Properties: { Domain: "vpc", Tags: tags(layout, `eip${at + 1}`) },
  }]));
  return { comment: "Elastic IPs; Baton associates them, so nothing here does", entries };
}

/** The role with the least policy, and the instance profile around it. */
export function role(layout: Layout, statements: readonly PolicyStatement[], ours: boolean): Section {
  const known = idsOf(layout, ours);
  const filled = (value: unknown): Value => {
    if (typeof value === "string") return sub(known.reduce((text, [id, now]) => text.replaceAll(id, now), value));
    if (Array.isArray(value)) return value.map(filled);
    if (typeof value === "object" && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, filled(inner)]));
    }
    return value as Value;
  };
  const entries: Section["entries"] = {
    ServerRole: {
      Type: "AWS::IAM::Role",
      Properties: {
        AssumeRolePolicyDocument: {
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Principal: { Service: ["ec2.amazonaws.com"] }, Action: ["sts:AssumeRole"] }],
        },
        ...(statements.length === 0 ? {} : {
          Policies: [{
            PolicyName: "baton",
            PolicyDocument: { Version: "2012-10-17", Statement: statements.map((one) => filled(one)) },
          }],
        }),
        Tags: tags(layout, "role"),
      },
    },
    ServerProfile: { Type: "AWS::IAM::InstanceProfile", Properties: { Roles: [ref("ServerRole")] } },
  };
  return { comment: "The role of the servers: the policy of baton iam-policy, and nothing else", entries };
}

/** What stands for the ids of the file: those of what this template makes, or takes as parameters. */
function idsOf(layout: Layout, ours: boolean): [id: string, now: string][] {
  return [
    ["arn:aws:", "arn:${AWS::Partition}:"],
    ...(layout.vpcId === undefined ? [] : [[layout.vpcId, ours ? "${Vpc}" : "${VpcId}"] as [string, string]]),
    ...layout.servers.flatMap(({ eni, id }): [string, string][] =>
      eni === undefined ? [] : [[eni, `\${${id}Interface}`]]
    ),
    ...layout.allocations.map((id, at): [string, string] => [id, `\${ElasticIp${at + 1}.AllocationId}`]),
  ];
}

/** The instances, for who wants them made here too. */
export function instances(layout: Layout): Section {
  const entries = Object.fromEntries(layout.servers.map(({ name, id }) => [id, {
    Type: "AWS::EC2::Instance",
    Properties: {
      ImageId: ref("ImageId"),
      InstanceType: ref("InstanceType"),
      IamInstanceProfile: ref("ServerProfile"),
      NetworkInterfaces: [{ DeviceIndex: "0", NetworkInterfaceId: ref(`${id}Interface`) }],
      Tags: [{ Key: "Name", Value: name }],
    },
  }]));
  return { comment: "The servers", entries };
}
