/**
 * Private addresses that move from interface to interface, and the source/destination check, as plugins do it.
 *
 * @module
 */
import * as aws from "@aws-sdk/client-ec2";
import type { Conversation } from "./conversation.ts";
import type { BuiltServer, Network } from "./network.ts";

const IP = "10.50.1.50";
const done = () => "done";

export async function privateAddressCases(talk: Conversation, net: Network): Promise<void> {
  const [first] = net.servers;
  const beside = await neighbour(talk, first);
  await assigning(talk, first.eni, beside);
  await refusing(talk, net, beside);
  await ours(talk, net, beside);
  await standing(talk, net);
}

/** The interface of an instance that is launched beside the first server. */
async function neighbour(talk: Conversation, first: BuiltServer): Promise<string> {
  const { Instances } = await talk.need(
    "RunInstances",
    talk.client.send(
      new aws.RunInstancesCommand({
        ImageId: "ami-12345678",
        InstanceType: "t3.small",
        MinCount: 1,
        MaxCount: 1,
        SubnetId: first.subnet,
        PrivateIpAddress: "10.50.1.11",
      }),
    ),
  );
  const Filters = [{ Name: "attachment.instance-id", Values: [Instances![0]!.InstanceId!] }];
  const { NetworkInterfaces } = await talk.need(
    "DescribeNetworkInterfaces",
    talk.client.send(new aws.DescribeNetworkInterfacesCommand({ Filters })),
  );
  return talk.name(NetworkInterfaces?.[0]?.NetworkInterfaceId, "eni3");
}

function assign(talk: Conversation, NetworkInterfaceId: string, ip: string, AllowReassignment?: boolean) {
  const input = { NetworkInterfaceId, PrivateIpAddresses: [ip] };
  return talk.client.send(
    new aws.AssignPrivateIpAddressesCommand(AllowReassignment ? { ...input, AllowReassignment } : input),
  );
}

function unassign(talk: Conversation, NetworkInterfaceId: string, ip: string) {
  return talk.client.send(new aws.UnassignPrivateIpAddressesCommand({ NetworkInterfaceId, PrivateIpAddresses: [ip] }));
}

async function has(talk: Conversation, title: string, eni: string, expected: string[], moto?: string[]): Promise<void> {
  await talk.ask(
    title,
    talk.client.send(new aws.DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [eni] })),
    ({ NetworkInterfaces }) => NetworkInterfaces?.[0]?.PrivateIpAddresses?.map((one) => one.PrivateIpAddress),
    expected,
    moto && { name: "reassignment-ignored", moto },
  );
}

async function assigning(talk: Conversation, eni: string, beside: string): Promise<void> {
  await talk.ask(
    "AssignPrivateIpAddresses",
    assign(talk, eni, IP),
    ({ NetworkInterfaceId, AssignedPrivateIpAddresses }) => [
      NetworkInterfaceId,
      AssignedPrivateIpAddresses?.map((one) => one.PrivateIpAddress),
    ],
    ["<eni1>", [IP]],
    { name: "assigned-all", moto: ["<eni1>", ["10.50.1.10", IP]] },
  );
  await has(talk, "the first interface has it", eni, ["10.50.1.10", IP]);
  await talk.ask(
    "AssignPrivateIpAddresses of an address of another interface, which may not be taken",
    assign(talk, beside, IP),
    done,
    "InvalidIPAddress.InUse 400 taken",
    { name: "private-ip-in-use", moto: "done" },
  );
  await talk.ask("AssignPrivateIpAddresses that takes it", assign(talk, beside, IP, true), done, "done");
  await has(talk, "the other interface has it", beside, ["10.50.1.11", IP]);
  await has(talk, "the first has it no more", eni, ["10.50.1.10"], ["10.50.1.10", IP]);
  await talk.ask(
    "UnassignPrivateIpAddresses from the first, where it is no more",
    unassign(talk, eni, IP),
    done,
    "InvalidParameterValue 400 invalid",
    { name: "unassign-absent", moto: "done" },
  );
  await has(talk, "that took nothing from the other", beside, ["10.50.1.11", IP]);
  await talk.ask("UnassignPrivateIpAddresses", unassign(talk, beside, IP), done, "done");
  await has(talk, "nobody has it", beside, ["10.50.1.11"]);
}

