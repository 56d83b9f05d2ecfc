import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  DescribeAddressesCommand,
  DescribeNetworkInterfacesCommand,
  DisassociateAddressCommand,
  ModifyNetworkInterfaceAttributeCommand,
} from "@aws-sdk/client-ec2";
import assert from "node:assert/strict";
import { eipTopology } from "../../../sandbox/mod.ts";
import { answers, withSandbox } from "./helpers.ts";

const EIP = "eipalloc-1234abcd";
const [ENI1, ENI2] = ["eni-249f6c6d", "eni-3c8a1e5f"];

Deno.test("AssociateAddress moves the address by itself, and not when it is told not to", () =>
  withSandbox(async (_sandbox, client) => {
    const associate = (NetworkInterfaceId: string, AllowReassociation?: boolean) =>
      client.send(
        new AssociateAddressCommand({
          AllocationId: EIP,
          NetworkInterfaceId,
          ...(AllowReassociation === undefined ? {} : { AllowReassociation }),
        }),
      );
    const before = (await client.send(new DescribeAddressesCommand({ AllocationIds: [EIP] }))).Addresses![0]!;
    assert.deepEqual([before.NetworkInterfaceId, before.PublicIp], [ENI1, "203.0.113.10"]);
    const refused = await answers("Resource.AlreadyAssociated", associate(ENI2!, false));
    assert(refused.message.includes(before.AssociationId!));
    const { AssociationId } = await associate(ENI2!, true);
    assert.notEqual(AssociationId, before.AssociationId);
    const after = (await client.send(new DescribeAddressesCommand({ AllocationIds: [EIP] }))).Addresses![0]!;
    assert.deepEqual([after.NetworkInterfaceId, after.AssociationId], [ENI2, AssociationId]);
    assert.equal((await associate(ENI2!, false)).AssociationId, AssociationId, "the same again is no error");
    assert.notEqual((await associate(ENI1!)).AssociationId, AssociationId, "left out, it moves too");
  }, { topology: eipTopology() }));

Deno.test("DisassociateAddress hits only the association it names", () =>
  withSandbox(async (_sandbox, client) => {
    const old = (await client.send(new DescribeAddressesCommand({}))).Addresses![0]!.AssociationId!;
    await client.send(
      new AssociateAddressCommand({ AllocationId: EIP, NetworkInterfaceId: ENI2, AllowReassociation: true }),
    );
    const stale = client.send(new DisassociateAddressCommand({ AssociationId: old }));
    assert.equal(
      (await answers("InvalidAssociationID.NotFound", stale)).message,
      `The association ID '${old}' does not exist`,
    );
    const now = (await client.send(new DescribeAddressesCommand({}))).Addresses![0]!;
    assert.equal(now.NetworkInterfaceId, ENI2);
    await client.send(new DisassociateAddressCommand({ AssociationId: now.AssociationId }));
    const last = (await client.send(new DescribeAddressesCommand({}))).Addresses![0]!;
    assert.deepEqual([last.AssociationId, last.NetworkInterfaceId], [undefined, undefined]);
    await answers("MissingParameter", client.send(new DisassociateAddressCommand({})));
  }, { topology: eipTopology() }));

Deno.test("AssociateAddress: unknown ids, no gateway, and an interface that has another address", () =>
  withSandbox(async (sandbox, client) => {
    const associate = (AllocationId: string, NetworkInterfaceId: string, AllowReassociation = true) =>
      client.send(new AssociateAddressCommand({ AllocationId, NetworkInterfaceId, AllowReassociation }));
    await answers("InvalidAllocationID.NotFound", associate("eipalloc-9", ENI1!));
    await answers("InvalidNetworkInterfaceID.NotFound", associate(EIP, "eni-00000009"));
    await answers("MissingParameter", client.send(new AssociateAddressCommand({ AllocationId: EIP })));
    const other = await client.send(new AllocateAddressCommand({ Domain: "vpc" }));
    await answers("Resource.AlreadyAssociated", associate(other.AllocationId!, ENI1!, false));
    await associate(other.AllocationId!, ENI1!);
    const first = (await client.send(new DescribeAddressesCommand({ AllocationIds: [EIP] }))).Addresses![0]!;
    assert.equal(first.AssociationId, undefined, "it was displaced");
    delete sandbox.region.vpcs[0]!.internetGatewayId;
    await answers("Gateway.NotAttached", associate(EIP, ENI2!));
  }, { topology: eipTopology() }));

Deno.test("DescribeAddresses: unknown ids and addresses", () =>
  withSandbox(async (_sandbox, client) => {
    const unknown = client.send(new DescribeAddressesCommand({ AllocationIds: ["eipalloc-9"] }));
    assert.equal(
      (await answers("InvalidAllocationID.NotFound", unknown)).message,
      "The allocation ID 'eipalloc-9' does not exist",
    );
    await answers(
      "InvalidAddress.NotFound",
      client.send(new DescribeAddressesCommand({ PublicIps: ["203.0.113.99"] })),
    );
    const Filters = [{ Name: "network-interface-id", Values: [ENI1!] }];
    assert.equal((await client.send(new DescribeAddressesCommand({ Filters }))).Addresses?.length, 1);
  }, { topology: eipTopology() }));

Deno.test("network interfaces show their addresses, and the source/destination check can be switched", () =>
  withSandbox(async (_sandbox, client) => {
    const describe = async () =>
      (await client.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [ENI1!] })))
        .NetworkInterfaces![0]!;
    const eni = await describe();
    assert.equal(eni.PrivateIpAddress, "10.0.10.10");
    assert.equal(eni.MacAddress, "06:00:0a:00:0a:0a");
    assert.equal(eni.AvailabilityZone, "ap-northeast-1a");
    assert.equal(eni.SourceDestCheck, true);
    assert.equal(eni.Association?.PublicIp, "203.0.113.10");
    assert.equal(eni.Attachment?.Status, "attached");
    const NetworkInterfaceId = ENI1;
    await client.send(
      new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, SourceDestCheck: { Value: false } }),
    );
    assert.equal((await describe()).SourceDestCheck, false);
    await answers(
      "InvalidParameterCombination",
      client.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId })),
    );
    await answers(
      "InvalidNetworkInterfaceID.NotFound",
      client.send(
        new ModifyNetworkInterfaceAttributeCommand({
          NetworkInterfaceId: "eni-00000009",
          SourceDestCheck: { Value: true },
        }),
      ),
    );
    const unknown = client.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: ["eni-00000009"] }));
    assert.equal(
      (await answers("InvalidNetworkInterfaceID.NotFound", unknown)).message,
      "The networkInterface ID 'eni-00000009' does not exist",
    );
    const both = new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [ENI1!], MaxResults: 5 });
    await answers("InvalidParameterCombination", client.send(both));
  }, { topology: eipTopology() }));
