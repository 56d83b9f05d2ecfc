/**
 * What is read and seldom changes: VPCs, interfaces, zones, and how a list is cut into pages.
 *
 * @module
 */
import * as aws from "@aws-sdk/client-ec2";
import type { Conversation } from "./conversation.ts";
import { type Network, ZONES } from "./network.ts";

export async function networkCases(talk: Conversation, net: Network): Promise<void> {
  await vpcs(talk, net);
  await interfaces(talk, net);
  await sourceDestCheck(talk, net);
  await zones(talk);
}

async function vpcs(talk: Conversation, net: Network): Promise<void> {
  const ask = (input: aws.DescribeVpcsCommandInput) => talk.client.send(new aws.DescribeVpcsCommand(input));
  const seeBlocks = ({ Vpcs }: aws.DescribeVpcsCommandOutput) =>
    Vpcs?.map((one) => [
      one.VpcId,
      one.State,
      one.CidrBlock,
      one.CidrBlockAssociationSet?.map((part) => [part.CidrBlock, part.CidrBlockState?.State]),
      one.Ipv6CidrBlockAssociationSet ?? [],
    ]);
  const one = [["<vpc>", "available", "10.50.0.0/16", [["10.50.0.0/16", "associated"]], []]];
  await talk.ask("a VPC by id", ask({ VpcIds: [net.vpc] }), seeBlocks, one);
  await talk.ask("a VPC by filter", ask({ Filters: [{ Name: "vpc-id", Values: [net.vpc] }] }), seeBlocks, one);
  await talk.ask(
    "no VPC by filter",
    ask({ Filters: [{ Name: "vpc-id", Values: ["vpc-0bad0bad0bad0bad1"] }] }),
    seeBlocks,
    [],
  );
  await talk.ask(
    "a VPC that does not exist",
    ask({ VpcIds: ["vpc-0bad0bad0bad0bad1"] }),
    seeBlocks,
    "InvalidVpcID.NotFound 400 notFound",
  );
  await talk.ask(
    "a filter that there is not",
    ask({ Filters: [{ Name: "no-such-filter", Values: ["x"] }] }),
    seeBlocks,
    "InvalidParameterValue 400 invalid",
    { name: "filter-unknown", moto: "Error 500 server" },
  );
  await talk.ask(
    "a dry run that is allowed",
    ask({ VpcIds: [net.vpc], DryRun: true }),
    seeBlocks,
    "DryRunOperation 412 refused",
  );

  await talk.call("Ec2.vpcCidrs", (ec2, options) => ec2.vpcCidrs(net.vpc, options), ["10.50.0.0/16"]);
  await talk.call(
    "Ec2.vpcCidrs of a VPC that does not exist",
    (ec2, options) => ec2.vpcCidrs("vpc-0bad0bad0bad0bad1", options),
    "Fault 5 certain: The vpc ID 'vpc-0bad0bad0bad0bad1' does not exist (DescribeVpcs of vpc-0bad0bad0bad0bad1: InvalidVpcID.NotFound)",
    {
      name: "vpc-sentence",
      moto:
        "Fault 5 certain: VpcID {'vpc-0bad0bad0bad0bad1'} does not exist (DescribeVpcs of vpc-0bad0bad0bad0bad1: InvalidVpcID.NotFound)",
    },
  );
}

async function interfaces(talk: Conversation, net: Network): Promise<void> {
  const ask = (input: aws.DescribeNetworkInterfacesCommandInput) =>
    talk.client.send(new aws.DescribeNetworkInterfacesCommand(input));
  const [first, second] = net.servers;
  const seeAll = ({ NetworkInterfaces }: aws.DescribeNetworkInterfacesCommandOutput) =>
    NetworkInterfaces?.map((one) => ({
      id: one.NetworkInterfaceId,
      vpc: one.VpcId,
      subnet: one.SubnetId,
      zone: one.AvailabilityZone,
      ip: one.PrivateIpAddress,
      macIsThere: /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(one.MacAddress ?? ""),
      check: one.SourceDestCheck,
      status: one.Status,
      attached: [one.Attachment?.InstanceId, one.Attachment?.DeviceIndex, one.Attachment?.Status],
    }));
  const seeIds = ({ NetworkInterfaces }: aws.DescribeNetworkInterfacesCommandOutput) =>
    talk.sorted(NetworkInterfaces?.map((one) => one.NetworkInterfaceId));
  await talk.ask("an interface by id", ask({ NetworkInterfaceIds: [first.eni] }), seeAll, [{
    id: "<eni1>",
    vpc: "<vpc>",
    subnet: "<subnet1>",
    zone: ZONES[0],
    ip: "10.50.1.10",
    macIsThere: true,
    check: false,
    status: "in-use",
    attached: ["<instance1>", 0, "attached"],
  }]);
  for (const [name, value] of [["subnet-id", second.subnet], ["attachment.instance-id", second.instance]] as const) {
    const filter = { Filters: [{ Name: name, Values: [value] }] };
    await talk.ask(`an interface by the filter ${name}`, ask(filter), seeIds, ["<eni2>"]);
  }
  await talk.ask("interfaces of a VPC", ask({ Filters: [{ Name: "vpc-id", Values: [net.vpc] }] }), seeIds, [
    "<eni1>",
    "<eni2>",
  ]);
  await talk.ask(
    "an interface that does not exist",
    ask({ NetworkInterfaceIds: ["eni-0bad0bad0bad0bad1"] }),
    seeIds,
    "InvalidNetworkInterfaceID.NotFound 400 notFound",
  );
  await talk.call("Ec2.networkInterface", (ec2, options) => ec2.networkInterface(first.eni, options), {
    id: "<eni1>",
    vpcId: "<vpc>",
    subnetId: "<subnet1>",
    availabilityZone: ZONES[0],
    mac: first.mac,
    privateIp: "10.50.1.10",
    privateIps: ["10.50.1.10"],
    ipv6Addresses: [],
    sourceDestCheck: false,
    instanceId: "<instance1>",
  });
  await talk.call(
    "Ec2.networkInterface of an interface that does not exist",
    (ec2, options) => ec2.networkInterface("eni-0bad0bad0bad0bad1", options),
    "Fault 5 certain: The networkInterface ID 'eni-0bad0bad0bad0bad1' does not exist " +
      "(DescribeNetworkInterfaces of eni-0bad0bad0bad0bad1: InvalidNetworkInterfaceID.NotFound)",
  );
}

