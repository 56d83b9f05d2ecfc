import assert from "node:assert/strict";
import { eipTopology } from "../../../sandbox/mod.ts";
import { faultOf, withBench } from "./helpers.ts";

Deno.test("what doesn't exist is certain, in AWS's own words, with the call and the request id", () =>
  withBench(async ({ ec2, permitted, signal }) => {
    const check = async (call: Promise<unknown>, message: RegExp) => {
      const fault = await faultOf(call);
      assert.equal(fault.code, 5);
      assert.equal(fault.uncertain, false);
      assert.match(fault.message, message);
      assert.match(fault.message, /request [0-9a-f-]{36}\)$/);
      assert.match(fault.remedy, /cluster\.yaml/);
    };
    await check(
      ec2.vpcCidrs("vpc-00000000", { signal }),
      /^The vpc ID 'vpc-00000000' does not exist \(DescribeVpcs of vpc-00000000: InvalidVpcID\.NotFound/,
    );
    await check(
      ec2.networkInterface("eni-00000000", { signal }),
      /^The networkInterface ID 'eni-00000000' does not exist \(Describe/,
    );
    await check(ec2.elasticIp("eipalloc-0", { signal }), /^The allocation ID 'eipalloc-0' does not exist \(Describe/);
    await check(
      ec2.availabilityZone("ap-northeast-1x", { signal }),
      /^Invalid availability zone: \[ap-northeast-1x\] \(/,
    );
    const target = { allocationId: "eipalloc-1234abcd", eniId: "eni-00000000" };
    await check(
      permitted(() => 1_000).associateAddress(target, { signal }),
      /^The networkInterface ID 'eni-00000000' does not/,
    );
  }, { topology: eipTopology() }));

Deno.test("a route that isn't in the table is certain, and the remedy is to add it", () =>
  withBench(async ({ ec2, signal }) => {
    const route = { tableId: "rtb-0000a002", destination: "10.1.0.99/32", eniId: "eni-4bc00502" };
    const fault = await faultOf(ec2.replaceRoute(route, { signal }));
    assert.deepEqual([fault.code, fault.uncertain], [5, false]);
    assert.match(
      fault.message,
      /no route defined for '10\.1\.0\.99\/32'.*ReplaceRoute of 10\.1\.0\.99\/32 in rtb-0000a002/,
    );
    assert.match(fault.remedy, /create this route once/);
  }));

Deno.test("a denied call is uncertain and names the IAM action", () =>
  withBench(async ({ ec2, signal }) => {
    const fault = await faultOf(ec2.vpcCidrs("vpc-1234abcd", { signal }));
    assert.deepEqual([fault.code, fault.uncertain], [5, true]);
    assert.match(fault.message, /^DescribeVpcs of vpc-1234abcd was denied: .*UnauthorizedOperation, request /);
    assert.match(fault.remedy, /ec2:DescribeVpcs/);
  }, { options: { allow: { server1: ["ec2:DescribeRouteTables"] } } }));

Deno.test("missing credentials are a denial whose remedy is the role", () =>
  withBench(async ({ sandbox, ec2, signal }) => {
    for (const instance of sandbox.region.instances) instance.role = "";
    const fault = await faultOf(ec2.vpcCidrs("vpc-1234abcd", { signal }));
    assert.deepEqual([fault.code, fault.uncertain], [5, true]);
    assert.match(fault.message, /CredentialsProviderError/);
    assert.match(fault.remedy, /IAM role/);
  }));

Deno.test("a throttled read is tried again; when it stays throttled the fault says so, not that it timed out", () =>
  withBench(async ({ sandbox, ec2, signal }) => {
    sandbox.faults.add({ kind: "throttle", count: 1 });
    assert.equal((await ec2.vpcCidrs("vpc-1234abcd", { signal })).length, 1);
    sandbox.faults.add({ kind: "throttle" });
    const fault = await faultOf(ec2.vpcCidrs("vpc-1234abcd", { signal }));
    assert.deepEqual([fault.code, fault.uncertain], [5, true]);
    assert.match(fault.message, /throttled.*RequestLimitExceeded/);
    assert(sandbox.calls.list().length >= 4);
  }, { sdk: { callTimeoutMs: 1_500 } }));

Deno.test("an error inside AWS is tried again for reads, is uncertain, and is not repeated for a change", () =>
  withBench(async ({ sandbox, ec2, signal }) => {
    sandbox.faults.add({ kind: "error", code: "InternalError", count: 1 });
    assert.equal((await ec2.vpcCidrs("vpc-1234abcd", { signal })).length, 1);
    sandbox.faults.add({ kind: "error", code: "InternalError" });
    const route = { tableId: "rtb-0000a002", destination: "10.1.0.20/32", eniId: "eni-5a3a7902" };
    const fault = await faultOf(ec2.replaceRoute(route, { signal }));
    assert.deepEqual([fault.code, fault.uncertain], [5, true]);
    assert.match(fault.message, /inside AWS.*InternalError/);
    assert.equal(sandbox.calls.list({ action: "ReplaceRoute" }).length, 1);
  }));

Deno.test("a throttled change is tried again, because it has surely changed nothing", () =>
  withBench(async ({ sandbox, permitted, signal }) => {
    sandbox.faults.add({ kind: "throttle", action: "ReplaceRoute", count: 1 });
    const route = { tableId: "rtb-0000a002", destination: "10.1.0.20/32", eniId: "eni-5a3a7902" };
    await permitted(() => 2_000).replaceRoute(route, { signal });
    assert.deepEqual(sandbox.calls.list({ action: "ReplaceRoute" }).map((call) => call.outcome), [
      "RequestLimitExceeded",
      "ok",
    ]);
  }));

Deno.test("an endpoint that resets, and one where nobody listens, are unreachable", () =>
  withBench(async ({ sandbox, ec2, signal }) => {
    await ec2.vpcCidrs("vpc-1234abcd", { signal });
    const check = async () => {
      const fault = await faultOf(ec2.vpcCidrs("vpc-1234abcd", { signal }));
      assert.deepEqual([fault.code, fault.uncertain], [6, true]);
      assert.match(fault.message, /did not reach the EC2 endpoint of ap-northeast-1: .*ECONN(RESET|REFUSED)/);
      assert.match(fault.remedy, /NAT.*443/);
    };
    const id = sandbox.faults.add({ kind: "unreachable" });
    await check();
    sandbox.faults.remove(id);
    await ec2.vpcCidrs("vpc-1234abcd", { signal });
    await sandbox.close();
    await check();
  }));
