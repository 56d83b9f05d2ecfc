import {
  AssignIpv6AddressesCommand,
  AssignPrivateIpAddressesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSubnetsCommand,
  type EC2Client,
  UnassignIpv6AddressesCommand,
  UnassignPrivateIpAddressesCommand,
} from "@aws-sdk/client-ec2";
import assert from "node:assert/strict";
import { vipTopology } from "../../../sandbox/mod.ts";
import { answers, withSandbox } from "./helpers.ts";

/** Two in one subnet, one in another. */
const [ENI, PEER, FAR] = ["eni-4bc00502", "eni-6d1f8803", "eni-5a3a7902"] as const;

function topology() {
  const made = vipTopology({ servers: ["server1", "server2", "server3"] });
  made.region.subnets.find((one) => one.id === "subnet-0000002a")!.ipv6CidrBlocks = ["fd00:1::/64"];
  return made;
}

const assign = (client: EC2Client, NetworkInterfaceId: string, ip: string, AllowReassignment?: boolean) =>
  client.send(
    new AssignPrivateIpAddressesCommand({
      NetworkInterfaceId,
      PrivateIpAddresses: [ip],
      ...(AllowReassignment === undefined ? {} : { AllowReassignment }),
    }),
  );

Deno.test("AssignPrivateIpAddresses takes an address from another interface only when it may", () =>
  withSandbox(async (_sandbox, client) => {
    const answer = await assign(client, ENI, "10.0.110.50");
    assert.deepEqual(answer.AssignedPrivateIpAddresses, [{ PrivateIpAddress: "10.0.110.50" }]);
    await answers("InvalidIPAddress.InUse", assign(client, PEER, "10.0.110.50"));
    await assign(client, PEER, "10.0.110.50", true);
    const Filters = [{ Name: "addresses.private-ip-address", Values: ["10.0.110.50"] }];
    const { NetworkInterfaces } = await client.send(new DescribeNetworkInterfacesCommand({ Filters }));
    assert.deepEqual(NetworkInterfaces?.map((one) => one.NetworkInterfaceId), [PEER]);
    assert.deepEqual(NetworkInterfaces?.[0]?.PrivateIpAddresses?.map((one) => [one.PrivateIpAddress, one.Primary]), [
      ["10.0.110.101", true],
      ["10.0.110.50", false],
    ]);
    await answers("InvalidIPAddress.InUse", assign(client, ENI, "10.0.110.101", true));
    await answers("InvalidParameterValue", assign(client, FAR, "10.0.110.50", true));
    await answers("InvalidNetworkInterfaceID.NotFound", assign(client, "eni-00000009", "10.0.110.50"));
    const some = new AssignPrivateIpAddressesCommand({ NetworkInterfaceId: ENI, SecondaryPrivateIpAddressCount: 2 });
    assert.equal((await client.send(some)).AssignedPrivateIpAddresses?.length, 2);
  }, { topology: topology() }));

Deno.test("UnassignPrivateIpAddresses hits only the interface it names, never a first address, and frees its EIP", () =>
  withSandbox(async (sandbox, client) => {
    const unassign = (NetworkInterfaceId: string, ip: string) =>
      client.send(new UnassignPrivateIpAddressesCommand({ NetworkInterfaceId, PrivateIpAddresses: [ip] }));
    await assign(client, ENI, "10.0.110.50");
    const association = { id: "eipassoc-1", eniId: ENI, privateIp: "10.0.110.50" };
    sandbox.region.addresses.push({ allocationId: "eipalloc-1", publicIp: "203.0.113.1", association, tags: {} });
    const other = await answers("InvalidParameterValue", unassign(PEER, "10.0.110.50"));
    assert.equal(other.message, `Some of the specified addresses are not assigned to interface ${PEER}`);
    await answers("InvalidParameterValue", unassign(ENI, "10.0.110.100"));
    await unassign(ENI, "10.0.110.50");
    assert.equal(sandbox.region.addresses[0]?.association, undefined);
    await answers("InvalidParameterValue", unassign(ENI, "10.0.110.50"));
  }, { topology: topology() }));

Deno.test("IPv6 addresses are assigned in the subnet's block, never taken from another interface, and unassigned", () =>
  withSandbox(async (_sandbox, client) => {
    const six = (NetworkInterfaceId: string, ip: string) =>
      client.send(new AssignIpv6AddressesCommand({ NetworkInterfaceId, Ipv6Addresses: [ip] }));
    const off = (NetworkInterfaceId: string, ip: string) =>
      client.send(new UnassignIpv6AddressesCommand({ NetworkInterfaceId, Ipv6Addresses: [ip] }));
    assert.deepEqual((await six(ENI, "FD00:1:0::50")).AssignedIpv6Addresses, ["fd00:1::50"]);
    await answers("InvalidIPAddress.InUse", six(PEER, "fd00:1::50"));
    await answers("InvalidParameterValue", six(ENI, "fd00:2::50"));
    await answers("InvalidParameterValue", six(FAR, "fd00:1::51"));
    await answers("InvalidParameterValue", six(ENI, "10.0.110.50"));
    const Filters = [{ Name: "ipv6-addresses.ipv6-address", Values: ["fd00:1::50"] }];
    const { NetworkInterfaces } = await client.send(new DescribeNetworkInterfacesCommand({ Filters }));
    assert.deepEqual(NetworkInterfaces?.[0]?.Ipv6Addresses?.map((one) => one.Ipv6Address), ["fd00:1::50"]);
    await answers("InvalidParameterValue", off(PEER, "fd00:1::50"));
    assert.deepEqual((await off(ENI, "fd00:1::50")).UnassignedIpv6Addresses, ["fd00:1::50"]);
    await six(PEER, "fd00:1::50");
    const { Subnets } = await client.send(new DescribeSubnetsCommand({ SubnetIds: ["subnet-0000002a"] }));
    assert.equal(Subnets?.[0]?.Ipv6CidrBlockAssociationSet?.[0]?.Ipv6CidrBlock, "fd00:1::/64");
  }, { topology: topology() }));