async function sourceDestCheck(talk: Conversation, net: Network): Promise<void> {
  const [, second] = net.servers;
  const set = (input: Partial<aws.ModifyNetworkInterfaceAttributeCommandInput>) =>
    talk.client.send(new aws.ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: second.eni, ...input }));
  const done = () => "done";
  const isOn = async (expected: boolean) =>
    await talk.call(
      `the source/destination check is ${expected ? "on" : "off"}`,
      async (ec2, options) => (await ec2.networkInterface(second.eni, options)).sourceDestCheck,
      expected,
    );
  await talk.ask("the check on", set({ SourceDestCheck: { Value: true } }), done, "done");
  await isOn(true);
  await talk.ask("the check off", set({ SourceDestCheck: { Value: false } }), done, "done");
  await isOn(false);
  await talk.ask(
    "the check of an interface that does not exist",
    set({ NetworkInterfaceId: "eni-0bad0bad0bad0bad1", SourceDestCheck: { Value: false } }),
    done,
    "InvalidNetworkInterfaceID.NotFound 400 notFound",
  );
  await talk.ask(
    "the check as a dry run",
    set({ SourceDestCheck: { Value: false }, DryRun: true }),
    done,
    "DryRunOperation 412 refused",
  );
}

async function zones(talk: Conversation): Promise<void> {
  const ask = (input: aws.DescribeAvailabilityZonesCommandInput) =>
    talk.client.send(new aws.DescribeAvailabilityZonesCommand(input));
  const see = ({ AvailabilityZones }: aws.DescribeAvailabilityZonesCommandOutput) =>
    AvailabilityZones?.map((one) => [one.ZoneName, one.State, one.RegionName, one.Messages?.length ?? 0]);
  const first = [[ZONES[0], "available", "ap-northeast-1", 0]];
  await talk.ask("a zone by name", ask({ ZoneNames: [ZONES[0]] }), see, first);
  await talk.ask("a zone by filter", ask({ Filters: [{ Name: "zone-name", Values: [ZONES[0]] }] }), see, first);
  await talk.ask(
    "available zones",
    ask({ Filters: [{ Name: "state", Values: ["available"] }] }),
    ({ AvailabilityZones }) => ZONES.every((zone) => AvailabilityZones?.some(({ ZoneName }) => ZoneName === zone)),
    true,
  );
  await talk.ask(
    "a zone as a dry run",
    ask({ ZoneNames: [ZONES[0]], DryRun: true }),
    see,
    "DryRunOperation 412 refused",
  );
  await talk.ask(
    "a zone that does not exist",
    ask({ ZoneNames: ["ap-northeast-1x"] }),
    see,
    "InvalidParameterValue 400 notFound",
    { name: "zone-unknown", moto: [] },
  );
  await talk.call("Ec2.availabilityZone", (ec2, options) => ec2.availabilityZone(ZONES[1], options), {
    name: ZONES[1],
    state: "available",
    messages: [],
  });
  await talk.call(
    "Ec2.availabilityZone of a zone that does not exist",
    (ec2, options) => ec2.availabilityZone("ap-northeast-1x", options),
    "Fault 5 certain: Invalid availability zone: [ap-northeast-1x] " +
      "(DescribeAvailabilityZones of ap-northeast-1x: InvalidParameterValue)",
    {
      name: "zone-unknown",
      moto: "Fault 5 certain: The availability zone 'ap-northeast-1x' does not exist " +
        "(DescribeAvailabilityZones answered without it)",
    },
  );
}
