/** The local parts of the monitors of AWS: without any network, and often. */
import assert from "node:assert/strict";
import type { MonitorPlugin } from "../../../core/plugin/contract.ts";
import { FAULT_CODES } from "../../../core/plugin/fault.ts";
import { builtIns } from "../../../plugins/mod.ts";
import secondary from "../../../plugins/monitors/aws-secondary-ip.ts";
import vip from "../../../plugins/monitors/aws-vip.ts";
import { createBench, ENI, VIP, VPC } from "../../conformance/bench.ts";

const { signal } = new AbortController();

for (
  const [type, monitor, options] of [["aws-vip", vip, { ip: VIP, vpc: VPC, eni: ENI }], [
    "aws-secondary-ip",
    secondary,
    { ip: "10.0.0.50", eni: ENI },
  ]] as const
) {
  Deno.test(`${type}: an address that a network manager took off the NIC is seen without a question to EC2`, async () => {
    await using bench = await createBench();
    bench.ec2.cutOff();
    await bench.os.addAddress("eth0", options.ip, signal);
    // deno-lint-ignore no-explicit-any -- each with the options of its own.
    const look = () => monitor.look!(bench.context(options) as any);
    assert.equal((await look()).status, "normal");
    await bench.os.removeAddress(options.ip, signal);
    const verdict = await look();
    assert.deepEqual([verdict.status, verdict.code], ["error", FAULT_CODES.address]);
    assert.deepEqual(bench.ec2.calls, []);
  });
}

Deno.test("what EC2 and Route 53 are asked, they are asked every 30 s", async () => {
  for (const type of ["aws-vip", "aws-eip", "aws-secondary-ip", "aws-dns", "aws-az"]) {
    const { default: plugin } = await builtIns.monitor[type]!();
    assert.equal((plugin as MonitorPlugin).defaults?.intervalMs, 30_000, type);
  }
});
