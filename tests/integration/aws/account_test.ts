import assert from "node:assert/strict";
import { readAccount } from "../../../core/aws/account.ts";
import { withBench } from "./helpers.ts";

Deno.test("account: what a new cluster can be made of, with names, tables and addresses", () =>
  withBench(async ({ sandbox, sdk, signal }) => {
    const { region: stored } = sandbox;
    const [nat, , server1] = stored.instances;
    server1!.tags = { Stage: "live", Name: "db1" };
    nat!.tags = { Stage: "live" };
    nat!.state = "stopped";
    stored.addresses.push(
      { allocationId: "eipalloc-1", publicIp: "203.0.113.1", tags: { Owner: "ops", Name: "vip" } },
      {
        allocationId: "eipalloc-2",
        publicIp: "203.0.113.2",
        tags: {},
        association: { id: "eipassoc-1", eniId: "eni-4bc00502", privateIp: "10.0.110.100" },
      },
    );
    const { region, vpcs, subnets, tables, instances, addresses } = await readAccount(sdk, { signal });
    assert.equal(region, "ap-northeast-1");
    assert.deepEqual(vpcs, [{ id: "vpc-1234abcd", name: "VPC", blocks: ["10.0.0.0/16"] }]);
    assert.deepEqual(subnets.find(({ id }) => id === "subnet-0000002a"), {
      id: "subnet-0000002a",
      vpcId: "vpc-1234abcd",
      zone: "ap-northeast-1a",
      block: "10.0.110.0/24",
    });
    assert.deepEqual(tables.filter(({ main }) => main).map(({ id }) => id), ["rtb-00000001"]);
    assert.deepEqual(tables.find(({ id }) => id === "rtb-0000ab01"), {
      id: "rtb-0000ab01",
      vpcId: "vpc-1234abcd",
      main: false,
      subnetIds: ["subnet-0000001a", "subnet-0000001b"],
      routes: [
        { destination: "10.0.0.0/16", target: "local" },
        { destination: "0.0.0.0/0", target: "igw-1234abcd" },
        { destination: "10.1.0.20/32", target: "eni-4bc00502" },
      ],
    });
    assert.deepEqual(instances.map(({ name, state }) => [name, state]), [
      ["", "stopped"],
      ["NAT2", "running"],
      ["db1", "running"],
      ["server2", "running"],
    ]);
    assert.deepEqual(instances[2], {
      id: "i-00000000000000007",
      name: "db1",
      state: "running",
      zone: "ap-northeast-1a",
      vpcId: "vpc-1234abcd",
      subnetId: "subnet-0000002a",
      privateIp: "10.0.110.100",
      eniId: "eni-4bc00502",
      sourceDestCheck: false,
      profile: "baton-server",
    });
    assert.deepEqual(addresses, [
      { allocationId: "eipalloc-1", publicIp: "203.0.113.1", name: "vip" },
      { allocationId: "eipalloc-2", publicIp: "203.0.113.2", name: "", eniId: "eni-4bc00502" },
    ]);
  }));

Deno.test("account: things that are gone are no part of it", () =>
  withBench(async ({ sandbox, sdk, signal }) => {
    sandbox.region.instances[0]!.state = "terminated";
    const { instances } = await readAccount(sdk, { signal });
    assert.deepEqual(instances.map(({ name }) => name), ["NAT2", "server1", "server2"]);
  }));