async function refusing(talk: Conversation, net: Network, beside: string): Promise<void> {
  await talk.ask(
    "AssignPrivateIpAddresses of an address of another subnet",
    assign(talk, beside, "10.50.2.50", true),
    done,
    "InvalidParameterValue 400 invalid",
    { name: "private-ip-outside", moto: "done" },
  );
  if (talk.endpoint === "moto") await unassign(talk, beside, "10.50.2.50");
  else await unassign(talk, beside, "10.50.2.50").catch(() => {});
  await talk.ask(
    "AssignPrivateIpAddresses to an interface that does not exist",
    assign(talk, "eni-0bad0bad0bad0bad1", IP),
    done,
    "InvalidNetworkInterfaceID.NotFound 400 notFound",
  );
  const six = { NetworkInterfaceId: net.servers[0].eni, Ipv6Addresses: ["fd00:50::50"] };
  await talk.ask(
    "AssignIpv6Addresses where the subnet has no IPv6 block",
    talk.client.send(new aws.AssignIpv6AddressesCommand(six)),
    done,
    "InvalidParameterValue 400 invalid",
    { name: "six-outside", moto: "done" },
  );
  await talk.ask(
    "UnassignIpv6Addresses",
    talk.client.send(new aws.UnassignIpv6AddressesCommand(six)),
    ({ UnassignedIpv6Addresses }) => UnassignedIpv6Addresses,
    "InvalidParameterValue 400 invalid",
    { name: "six-outside", moto: ["fd00:50::50"] },
  );
}

/** The same as plugins do it. */
async function ours(talk: Conversation, net: Network, beside: string): Promise<void> {
  const vpcId = net.vpc;
  for (const [name, eniId] of [["eni3", beside], ["eni3", beside]] as const) {
    await talk.call(
      `Ec2.assignAddress to ${name}`,
      (ec2, options) => ec2.assignAddress({ eniId, vpcId, ip: IP }, options),
      undefined,
    );
    await talk.call(
      `Ec2.networkInterface of ${name}`,
      async (ec2, options) => (await ec2.networkInterface(eniId, options)).privateIps,
      ["10.50.1.11", IP],
    );
  }
  for (const time of ["once", "twice"]) {
    await talk.call(
      `Ec2.unassignAddress ${time}`,
      (ec2, options) => ec2.unassignAddress({ eniId: beside, vpcId, ip: IP }, options),
      undefined,
    );
  }
  await talk.call(
    "Ec2.subnetCidrs",
    (ec2, options) => ec2.subnetCidrs(net.servers[0].subnet, options),
    ["10.50.1.0/24"],
  );
  for (const on of [true, false]) {
    await talk.call(`Ec2.setSourceDestCheck ${on}`, async (ec2, options) => {
      await ec2.setSourceDestCheck(net.servers[0].eni, on, options);
      return (await ec2.networkInterface(net.servers[0].eni, options)).sourceDestCheck;
    }, on);
  }
  await talk.call(
    "Ec2.routeTables by ids, one of which does not exist",
    async (ec2, options) => {
      const tableIds = [net.tables[0], "rtb-0bad0bad0bad0bad1"];
      return (await ec2.routeTables({ vpcId, tableIds }, options)).map(({ id }) => id);
    },
    ["<table1>"],
  );
}

/** An Elastic IP that stands for the second address of an interface. */
async function standing(talk: Conversation, net: Network): Promise<void> {
  const { eni } = net.servers[0];
  await talk.call(
    "Ec2.associateAddress with the second address of an interface",
    async (ec2, options) => {
      await ec2.assignAddress({ eniId: eni, vpcId: net.vpc, ip: IP }, options);
      const target = { allocationId: net.allocation, eniId: eni, privateIp: IP };
      const association = await ec2.associateAddress(target, options);
      const { privateIp } = await ec2.elasticIp(net.allocation, options);
      await ec2.disassociateAddress(association, options);
      await ec2.unassignAddress({ eniId: eni, vpcId: net.vpc, ip: IP }, options);
      return privateIp;
    },
    IP,
    { name: "second-address", moto: "10.50.1.10" },
  );
}
