/**
 * Elastic IPs: associated, taken over, released.
 *
 * @module
 */
import * as aws from "@aws-sdk/client-ec2";
import type { Conversation } from "./conversation.ts";
import type { Network } from "./network.ts";

const done = () => "done";

export async function addressCases(talk: Conversation, net: Network): Promise<void> {
  await reading(talk, net);
  await associating(talk, net);
  await refusing(talk, net);
  await displacing(talk, net);
  await ours(talk, net);
}

function describe(talk: Conversation, input: aws.DescribeAddressesCommandInput) {
  return talk.client.send(new aws.DescribeAddressesCommand(input));
}

function associate(talk: Conversation, net: Network, input: Partial<aws.AssociateAddressCommandInput>) {
  return talk.client.send(new aws.AssociateAddressCommand({ AllocationId: net.allocation, ...input }));
}

const see = ({ Addresses }: aws.DescribeAddressesCommandOutput) =>
  Addresses?.map((one) => ({
    id: one.AllocationId,
    ip: one.PublicIp,
    domain: one.Domain,
    eni: one.NetworkInterfaceId || undefined,
    privateIp: one.PrivateIpAddress || undefined,
    associated: Boolean(one.AssociationId),
  }));

const FREE = { id: "<allocation>", ip: "<publicIp>", domain: "vpc", associated: false };
const on = (eni: string, privateIp: string) => [{ ...FREE, eni, privateIp, associated: true }];

async function reading(talk: Conversation, net: Network): Promise<void> {
  await talk.ask("an address by id", describe(talk, { AllocationIds: [net.allocation] }), see, [FREE]);
  await talk.ask("an address by its IP", describe(talk, { PublicIps: [net.publicIp] }), see, [FREE]);
  const Filters = [{ Name: "allocation-id", Values: [net.allocation] }];
  await talk.ask("an address by filter", describe(talk, { Filters }), see, [FREE]);
  await talk.ask(
    "an address that does not exist",
    describe(talk, { AllocationIds: ["eipalloc-0bad0bad0bad0bad1"] }),
    see,
    "InvalidAllocationID.NotFound 400 notFound",
  );
  await talk.ask(
    "an address whose IP does not exist",
    describe(talk, { PublicIps: ["203.0.113.250"] }),
    see,
    "InvalidAddress.NotFound 400 notFound",
  );
  await talk.ask(
    "addresses as a dry run",
    describe(talk, { AllocationIds: [net.allocation], DryRun: true }),
    see,
    "DryRunOperation 412 refused",
  );
}

async function associating(talk: Conversation, net: Network): Promise<void> {
  const [first, second] = net.servers;
  const isOn = async (title: string, expected: unknown) =>
    await talk.ask(title, describe(talk, { AllocationIds: [net.allocation] }), see, expected);
  const one = await talk.need("AssociateAddress", associate(talk, net, { NetworkInterfaceId: first.eni }));
  const firstId = talk.name(one.AssociationId, "association1");
  await isOn("the address is on the first server", on("<eni1>", "10.50.1.10"));
  await talk.ask(
    "the address by its interface",
    describe(talk, { Filters: [{ Name: "network-interface-id", Values: [first.eni] }] }),
    see,
    on("<eni1>", "10.50.1.10"),
  );
  await talk.ask(
    "AssociateAddress where it is",
    associate(talk, net, { NetworkInterfaceId: first.eni, AllowReassociation: true }),
    ({ AssociationId }) => AssociationId?.startsWith("eipassoc-"),
    true,
  );
  const again = await describe(talk, { AllocationIds: [net.allocation] });
  const present = again.Addresses?.[0]?.AssociationId ?? firstId;
  const other = await talk.need(
    "AssociateAddress with the other server",
    associate(talk, net, { NetworkInterfaceId: second.eni, AllowReassociation: true }),
  );
  const secondId = talk.name(other.AssociationId, "association2");
  await talk.ask("an association id is new each time", Promise.resolve(), () => secondId !== present, true);
  await isOn("the address is on the second server", on("<eni2>", "10.50.2.10"));
  await talk.ask(
    "DisassociateAddress of the former association",
    talk.client.send(new aws.DisassociateAddressCommand({ AssociationId: present })),
    done,
    "InvalidAssociationID.NotFound 400 notFound",
  );
  await isOn("the former association took nothing along", on("<eni2>", "10.50.2.10"));
  await talk.ask(
    "DisassociateAddress",
    talk.client.send(new aws.DisassociateAddressCommand({ AssociationId: secondId })),
    done,
    "done",
  );
  await isOn("the address is free", [FREE]);
  await talk.ask(
    "DisassociateAddress a second time",
    talk.client.send(new aws.DisassociateAddressCommand({ AssociationId: secondId })),
    done,
    "InvalidAssociationID.NotFound 400 notFound",
  );
  await talk.ask(
    "DisassociateAddress of nothing",
    talk.client.send(new aws.DisassociateAddressCommand({})),
    done,
    "MissingParameter 400 invalid",
  );
}

