import assert from "node:assert/strict";
import { eipTopology } from "../../../sandbox/mod.ts";
import { faultOf, withBench } from "./helpers.ts";

const VIP = "10.1.0.20/32";

Deno.test("reads arrive in our shapes", () =>
  withBench(async ({ sandbox, ec2, signal }) => {
    sandbox.region.vpcs[0]!.cidrBlocks.push("10.9.0.0/16");
    sandbox.region.vpcs[0]!.ipv6CidrBlocks.push("fd00:1::/56");
    assert.deepEqual(await ec2.vpcCidrs("vpc-1234abcd", { signal }), ["10.0.0.0/16", "10.9.0.0/16", "fd00:1::/56"]);
    const all = await ec2.routeTables({ vpcId: "vpc-1234abcd" }, { signal });
    assert.equal(all.length, 4);
    const withVip = await ec2.routeTables({ vpcId: "vpc-1234abcd", destination: VIP }, { signal });
    assert.deepEqual(withVip.map((table) => table.id), ["rtb-0000ab01", "rtb-0000a002", "rtb-0000b002"]);
    assert.deepEqual(withVip[0]!.routes, [
      { destination: "10.0.0.0/16", state: "active" },
      { destination: "0.0.0.0/0", state: "active" },
      { destination: VIP, state: "active", eniId: "eni-4bc00502" },
    ]);
    assert.deepEqual(await ec2.networkInterface("eni-5a3a7902", { signal }), {
      id: "eni-5a3a7902",
      vpcId: "vpc-1234abcd",
      subnetId: "subnet-0000002b",
      availabilityZone: "ap-northeast-1b",
      mac: "06:00:0a:00:78:64",
      privateIp: "10.0.120.100",
      privateIps: ["10.0.120.100"],
      ipv6Addresses: [],
      sourceDestCheck: false,
      instanceId: sandbox.region.networkInterfaces.find((eni) => eni.id === "eni-5a3a7902")!.attachment!.instanceId,
    });
    Object.assign(sandbox.region.zones[0]!, { state: "impaired", messages: ["power"] });
    assert.deepEqual(await ec2.availabilityZone("ap-northeast-1a", { signal }), {
      name: "ap-northeast-1a",
      state: "impaired",
      messages: ["power"],
    });
  }));

Deno.test("route tables are read over all pages", () =>
  withBench(async ({ sandbox, ec2, signal }) => {
    const table = sandbox.region.routeTables[0]!;
    for (let index = 0; index < 230; index++) {
      sandbox.region.routeTables.push({ ...structuredClone(table), id: `rtb-${index}`, main: false });
    }
    assert.equal((await ec2.routeTables({ vpcId: "vpc-1234abcd" }, { signal })).length, 234);
    assert.equal(sandbox.calls.list({ action: "DescribeRouteTables" }).length, 3);
  }));

Deno.test("routes are created and replaced, IPv6 as well", () =>
  withBench(async ({ sandbox, ec2, signal }) => {
    const six = "FD00:0::20/128";
    await ec2.createRoute({ tableId: "rtb-0000a002", destination: six, eniId: "eni-4bc00502" }, { signal });
    for (const destination of [six, VIP]) {
      await ec2.replaceRoute({ tableId: "rtb-0000a002", destination, eniId: "eni-5a3a7902" }, { signal });
    }
    const routes = sandbox.region.routeTables.find((one) => one.id === "rtb-0000a002")!.routes;
    assert.equal(routes.find((one) => one.destination === "fd00::20/128")?.eniId, "eni-5a3a7902");
    assert.equal(routes.find((one) => one.destination === VIP)?.eniId, "eni-5a3a7902");
    const found = await ec2.routeTables({ vpcId: "vpc-1234abcd", destination: six }, { signal });
    assert.deepEqual(found.map((one) => one.id), ["rtb-0000a002"]);
    const route = { tableId: "rtb-0000a002", destination: VIP, eniId: "eni-4bc00502" };
    const again = await faultOf(ec2.createRoute(route, { signal }));
    assert.deepEqual([again.code, again.uncertain], [5, false]);
    assert.match(again.message, /already exists.*CreateRoute.*RouteAlreadyExists/);
  }));

Deno.test("an Elastic IP is moved, read and released; a release that comes too late hits nobody", () =>
  withBench(async ({ ec2, signal }) => {
    const allocationId = "eipalloc-1234abcd";
    const before = await ec2.elasticIp(allocationId, { signal });
    assert.equal(before.eniId, "eni-249f6c6d");
    const associationId = await ec2.associateAddress({ allocationId, eniId: "eni-3c8a1e5f" }, { signal });
    await ec2.disassociateAddress(before.associationId!, { signal });
    assert.deepEqual(await ec2.elasticIp(allocationId, { signal }), {
      allocationId,
      publicIp: "203.0.113.10",
      associationId,
      eniId: "eni-3c8a1e5f",
      privateIp: "10.0.20.10",
    });
    await ec2.disassociateAddress(associationId, { signal });
    assert.deepEqual(await ec2.elasticIp(allocationId, { signal }), { allocationId, publicIp: "203.0.113.10" });
  }, { topology: eipTopology() }));

Deno.test("the credentials are those of the instance's role, fetched once", () =>
  withBench(async ({ sandbox, sdk, ec2, signal }) => {
    await sdk.prepare(signal);
    const path = "/latest/meta-data/iam/security-credentials/baton-server";
    assert.equal(sandbox.imds("server1").requests.get(path), 1);
    await Promise.all([1, 2, 3].map(() => ec2.vpcCidrs("vpc-1234abcd", { signal })));
    assert.equal(sandbox.imds("server1").requests.get(path), 1);
  }));

Deno.test("after close, calls are refused and no connection is left", () =>
  withBench(async ({ sdk, ec2, signal }) => {
    await ec2.vpcCidrs("vpc-1234abcd", { signal });
    sdk.close();
    const fault = await faultOf(ec2.vpcCidrs("vpc-1234abcd", { signal }));
    assert.match(fault.message, /closed/);
    assert.equal(fault.uncertain, true);
  }));
