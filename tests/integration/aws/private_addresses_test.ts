import assert from "node:assert/strict";
import { vipTopology } from "../../../sandbox/mod.ts";
import { type Bench, faultOf, withBench } from "./helpers.ts";

const VPC = "vpc-1234abcd";
/** Two servers that lie in one subnet. */
const [ENI, PEER] = ["eni-4bc00502", "eni-6d1f8803"];
const FOUR = "10.0.110.50";
const SIX = "fd00:1::50";

/** The guide's system with a third server beside the first, and an IPv6 block for their subnet. */
function sixTopology() {
  const topology = vipTopology({ servers: ["server1", "server2", "server3"] });
  topology.region.subnets.find((one) => one.id === "subnet-0000002a")!.ipv6CidrBlocks = ["fd00:1::/64"];
  return topology;
}

function holders({ sandbox }: Bench, ip: string): string[] {
  return sandbox.region.networkInterfaces
    .filter((eni) => eni.privateIps.includes(ip) || eni.ipv6Addresses?.includes(ip)).map(({ id }) => id);
}

for (const ip of [FOUR, SIX]) {
  Deno.test(`${ip} moves from one network interface to the other, and a removal hits only the one it names`, () =>
    withBench(async (bench) => {
      const { ec2, signal } = bench;
      await ec2.assignAddress({ eniId: PEER, vpcId: VPC, ip }, { signal });
      assert.equal((await ec2.interfaceWithAddress({ vpcId: VPC, ip }, { signal }))?.id, PEER);
      for (let round = 0; round < 2; round++) {
        await ec2.assignAddress({ eniId: ENI, vpcId: VPC, ip }, { signal });
        assert.deepEqual(holders(bench, ip), [ENI]);
      }
      await ec2.unassignAddress({ eniId: PEER, vpcId: VPC, ip }, { signal });
      assert.deepEqual(holders(bench, ip), [ENI]);
      for (let round = 0; round < 2; round++) await ec2.unassignAddress({ eniId: ENI, vpcId: VPC, ip }, { signal });
      assert.deepEqual(holders(bench, ip), []);
      assert.equal(await ec2.interfaceWithAddress({ vpcId: VPC, ip }, { signal }), null);
    }, { topology: sixTopology() }));

  Deno.test(`${ip} is not moved without a permit, but taken off without one`, () =>
    withBench(async (bench) => {
      const { ec2, permitted, signal } = bench;
      await ec2.assignAddress({ eniId: PEER, vpcId: VPC, ip }, { signal });
      const late = await faultOf(permitted(() => 10).assignAddress({ eniId: ENI, vpcId: VPC, ip }, { signal }));
      assert.match(late.message, /was not sent: only 10 ms of this server's permit are left/);
      assert.deepEqual(holders(bench, ip), [PEER]);
      await permitted(() => 0).unassignAddress({ eniId: PEER, vpcId: VPC, ip }, { signal });
      assert.deepEqual(holders(bench, ip), []);
    }, { topology: sixTopology() }));
}

Deno.test("an address of another subnet, an unknown interface and a first address are refused in EC2's words", () =>
  withBench(async ({ ec2, signal }) => {
    const assign = (eniId: string, ip: string) => faultOf(ec2.assignAddress({ eniId, vpcId: VPC, ip }, { signal }));
    const outside = await assign(ENI, "10.0.120.50");
    assert.deepEqual([outside.code, outside.uncertain], [5, false]);
    assert.match(
      outside.message,
      /does not fall within the subnet.*AssignPrivateIpAddresses of 10\.0\.120\.50 to eni-/,
    );
    assert.match((await assign("eni-00000009", FOUR)).message, /networkInterface ID 'eni-00000009' does not exist/);
    assert.match((await assign(ENI, "10.0.110.101")).message, /already in use/);
  }, { topology: sixTopology() }));

Deno.test("the source/destination check is switched under the permit, and blocks of a subnet are read", () =>
  withBench(async ({ sandbox, ec2, permitted, signal }) => {
    await permitted(() => 1_000).setSourceDestCheck(ENI, true, { signal });
    assert.equal((await ec2.networkInterface(ENI, { signal })).sourceDestCheck, true);
    assert.match((await faultOf(permitted(() => 0).setSourceDestCheck(ENI, false, { signal }))).message, /no permit/);
    assert.equal(sandbox.calls.list({ action: "ModifyNetworkInterfaceAttribute" }).length, 1);
    assert.deepEqual(await ec2.subnetCidrs("subnet-0000002a", { signal }), ["10.0.110.0/24", "fd00:1::/64"]);
    assert.match(
      (await faultOf(ec2.subnetCidrs("subnet-00000009", { signal }))).message,
      /subnet ID 'subnet-00000009'/,
    );
  }, { topology: sixTopology() }));

Deno.test("an Elastic IP can stand for another private address than the first", () =>
  withBench(async (bench) => {
    const { sandbox, ec2, signal } = bench;
    sandbox.region.addresses.push({ allocationId: "eipalloc-1234abcd", publicIp: "203.0.113.10", tags: {} });
    await ec2.assignAddress({ eniId: ENI, vpcId: VPC, ip: FOUR }, { signal });
    await ec2.associateAddress({ allocationId: "eipalloc-1234abcd", eniId: ENI, privateIp: FOUR }, { signal });
    assert.equal((await ec2.elasticIp("eipalloc-1234abcd", { signal })).privateIp, FOUR);
  }, { topology: sixTopology() }));

Deno.test("tables can be asked for by their ids, and one that does not exist is only missing", () =>
  withBench(async ({ ec2, signal }) => {
    const tables = await ec2.routeTables({ vpcId: VPC, tableIds: ["rtb-0000a002", "rtb-0000dead"] }, { signal });
    assert.deepEqual(tables.map(({ id }) => id), ["rtb-0000a002"]);
  }));
