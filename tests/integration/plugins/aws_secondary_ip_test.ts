import assert from "node:assert/strict";
import { activateContext, deactivateContext } from "../../../core/plugin/context.ts";
import type { DeactivationReason } from "../../../core/plugin/contract.ts";
import { Fault, FAULT_CODES } from "../../../core/plugin/fault.ts";
import monitor from "../../../plugins/monitors/aws-secondary-ip.ts";
import resource from "../../../plugins/resources/aws-secondary-ip.ts";
import { vipTopology } from "../../../sandbox/mod.ts";
import { createBench, ENI, PEER_ENI, type TestBench, VPC } from "../../conformance/bench.ts";
import { monitorSuite } from "../../conformance/monitor_suite.ts";
import { resourceSuite } from "../../conformance/resource_suite.ts";
import { createSandboxBench } from "../../conformance/sandbox_bench.ts";
import { Stopwatch } from "../../unit/stopwatch.ts";

const signal = new AbortController().signal;
const FOUR = "10.0.0.50";
const SIX = "fd00:aaaa:0:1::50";

const activate = (bench: TestBench, ip = FOUR, eni = ENI) =>
  resource.activate(activateContext(bench.context({ ip, eni }), "failover", 2));
const deactivate = (bench: TestBench, reason: DeactivationReason) =>
  resource.deactivate(deactivateContext(bench.context({ ip: FOUR, eni: ENI }), reason));

for (const ip of [FOUR, SIX]) {
  resourceSuite(`aws-secondary-ip ${ip}`, resource, async () => {
    const bench = await createBench();
    return {
      options: { ip, eni: ENI },
      context: (options, signal) => bench.context(options, signal === undefined ? {} : { signal }),
      isActive: async () => (await bench.addresses()).includes(ip),
      crashHalfway: async () => {
        await bench.os.addAddress("eth0", ip, signal);
        await bench.ec2.assignAddress({ eniId: ENI, vpcId: VPC, ip }, { signal });
      },
      hang: () => void bench.ec2.hanging.add("assignAddress"),
      cutNetwork: () => bench.ec2.cutOff(),
      localDeactivation: true,
      [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
    };
  });
}

resourceSuite("aws-secondary-ip on the sandbox", resource, async () => {
  const bench = await createSandboxBench(vipTopology());
  const ip = "10.0.120.50";
  return {
    options: { ip, eni: bench.eni },
    context: bench.context,
    isActive: async () => (await bench.os.nics(signal))[0]?.addresses.some((one) => one.ip === ip) ?? false,
    crashHalfway: () => bench.os.addAddress("eth0", ip, signal),
    hang: () => bench.hang("AssignPrivateIpAddresses"),
    cutNetwork: () => bench.cutOff(),
    localDeactivation: true,
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
});

monitorSuite("aws-secondary-ip (assignment)", monitor, async () => {
  const bench = await createBench();
  await bench.os.addAddress("eth0", FOUR, signal);
  await bench.ec2.assignAddress({ eniId: ENI, vpcId: VPC, ip: FOUR }, { signal });
  return {
    options: { ip: FOUR, eni: ENI },
    context: (options, signal) => bench.context(options, signal === undefined ? {} : { signal }),
    breakIt: () => bench.ec2.assignAddress({ eniId: PEER_ENI, vpcId: VPC, ip: FOUR }, { signal }),
    hideIt: () => bench.ec2.cutOff(),
    hang: () => void bench.ec2.hanging.add("networkInterface"),
    errorCode: FAULT_CODES.address,
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
});

monitorSuite("aws-secondary-ip on the sandbox (address)", monitor, async () => {
  const bench = await createSandboxBench(vipTopology());
  const ip = "10.0.120.50";
  await bench.os.addAddress("eth0", ip, signal);
  bench.sandbox.region.networkInterfaces.find(({ id }) => id === bench.eni)?.privateIps.push(ip);
  return {
    options: { ip, eni: bench.eni },
    context: bench.context,
    breakIt: () => bench.os.removeAddress(ip, signal),
    hideIt: () => bench.cutOff(),
    hang: () => bench.hang("DescribeNetworkInterfaces"),
    errorCode: FAULT_CODES.address,
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
});

Deno.test("aws-secondary-ip takes the address from the other server, and leaves a successor's alone", async () => {
  for (const ip of [FOUR, SIX]) {
    await using bench = await createBench();
    await bench.ec2.assignAddress({ eniId: PEER_ENI, vpcId: VPC, ip }, { signal });
    await activate(bench, ip);
    const own = bench.ec2.enis.get(ENI)!;
    assert.ok([...own.privateIps, ...own.ipv6Addresses].includes(ip));
    await bench.ec2.assignAddress({ eniId: PEER_ENI, vpcId: VPC, ip }, { signal });
    await resource.deactivate(deactivateContext(bench.context({ ip, eni: ENI }), "stop"));
    const peer = bench.ec2.enis.get(PEER_ENI)!;
    assert.ok([...peer.privateIps, ...peer.ipv6Addresses].includes(ip));
    assert.deepEqual(bench.warnings, []);
  }
});

Deno.test("aws-secondary-ip refuses an address of another subnet and the first of an interface, and has changed nothing", async () => {
  await using bench = await createBench();
  for (const [ip, words] of [["10.0.1.50", /outside subnet-1/], ["10.0.0.10", /first address of eni-a/]] as const) {
    for (const call of [() => activate(bench, ip), () => resource.prepare!(bench.context({ ip, eni: ENI }))]) {
      await assert.rejects(call(), (error) => {
        assert.ok(error instanceof Fault && error.code === FAULT_CODES.address && !error.uncertain);
        assert.match(error.message, words);
        assert.ok(error.remedy.length > 0);
        return true;
      });
    }
  }
  assert.deepEqual(await bench.addresses(), []);
  assert.ok(!bench.ec2.calls.includes("assignAddress"));
});

Deno.test("aws-secondary-ip takes the address off this machine first, whatever EC2 does, and a fence ends in its time", async () => {
  await using bench = await createBench();
  await activate(bench);
  bench.ec2.hanging.add("unassignAddress");
  const watch = new Stopwatch();
  await deactivate(bench, "fence");
  assert.ok(watch.ownMs < 1_450);
  assert.deepEqual(await bench.addresses(), []);
  assert.match(bench.warnings.join(), /the next carrier will take it/);
});

Deno.test("aws-secondary-ip confirms by a read, and lets a throttled one pass", async () => {
  await using bench = await createBench();
  const read = bench.ec2.networkInterface.bind(bench.ec2);
  let reads = 0;
  bench.ec2.networkInterface = async (id, options) => {
    const eni = await read(id, options);
    if (++reads === 2) throw new Fault(5, "throttled", { uncertain: true });
    return reads === 3 ? { ...eni, privateIps: eni.privateIps.filter((one) => one !== FOUR) } : eni;
  };
  await activate(bench);
  assert.equal(reads, 4);
});