async function refusing(talk: Conversation, net: Network): Promise<void> {
  const [first, second] = net.servers;
  await talk.need("AssociateAddress", associate(talk, net, { NetworkInterfaceId: first.eni }));
  await talk.ask(
    "AssociateAddress that may not take it away",
    associate(talk, net, { NetworkInterfaceId: second.eni, AllowReassociation: false }),
    done,
    "Resource.AlreadyAssociated 400 taken",
  );
  await talk.ask(
    "AssociateAddress of an address that does not exist",
    associate(talk, net, { AllocationId: "eipalloc-0bad0bad0bad0bad1", NetworkInterfaceId: first.eni }),
    done,
    "InvalidAllocationID.NotFound 400 notFound",
  );
  await talk.ask(
    "AssociateAddress with an interface that does not exist",
    associate(talk, net, { NetworkInterfaceId: "eni-0bad0bad0bad0bad1", AllowReassociation: true }),
    done,
    "InvalidNetworkInterfaceID.NotFound 400 notFound",
  );
  await talk.ask("AssociateAddress with nothing", associate(talk, net, {}), done, "MissingParameter 400 invalid");
  await talk.ask(
    "AssociateAddress of nothing",
    associate(talk, net, { AllocationId: undefined, NetworkInterfaceId: first.eni }),
    done,
    "MissingParameter 400 invalid",
  );
  await talk.ask(
    "AssociateAddress as a dry run",
    associate(talk, net, { NetworkInterfaceId: second.eni, AllowReassociation: true, DryRun: true }),
    done,
    "DryRunOperation 412 refused",
  );
  await talk.ask(
    "nothing of that took it away",
    describe(talk, { AllocationIds: [net.allocation] }),
    see,
    on("<eni1>", "10.50.1.10"),
  );
  await talk.ask(
    "AssociateAddress that does not say whether it may take it away",
    associate(talk, net, { NetworkInterfaceId: second.eni }),
    done,
    "done",
    { name: "reassociation-default", moto: "Resource.AlreadyAssociated 400 taken" },
  );
}

/** Another address comes to the interface that carries ours. */
async function displacing(talk: Conversation, net: Network): Promise<void> {
  const [first, second] = net.servers;
  await talk.need(
    "AssociateAddress",
    associate(talk, net, { NetworkInterfaceId: second.eni, AllowReassociation: true }),
  );
  const other = await talk.need("AllocateAddress", talk.client.send(new aws.AllocateAddressCommand({ Domain: "vpc" })));
  const allocation = talk.name(other.AllocationId, "otherAllocation");
  await talk.ask(
    "AssociateAddress of another address with the same interface",
    associate(talk, net, { AllocationId: allocation, NetworkInterfaceId: second.eni, AllowReassociation: true }),
    done,
    "done",
  );
  await talk.ask(
    "the address that was there has gone",
    describe(talk, { AllocationIds: [net.allocation] }),
    see,
    [FREE],
    { name: "displaced-stays", moto: on("<eni2>", "10.50.2.10") },
  );
  await talk.ask(
    "AssociateAddress by the instance",
    associate(talk, net, { AllocationId: allocation, InstanceId: first.instance, AllowReassociation: true }),
    done,
    "done",
  );
  await talk.ask(
    "it is on the interface of the instance",
    describe(talk, { AllocationIds: [allocation] }),
    ({ Addresses }) => Addresses?.map((one) => [one.NetworkInterfaceId, one.InstanceId]),
    [["<eni1>", "<instance1>"]],
  );
  await talk.ask(
    "DisassociateAddress by the IP",
    talk.client.send(new aws.DisassociateAddressCommand({ PublicIp: other.PublicIp })),
    done,
    "done",
  );
}

/** The same as plugins do it. */
async function ours(talk: Conversation, net: Network): Promise<void> {
  const [first, second] = net.servers;
  const free = { allocationId: "<allocation>", publicIp: "<publicIp>" };
  const now = async (title: string, expected: unknown) =>
    await talk.call(
      `Ec2.elasticIp: ${title}`,
      async (ec2, options) => {
        const { associationId, ...rest } = await ec2.elasticIp(net.allocation, options);
        return { ...rest, associated: associationId !== undefined };
      },
      expected,
    );
  let association = "";
  for (const [name, { eni: eniId, privateIp }] of [["eni1", first], ["eni2", second], ["eni1", first]] as const) {
    await talk.call(`Ec2.associateAddress with ${name}`, async (ec2, options) => {
      association = await ec2.associateAddress({ allocationId: net.allocation, eniId }, options);
      return association.startsWith("eipassoc-");
    }, true);
    await now(`on ${name}`, { ...free, eniId: `<${name}>`, privateIp, associated: true });
  }
  for (const time of ["once", "twice"]) {
    await talk.call(
      `Ec2.disassociateAddress ${time}`,
      (ec2, options) => ec2.disassociateAddress(association, options),
      undefined,
    );
    await now(`free after disassociating ${time}`, { ...free, associated: false });
  }
  await talk.call(
    "Ec2.elasticIp of an address that does not exist",
    (ec2, options) => ec2.elasticIp("eipalloc-0bad0bad0bad0bad1", options),
    "Fault 5 certain: The allocation ID 'eipalloc-0bad0bad0bad0bad1' does not exist " +
      "(DescribeAddresses of eipalloc-0bad0bad0bad0bad1: InvalidAllocationID.NotFound)",
    {
      name: "allocation-sentence",
      moto: "Fault 5 certain: Allocation ID '{'eipalloc-0bad0bad0bad0bad1'}' not found " +
        "(DescribeAddresses of eipalloc-0bad0bad0bad0bad1: InvalidAllocationID.NotFound)",
    },
  );
  await talk.call(
    "Ec2.associateAddress with an interface that does not exist",
    (ec2, options) => ec2.associateAddress({ allocationId: net.allocation, eniId: "eni-0bad0bad0bad0bad1" }, options),
    "Fault 5 certain: The networkInterface ID 'eni-0bad0bad0bad0bad1' does not exist " +
      "(AssociateAddress of <allocation> with eni-0bad0bad0bad0bad1: InvalidNetworkInterfaceID.NotFound)",
  );
}
