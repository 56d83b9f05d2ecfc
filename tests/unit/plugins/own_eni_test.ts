/** The ENI of every type that takes one is on this very instance, however its NIC was named. */
import assert from "node:assert/strict";
import { activateContext, deactivateContext } from "../../../core/plugin/context.ts";
import type { MonitorPlugin, PluginContext, ResourcePlugin } from "../../../core/plugin/contract.ts";
import { Fault, FAULT_CODES } from "../../../core/plugin/fault.ts";
import eipMonitor from "../../../plugins/monitors/aws-eip.ts";
import secondaryMonitor from "../../../plugins/monitors/aws-secondary-ip.ts";
import vipMonitor from "../../../plugins/monitors/aws-vip.ts";
import eip from "../../../plugins/resources/aws-eip.ts";
import secondary from "../../../plugins/resources/aws-secondary-ip.ts";
import vip from "../../../plugins/resources/aws-vip.ts";
import { createBench, EIP, ENI, PEER_ENI, type TestBench, VIP, VPC } from "../../conformance/bench.ts";

const signal = new AbortController().signal;
const SECOND = "10.0.0.50";

// deno-lint-ignore no-explicit-any -- a table of plugins with options of their own.
type Case = [type: string, resource: ResourcePlugin<any>, monitor: MonitorPlugin<any>, options: Record<string, string>];

/** Every type that takes an `eni`, with the NIC named where that can be done. */
const cases: Case[] = [
  ["aws-vip", vip, vipMonitor, { ip: VIP, vpc: VPC }],
  ["aws-vip with nic", vip, vipMonitor, { ip: VIP, vpc: VPC, nic: "eth0" }],
  ["aws-secondary-ip", secondary, secondaryMonitor, { ip: SECOND }],
  ["aws-secondary-ip with nic", secondary, secondaryMonitor, { ip: SECOND, nic: "eth0" }],
  ["aws-eip", eip, eipMonitor, { allocation: EIP }],
];

const changes = ({ ec2 }: TestBench) =>
  ec2.calls.filter((call) => /^(replace|create|assign|unassign|associate|disassociate)/.test(call));

/** What the other server has made for itself: nothing of it may be taken by a server with the wrong ENI. */
async function otherCarries({ ec2 }: TestBench): Promise<void> {
  await ec2.assignAddress({ eniId: PEER_ENI, vpcId: VPC, ip: SECOND }, { signal });
  await ec2.associateAddress({ allocationId: EIP, eniId: PEER_ENI }, { signal });
  ec2.calls.length = 0;
}

/** A bond or a container: no NIC here has the hardware address of the ENI. */
async function hideMac({ folder }: TestBench): Promise<void> {
  await Deno.writeTextFile(`${folder}/nics/eth0/mac`, "02:00:00:00:00:ff\n");
}

/** The same context behind a metadata service that says nothing. */
function silent<Options>(context: PluginContext<Options>): PluginContext<Options> {
  const instanceId = () => Promise.reject(new Fault(FAULT_CODES.timeout, "it is silent", { uncertain: true }));
  return { ...context, imds: { ...context.imds, instanceId } };
}

for (const [what, resource, monitor, common] of cases) {
  const wrong = { ...common, eni: PEER_ENI };
  const right = { ...common, eni: ENI };

  Deno.test(`${what}: the ENI of another server is refused by the activation, and nothing is changed`, async () => {
    await using bench = await createBench();
    await assert.rejects(
      async () => await resource.activate(activateContext(bench.context(wrong), "failover", 7)),
      (error) => {
        assert.ok(error instanceof Fault && error.code === FAULT_CODES.requestFailed && !error.uncertain);
        assert.match(error.message, /eni-b is on i-b, but server1 runs on i-a/);
        assert.match(error.remedy, /set eni of server1 .* i-a/);
        return true;
      },
    );
    assert.deepEqual(changes(bench), []);
    assert.deepEqual(await bench.addresses(), []);
    await assert.rejects(async () => await resource.prepare!(bench.context(wrong)), /eni-b is on i-b/);
  });

  Deno.test(`${what}: with the ENI of another server its monitor is in error, also where the routes lead there`, async () => {
    await using bench = await createBench();
    await otherCarries(bench);
    await bench.os.addAddress("eth0", common.ip ?? "10.0.0.10", signal);
    const verdict = await monitor.check(bench.context(wrong));
    assert.deepEqual([verdict.status, verdict.code], ["error", FAULT_CODES.requestFailed]);
    assert.match(verdict.message, /eni-b is on i-b, but server1 runs on i-a/);
  });

  Deno.test(`${what}: a deactivation with the ENI of another server takes nothing from that one`, async () => {
    await using bench = await createBench();
    await otherCarries(bench);
    for (const reason of ["sweep", "stop"] as const) {
      await resource.deactivate(deactivateContext(bench.context(wrong), reason));
    }
    assert.deepEqual(changes(bench), []);
    assert.equal(bench.ec2.eips.get(EIP)?.eniId, PEER_ENI);
  });

  Deno.test(`${what}: an ENI that has moved to another instance is seen at the next activation`, async () => {
    await using bench = await createBench();
    await resource.prepare!(bench.context(right));
    bench.ec2.enis.get(ENI)!.instanceId = "i-c";
    await hideMac(bench);
    await assert.rejects(
      async () => await resource.activate(activateContext(bench.context(right), "failover", 7)),
      /eni-a is on i-c, but server1 runs on i-a/,
    );
  });

  if (what.endsWith("ip")) continue;
  Deno.test(`${what}: by the instance where no NIC has its hardware address; where nobody knows, it goes on and says so`, async () => {
    await using bench = await createBench();
    await hideMac(bench);
    await resource.activate(activateContext(bench.context(right), "failover", 7));
    assert.deepEqual(bench.warnings, []);
    await resource.activate(activateContext(silent(bench.context(right)), "failover", 8));
    assert.match(bench.warnings.join(), /whether eni-a is on this server is not known: .*it is silent/);
  });
}

Deno.test("an ENI whose hardware address is here costs neither a question to EC2 nor one to the metadata service", async () => {
  await using bench = await createBench();
  await eip.prepare!(bench.context({ allocation: EIP, eni: ENI }));
  bench.ec2.calls.length = 0;
  await eip.activate(activateContext(silent(bench.context({ allocation: EIP, eni: ENI })), "failover", 7));
  assert.deepEqual(bench.ec2.calls, ["associateAddress", "elasticIp"]);
});
