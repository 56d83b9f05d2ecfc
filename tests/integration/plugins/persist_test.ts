/** Changes in a cloud are tried in place until their deadline, with growing pauses, and are seen before they count. */
import assert from "node:assert/strict";
import { activateContext, deactivateContext } from "../../../core/plugin/context.ts";
import type { ResourcePlugin } from "../../../core/plugin/contract.ts";
import { Fault, FAULT_CODES } from "../../../core/plugin/fault.ts";
import { persist, persistUntilSeen } from "../../../plugins/persist.ts";
import eip from "../../../plugins/resources/aws-eip.ts";
import secondary from "../../../plugins/resources/aws-secondary-ip.ts";
import vip from "../../../plugins/resources/aws-vip.ts";
import { createBench, EIP, ENI, PEER_ENI, type TestBench, VIP, VPC } from "../../conformance/bench.ts";
import type { Call } from "../../conformance/fake_ec2.ts";

const uncertain = (what: string) => new Fault(FAULT_CODES.requestFailed, what, { uncertain: true, remedy: "wait" });
const log = { debug() {}, info() {}, warn() {} };
const EVERY: Call[] = [
  "networkInterface",
  "vpcCidrs",
  "subnetCidrs",
  "routeTables",
  "replaceRoute",
  "setSourceDestCheck",
  "interfaceWithAddress",
  "assignAddress",
  "elasticIp",
  "associateAddress",
];

// deno-lint-ignore no-explicit-any -- a table of plugins with options of their own.
const types: [string, ResourcePlugin<any>, Record<string, string>, Call, (bench: TestBench) => boolean][] = [
  [
    "aws-vip",
    vip,
    { ip: VIP, vpc: VPC, eni: ENI },
    "replaceRoute",
    ({ ec2 }) => ec2.tables.slice(0, 2).every(({ routes }) => routes[0]?.eniId === ENI),
  ],
  [
    "aws-secondary-ip",
    secondary,
    { ip: "10.0.0.50", eni: ENI },
    "assignAddress",
    ({ ec2 }) => ec2.enis.get(ENI)!.privateIps.includes("10.0.0.50"),
  ],
  ["aws-eip", eip, { allocation: EIP, eni: ENI }, "associateAddress", ({ ec2 }) => ec2.eips.get(EIP)?.eniId === ENI],
];

for (const [type, resource, options, call, there] of types) {
  const activate = (bench: TestBench, signal?: AbortSignal) =>
    resource.activate(activateContext(bench.context(options, signal ? { signal } : {}), "failover", 7));

  Deno.test(`${type}: a second of errors inside AWS costs a second, and one activation`, async () => {
    await using bench = await createBench();
    for (const each of EVERY) bench.ec2.failing.set(each, uncertain("it failed inside AWS"));
    const over = setTimeout(() => bench.ec2.failing.clear(), 1_000);
    await activate(bench);
    clearTimeout(over);
    assert.ok(there(bench));
    // With pauses between them: four at once were over in 50 ms.
    assert.ok(bench.ec2.calls.length < 60, `${bench.ec2.calls.length} calls`);
    assert.ok(bench.warnings.some((text) => /is tried again: it failed inside AWS/.test(text)));
  });

  Deno.test(`${type}: a change whose answer is lost is looked for, and one that a read does not show is made again`, async () => {
    await using bench = await createBench();
    const original = (bench.ec2[call] as (...asked: unknown[]) => Promise<unknown>).bind(bench.ec2);
    let times = 0;
    // deno-lint-ignore no-explicit-any -- one of several calls.
    (bench.ec2 as any)[call] = async (...asked: unknown[]) => {
      times++;
      if (times === 1) throw uncertain("nothing was done");
      await original(...asked);
      throw uncertain("the answer was lost");
    };
    await activate(bench);
    assert.ok(there(bench));
    assert.ok(times >= 2 && times <= 4, `${times} changes`);
  });

  Deno.test(`${type}: what is denied ends the activation at once, and the deadline ends it with the latest failure`, async () => {
    await using bench = await createBench();
    const denied = Object.assign(new Error("no"), {
      Code: "UnauthorizedOperation",
      $metadata: { httpStatusCode: 403 },
    });
    bench.ec2.failing.set(call, new Fault(FAULT_CODES.requestFailed, "denied", { uncertain: true, cause: denied }));
    await assert.rejects(activate(bench), /denied/);
    bench.ec2.failing.set(call, uncertain("it failed inside AWS"));
    await assert.rejects(activate(bench, AbortSignal.timeout(500)), (error) => {
      assert.ok(error instanceof Fault && error.uncertain);
      assert.match(error.message, /it failed inside AWS/);
      return true;
    });
  });
}

Deno.test("aws-eip: an operator's stop goes on until EC2 has taken the address off, also where a late call put it back", async () => {
  await using bench = await createBench();
  const options = { allocation: EIP, eni: ENI };
  await eip.activate(activateContext(bench.context(options), "start", 1));
  const disassociate = bench.ec2.disassociateAddress.bind(bench.ec2);
  let times = 0;
  bench.ec2.disassociateAddress = async (id, asked) => {
    times++;
    if (times === 1) throw uncertain("throttled");
    await disassociate(id, asked);
    if (times === 2) await bench.ec2.associateAddress({ allocationId: EIP, eniId: ENI }, asked);
  };
  await eip.deactivate(deactivateContext(bench.context(options), "stop"));
  assert.deepEqual([times, bench.ec2.eips.get(EIP)?.eniId], [3, undefined]);
  await bench.ec2.associateAddress({ allocationId: EIP, eniId: PEER_ENI }, { signal: new AbortController().signal });
});

Deno.test("pauses between attempts grow, and end with the signal", async () => {
  const times: number[] = [];
  const { signal } = new AbortController();
  await persist("it", { signal, log }, () => {
    times.push(performance.now());
    return times.length < 5 ? Promise.reject(uncertain("not yet")) : Promise.resolve();
  });
  const pauses = times.slice(1).map((ms, index) => ms - times[index]!);
  // At least half of 200, 400, 800 and 1,600 ms; how much longer is the machine's affair.
  for (const [index, ms] of pauses.entries()) assert.ok(ms >= 0.5 * 200 * 2 ** index - 2, pauses.join());
  await assert.rejects(
    persist("the thing", { signal: AbortSignal.timeout(50), log }, () => Promise.reject(uncertain("not yet"))),
    /not yet \(the thing was tried until its time was over\)/,
  );
});

Deno.test("a mistake of ours is never tried again, and a read that fails makes no change be made again", async () => {
  const { signal } = new AbortController();
  let calls = 0;
  await assert.rejects(persist("it", { signal, log }, () => Promise.reject(new TypeError(`mistake ${++calls}`))), /1/);
  let [changes, reads] = [0, 0];
  await persistUntilSeen(
    "it",
    { signal, log },
    () => Promise.resolve(void changes++),
    () => ++reads < 3 ? Promise.reject(uncertain("throttled")) : Promise.resolve(true),
  );
  assert.deepEqual([changes, reads], [1, 3]);
});
