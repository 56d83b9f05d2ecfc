import assert from "node:assert/strict";
import { activateContext, deactivateContext } from "../../../core/plugin/context.ts";
import type { DeactivationReason } from "../../../core/plugin/contract.ts";
import { Fault, FAULT_CODES } from "../../../core/plugin/fault.ts";
import monitor from "../../../plugins/monitors/aws-eip.ts";
import awsEip from "../../../plugins/resources/aws-eip.ts";
import { createBench, EIP, ENI, PEER_ENI, type TestBench } from "../../conformance/bench.ts";
import { Stopwatch } from "../../unit/stopwatch.ts";

const OPTIONS = { allocation: EIP, eni: ENI };
const signal = new AbortController().signal;

const activate = (bench: TestBench) => awsEip.activate(activateContext(bench.context(OPTIONS), "start", 1));
const deactivate = (bench: TestBench, reason: DeactivationReason, parts: { signal?: AbortSignal } = {}) =>
  awsEip.deactivate(deactivateContext(bench.context(OPTIONS, parts), reason));

Deno.test("aws-eip takes the address from the other server", async () => {
  await using bench = await createBench();
  await bench.ec2.associateAddress({ allocationId: EIP, eniId: PEER_ENI }, { signal });
  await activate(bench);
  assert.equal(bench.ec2.eips.get(EIP)?.eniId, ENI);
});

Deno.test("aws-eip never removes a successor's association", async () => {
  await using bench = await createBench();
  await activate(bench);
  await bench.ec2.associateAddress({ allocationId: EIP, eniId: PEER_ENI }, { signal });
  await deactivate(bench, "stop");
  assert.equal(bench.ec2.eips.get(EIP)?.eniId, PEER_ENI);
});

Deno.test("aws-eip does not remove an association that the successor makes between our read and our call", async () => {
  await using bench = await createBench();
  await activate(bench);
  const elasticIp = bench.ec2.elasticIp.bind(bench.ec2);
  bench.ec2.elasticIp = async (id, options) => {
    const seen = await elasticIp(id, options);
    await bench.ec2.associateAddress({ allocationId: EIP, eniId: PEER_ENI }, options);
    return seen;
  };
  await deactivate(bench, "stop");
  assert.equal(bench.ec2.eips.get(EIP)?.eniId, PEER_ENI);
});

Deno.test("aws-eip removes the association it remembers when EC2 can't be read", async () => {
  await using bench = await createBench();
  await activate(bench);
  bench.ec2.failing.set("elasticIp", new Fault(FAULT_CODES.requestFailed, "throttled", { uncertain: true }));
  await deactivate(bench, "stop");
  assert.equal(bench.ec2.eips.get(EIP)?.eniId, undefined);
});

Deno.test("aws-eip without network: an operator's stop fails, a fence ends within its short time with a warning", async () => {
  await using bench = await createBench();
  await activate(bench);
  bench.ec2.hanging.add("elasticIp");
  const watch = new Stopwatch();
  await deactivate(bench, "fence");
  assert.ok(watch.ownMs < 1_450, "the shortest time to stop a group is 1,490 ms");
  assert.match(bench.warnings.join(), /the next carrier will take it/);
  bench.ec2.hanging.clear();
  bench.ec2.cutOff();
  await assert.rejects(deactivate(bench, "stop", { signal: AbortSignal.timeout(600) }), (error) => {
    assert.ok(error instanceof Fault && error.uncertain);
    assert.match(
      error.message,
      /the EC2 endpoint did not answer \(eipalloc-1 off eni-a was tried until its time was over\)/,
    );
    return true;
  });
});

Deno.test("aws-eip confirms by a read, and lets a throttled read pass", async () => {
  await using bench = await createBench();
  const elasticIp = bench.ec2.elasticIp.bind(bench.ec2);
  let reads = 0;
  bench.ec2.elasticIp = async (id, options) => {
    reads++;
    if (reads === 1) throw new Fault(FAULT_CODES.requestFailed, "throttled", { uncertain: true });
    const { eniId: _, ...old } = await elasticIp(id, options);
    return reads === 2 ? old : await elasticIp(id, options);
  };
  await activate(bench);
  assert.equal(reads, 3);
});

Deno.test("aws-eip names an allocation id that does not exist", async () => {
  await using bench = await createBench();
  const context = bench.context({ allocation: "eipalloc-x", eni: ENI });
  await assert.rejects(awsEip.activate(activateContext(context, "start", 1)), /eipalloc-x/);
});

Deno.test("aws-eip stands for the private address that is named, and its monitor sees another one", async () => {
  await using bench = await createBench();
  const options = { ...OPTIONS, privateIp: "10.0.0.50" };
  await bench.ec2.associateAddress({ allocationId: EIP, eniId: ENI }, { signal });
  const before = await monitor.check(bench.context(options));
  assert.deepEqual([before.status, before.code], ["error", FAULT_CODES.address]);
  assert.match(before.message, /is not on 10\.0\.0\.50 of eni-a but on 10\.0\.0\.10 of eni-a/);
  await awsEip.activate(activateContext(bench.context(options), "start", 1));
  assert.equal(bench.ec2.eips.get(EIP)?.privateIp, "10.0.0.50");
  assert.equal((await monitor.check(bench.context(options))).status, "normal");
});
