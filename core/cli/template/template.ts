/**
 * A `cluster.yaml` as a CloudFormation template.
 *
 * @module
 */
import type { ClusterConfig } from "../../config/config.ts";
import { iamPolicy } from "../../preflight/iam_policy.ts";
import { type Layout, layoutOf } from "./layout.ts";
import { attribute, newNetwork, ref, rowsInParameters } from "./network.ts";
import { securityGroups } from "./security.ts";
import { elasticIps, instances, interfaces, role } from "./servers.ts";
import {
  BUCKET_CONDITION,
  bucketSection,
  ENDPOINT_CONDITION,
  ENDPOINT_TABLES,
  MAKE_BUCKET,
  optionalEndpoint,
} from "./witness.ts";
import { type Section, sectionsText, type Value } from "./yaml.ts";

/** What is wanted of a template. */
export interface TemplateOptions {
  /** The VPC, its subnets and gateways are made; else they are parameters. */
  newNetwork: boolean;
  /** The servers' instances are made too. */
  instances: boolean;
  /** Route tables that are there already and get rows; without a new network. */
  tables: number;
}

/** The template as text. Throws a `WorkError` for a file that can't be one. */
export function templateText(config: ClusterConfig, options: TemplateOptions): string {
  const layout = layoutOf(config);
  const ours = options.newNetwork;
  const { document } = iamPolicy(config, { region: "${AWS::Region}", account: "${AWS::AccountId}" });
  const resources: Section[] = [
    ...(ours ? newNetwork(layout) : []),
    securityGroups(layout, ours),
    interfaces(layout, ours),
    ...(ours ? [] : [rowsInParameters(layout, layout.vips.length > 0 ? options.tables : 0)]),
    elasticIps(layout, ours),
    ...witness(layout, ours),
    role(layout, document.Statement, ours),
    ...(options.instances ? [instances(layout)] : []),
  ];
  return [
    `AWSTemplateFormatVersion: "2010-09-09"\nDescription: ${JSON.stringify(description(layout))}\n`,
    sectionsText("Parameters", parameters(layout, options)),
    sectionsText("Conditions", conditions(layout, ours)),
    sectionsText("Resources", resources),
    sectionsText("Outputs", [{ comment: "What belongs into cluster.yaml", entries: outputs(layout, ours) }]),
  ].join("\n");
}

/** What the vote needs; a new network has its endpoint already. */
function witness({ bucket, gatewayEndpoints }: Layout, ours: boolean): Section[] {
  return [
    ...(bucket === undefined ? [] : [bucketSection(bucket)]),
    ...(ours ? [] : [{
      comment: "The way to the witness that needs no NAT",
      entries: Object.assign({}, ...gatewayEndpoints.map(optionalEndpoint)),
    }]),
  ];
}

function conditions({ bucket, gatewayEndpoints }: Layout, ours: boolean): Section[] {
  return [{
    comment: "What is made",
    entries: {
      ...(bucket === undefined ? {} : BUCKET_CONDITION),
      ...(ours || gatewayEndpoints.length === 0 ? {} : ENDPOINT_CONDITION),
    },
  }];
}

function description({ cluster, vips, servers }: Layout): string {
  const kind = vips.length > 0 ? "a virtual address" : "an Elastic IP";
  return `Network and role of the cluster ${cluster}: ${servers.length} servers behind ${kind}`;
}

function parameters(layout: Layout, options: TemplateOptions): Section[] {
  const image = options.instances || (options.newNetwork && layout.nats.length > 0);
  const service: Section["entries"] = {
    ServicePort: {
      Type: "Number",
      Default: 443,
      MinValue: 1,
      MaxValue: 65_535,
      Description: "TCP port of the service",
    },
    ClientBlock: {
      Type: "String",
      Default: layout.allocations.length > 0 ? "0.0.0.0/0" : layout.block,
      Description: "Where clients of the service are",
    },
    ...(image
      ? {
        ImageId: {
          Type: "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>",
          Default: "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
          Description: "Image of the instances",
        },
      }
      : {}),
    ...(options.instances
      ? { InstanceType: { Type: "String", Default: "t3.small", Description: "Type of the servers" } }
      : {}),
    ...(options.newNetwork && layout.nats.length > 0
      ? { NatInstanceType: { Type: "String", Default: "t3.micro", Description: "Type of the NAT instances" } }
      : {}),
  };
  const sections: Section[] = [
    { comment: "The service", entries: service },
    { comment: "The witness", entries: layout.bucket === undefined ? {} : MAKE_BUCKET },
  ];
  if (options.newNetwork) {
    const zones = layout.zones.map((zone, at) => [`Zone${at + 1}`, {
      Type: "AWS::EC2::AvailabilityZone::Name",
      Default: zone,
      Description: `Zone that cluster.yaml calls ${zone}`,
    }]);
    return [...sections, { comment: "The zones", entries: Object.fromEntries(zones) }];
  }
  const network: Section["entries"] = {
    VpcId: { Type: "AWS::EC2::VPC::Id", Description: "VPC of the servers" },
  };
  for (const [at, { name, ip }] of layout.servers.entries()) {
    network[`Subnet${at + 1}`] = {
      Type: "AWS::EC2::Subnet::Id",
      Description: `Subnet of ${name}, which must hold ${ip}`,
    };
  }
  for (let at = 1; layout.vips.length > 0 && at <= options.tables; at++) {
    network[`RouteTable${at}`] = {
      Type: "String",
      AllowedPattern: "^rtb-[0-9a-f]+$",
      Description: "A route table of clients or servers, which gets the row of the virtual address",
    };
  }
  if (layout.gatewayEndpoints.length > 0) Object.assign(network, ENDPOINT_TABLES);
  return [{ comment: "The network that is there", entries: network }, ...sections];
}

function outputs(layout: Layout, ours: boolean): Section["entries"] {
  const entries: Section["entries"] = {};
  const put = (name: string, what: string, value: Value) => entries[name] = { Description: what, Value: value };
  put("Vpc", "vpc of aws-vip", ref(ours ? "Vpc" : "VpcId"));
  for (const { name, id } of layout.servers) {
    put(`${id}Interface`, `eni of ${name}`, ref(`${id}Interface`));
  }
  for (const at of layout.allocations.keys()) {
    put(`Allocation${at + 1}`, "allocation of aws-eip", attribute(`ElasticIp${at + 1}`, "AllocationId"));
    put(`Address${at + 1}`, "The Elastic IP", ref(`ElasticIp${at + 1}`));
  }
  put("Profile", "Instance profile of the servers", ref("ServerProfile"));
  return entries;
}
