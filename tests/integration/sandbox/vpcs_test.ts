import { DescribeAvailabilityZonesCommand, DescribeSubnetsCommand, DescribeVpcsCommand } from "@aws-sdk/client-ec2";
import assert from "node:assert/strict";
import { answers, withSandbox } from "./helpers.ts";

Deno.test("DescribeVpcs tells the blocks of the guide's VPC", () =>
  withSandbox(async (sandbox, client) => {
    sandbox.region.vpcs[0]!.cidrBlocks.push("10.9.0.0/16");
    const { Vpcs } = await client.send(new DescribeVpcsCommand({ VpcIds: ["vpc-1234abcd"] }));
    assert.equal(Vpcs?.length, 1);
    assert.equal(Vpcs[0]!.CidrBlock, "10.0.0.0/16");
    assert.deepEqual(Vpcs[0]!.CidrBlockAssociationSet?.map((one) => one.CidrBlock), ["10.0.0.0/16", "10.9.0.0/16"]);
    assert.deepEqual(Vpcs[0]!.Tags, [{ Key: "Name", Value: "VPC" }]);
    assert.equal(Vpcs[0]!.IsDefault, false);
  }));

Deno.test("DescribeVpcs: an unknown id, an unknown filter, a filter that matches nothing", () =>
  withSandbox(async (_sandbox, client) => {
    const error = await answers(
      "InvalidVpcID.NotFound",
      client.send(new DescribeVpcsCommand({ VpcIds: ["vpc-00000000"] })),
    );
    assert.equal(error.message, "The vpc ID 'vpc-00000000' does not exist");
    assert.equal(error.$metadata.httpStatusCode, 400);
    const filter = (Name: string, ...Values: string[]) => new DescribeVpcsCommand({ Filters: [{ Name, Values }] });
    await answers("InvalidParameterValue", client.send(filter("colour", "blue")));
    assert.deepEqual((await client.send(filter("cidr", "10.1.0.0/16"))).Vpcs, []);
    assert.equal((await client.send(filter("cidr", "10.0.*"))).Vpcs?.length, 1);
    assert.equal((await client.send(filter("tag:Name", "V?C"))).Vpcs?.length, 1);
    assert.equal((await client.send(filter("tag:Name", "V\\?C"))).Vpcs?.length, 0);
  }));

Deno.test("DescribeSubnets filters by VPC and zone, several values are alternatives, several filters all hold", () =>
  withSandbox(async (_sandbox, client) => {
    const zones = async (...Values: string[]) => {
      const Filters = [{ Name: "vpc-id", Values: ["vpc-1234abcd"] }, { Name: "availability-zone", Values }];
      const { Subnets } = await client.send(new DescribeSubnetsCommand({ Filters }));
      return Subnets?.map((one) => one.CidrBlock).sort();
    };
    assert.deepEqual(await zones("ap-northeast-1a"), ["10.0.10.0/24", "10.0.110.0/24"]);
    assert.equal((await zones("ap-northeast-1a", "ap-northeast-1b"))?.length, 4);
    const subnet = (await client.send(new DescribeSubnetsCommand({ SubnetIds: ["subnet-0000002a"] }))).Subnets?.[0];
    assert.equal(subnet?.AvailableIpAddressCount, 256 - 5 - 1);
    await answers(
      "InvalidSubnetID.NotFound",
      client.send(new DescribeSubnetsCommand({ SubnetIds: ["subnet-00000009"] })),
    );
  }));

Deno.test("DescribeAvailabilityZones tells state and messages, and refuses a zone that isn't there", () =>
  withSandbox(async (sandbox, client) => {
    Object.assign(sandbox.region.zones[1]!, { state: "impaired", messages: ["power & cooling <down>"] });
    const { AvailabilityZones } = await client.send(new DescribeAvailabilityZonesCommand({}));
    assert.deepEqual(AvailabilityZones?.map((zone) => [zone.ZoneName, zone.State]), [
      ["ap-northeast-1a", "available"],
      ["ap-northeast-1b", "impaired"],
      ["ap-northeast-1c", "available"],
    ]);
    assert.deepEqual(AvailabilityZones?.[1]?.Messages, [{ Message: "power & cooling <down>" }]);
    const missing = client.send(new DescribeAvailabilityZonesCommand({ ZoneNames: ["ap-northeast-1x"] }));
    const error = await answers("InvalidParameterValue", missing);
    assert.equal(error.message, "Invalid availability zone: [ap-northeast-1x]");
  }));
