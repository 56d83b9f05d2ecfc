/** The AWS plugins through the real SDK, against the sandbox: the same suites as with the EC2 in memory. */
import assert from "node:assert/strict";
import { activateContext } from "../../../core/plugin/context.ts";
import { Fault, FAULT_CODES } from "../../../core/plugin/fault.ts";
import awsAz from "../../../plugins/monitors/aws-az.ts";
import awsEipMonitor from "../../../plugins/monitors/aws-eip.ts";
import awsVipMonitor from "../../../plugins/monitors/aws-vip.ts";
import awsEip from "../../../plugins/resources/aws-eip.ts";
import awsVip from "../../../plugins/resources/aws-vip.ts";
import { eipTopology, vipTopology } from "../../../sandbox/mod.ts";
import { monitorSuite } from "../../conformance/monitor_suite.ts";
import { resourceSuite } from "../../conformance/resource_suite.ts";
import { createSandboxBench, type SandboxBench } from "../../conformance/sandbox_bench.ts";

const never = new AbortController().signal;
const VIP = "10.1.0.20";
const VPC = "vpc-1234abcd";
const ALLOCATION = "eipalloc-1234abcd";

/** The routes of the VIP as the cloud has them. */
const routesOf = ({ sandbox }: SandboxBench) =>
  sandbox.region.routeTables.flatMap((table) => table.routes).filter((route) => route.destination === `${VIP}/32`);
const point = (bench: SandboxBench, eniId: string) => routesOf(bench).forEach((route) => route.eniId = eniId);
const associationOf = ({ sandbox }: SandboxBench) =>
  sandbox.region.addresses.find((address) => address.allocationId === ALLOCATION)?.association;

const vipOptions = (bench: SandboxBench) => ({ ip: VIP, vpc: VPC, eni: bench.eni });
const eipOptions = (bench: SandboxBench) => ({ allocation: ALLOCATION, eni: bench.eni });

resourceSuite("aws-vip on the sandbox", awsVip, async () => {
  const bench = await createSandboxBench(vipTopology());
  return {
    options: vipOptions(bench),
    context: bench.context,
    isActive: async () => (await bench.os.nics(never))[0]?.addresses.some((address) => address.ip === VIP) ?? false,
    crashHalfway: () => bench.os.addAddress("eth0", VIP, never),
    hang: () => bench.hang("ReplaceRoute"),
    cutNetwork: () => bench.cutOff(),
    localDeactivation: true,
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
});

resourceSuite("aws-eip on the sandbox", awsEip, async () => {
  const bench = await createSandboxBench(eipTopology());
  const { signal } = new AbortController();
  return {
    options: eipOptions(bench),
    context: bench.context,
    isActive: () => Promise.resolve(associationOf(bench)?.eniId === bench.eni),
    crashHalfway: async () => {
      const ec2 = await bench.context({}).ec2();
      await ec2.associateAddress({ allocationId: ALLOCATION, eniId: bench.eni }, { signal });
    },
    hang: () => bench.hang("DescribeAddresses"),
    cutNetwork: () => bench.cutOff(),
    localDeactivation: false,
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
});

monitorSuite("aws-vip on the sandbox", awsVipMonitor, async () => {
  const bench = await createSandboxBench(vipTopology());
  await bench.os.addAddress("eth0", VIP, never);
  point(bench, bench.eni);
  return {
    options: vipOptions(bench),
    context: bench.context,
    breakIt: () => point(bench, bench.peerEni),
    hideIt: () => bench.cutOff(),
    hang: () => bench.hang("DescribeRouteTables"),
    errorCode: FAULT_CODES.routeChanged,
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
});

monitorSuite("aws-eip on the sandbox", awsEipMonitor, async () => {
  const bench = await createSandboxBench(eipTopology());
  const association = associationOf(bench);
  assert.ok(association);
  association.eniId = bench.eni;
  return {
    options: eipOptions(bench),
    context: bench.context,
    breakIt: () => void (association.eniId = bench.peerEni),
    // Denied is as silent about the address as no answer at all.
    hideIt: () => void bench.sandbox.faults.add({ kind: "error", code: "UnauthorizedOperation", status: 403 }),
    hang: () => bench.hang("DescribeAddresses"),
    errorCode: FAULT_CODES.address,
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
});

monitorSuite("aws-az on the sandbox", awsAz, async () => {
  const bench = await createSandboxBench(vipTopology());
  return {
    // None: the zone comes from the metadata service.
    options: {},
    context: bench.context,
    breakIt: () => bench.sandbox.region.zones.forEach((zone) => zone.state = "unavailable"),
    hideIt: () => bench.cutOff(),
    hang: () => bench.hang("DescribeAvailabilityZones"),
    errorCode: FAULT_CODES.requestFailed,
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
});

Deno.test("aws-vip on the sandbox: every table that routes the VIP leads here, whatever throttling and stale reads do", async () => {
  await using bench = await createSandboxBench(vipTopology());
  bench.sandbox.faults.add({ kind: "throttle", action: "ReplaceRoute", count: 2 });
  bench.sandbox.faults.add({ kind: "stale", ms: 10_000, action: "DescribeRouteTables", count: 2 });
  await awsVip.activate(activateContext(bench.context(vipOptions(bench)) as never, "failover", 2));
  assert.deepEqual(routesOf(bench).map((route) => route.eniId), [bench.eni, bench.eni, bench.eni]);
});

Deno.test("aws-eip on the sandbox: an address that a NAT gateway has is somebody else's, not a matter of credentials", async () => {
  await using bench = await createSandboxBench(eipTopology());
  bench.sandbox.region.addresses.forEach((address) => address.managed = true);
  await assert.rejects(
    () => awsEip.activate(activateContext(bench.context(eipOptions(bench)) as never, "failover", 2)),
    (error) => {
      assert.ok(error instanceof Fault && error.code === FAULT_CODES.requestFailed && !error.uncertain);
      assert.match(error.message, /was refused: You do not have permission .*AuthFailure/);
      assert.match(error.remedy, /who holds eipalloc-1234abcd .*NAT gateway/);
      assert.doesNotMatch(error.remedy, /credentials/);
      return true;
    },
  );
  assert.equal(bench.sandbox.calls.list({ action: "AssociateAddress" }).length, 1);
});
