/** What reads of route tables mean for a takeover: one that fails ends none, and what was seen decides what is written. */
import assert from "node:assert/strict";
import { activateContext } from "../../../core/plugin/context.ts";
import { Fault, FAULT_CODES } from "../../../core/plugin/fault.ts";
import awsVip, { type AwsVipOptions } from "../../../plugins/resources/aws-vip.ts";
import { readVipTables, rememberedTables } from "../../../plugins/resources/vip_tables.ts";
import { createBench, ENI, type TestBench, VIP, VPC } from "../../conformance/bench.ts";

const OPTIONS: AwsVipOptions = { ip: VIP, vpc: VPC, eni: ENI };
const { signal } = new AbortController();

const activate = (bench: TestBench, options = OPTIONS) =>
  awsVip.activate(activateContext(bench.context(options), "failover", 7));

/** Lets these reads of the tables, counted from 1, be throttled. */
function throttleReads({ ec2 }: TestBench, ...throttled: number[]): { count: number } {
  const routeTables = ec2.routeTables.bind(ec2);
  const reads = { count: 0 };
  ec2.routeTables = (query, options) =>
    throttled.includes(++reads.count)
      ? Promise.reject(new Fault(FAULT_CODES.requestFailed, "throttled", { uncertain: true }))
      : routeTables(query, options);
  return reads;
}

for (const prepared of [false, true]) {
  Deno.test(`a throttled read-back ends no takeover${prepared ? ", also of routes that were written ahead" : ""}`, async () => {
    await using bench = await createBench();
    if (prepared) await awsVip.prepare!(bench.context(OPTIONS));
    // The first read finds the tables; those after it are of what was written.
    const reads = throttleReads(bench, 2, 3);
    await activate(bench);
    assert.equal(reads.count, 4);
    assert.deepEqual(bench.ec2.tables.slice(0, 2).map(({ routes }) => routes[0]?.eniId), [ENI, ENI]);
    // The read was the trouble, not the activation: it is not begun anew.
    assert.deepEqual(bench.warnings, []);
  });
}

Deno.test("a listed table without the route is not remembered: nothing is written into it before it was looked at", async () => {
  await using bench = await createBench();
  const route = { ...OPTIONS, tables: ["rtb-1", "rtb-other", "rtb-none"] };
  const asking = { os: bench.os, signal };
  const read = await readVipTables(bench.ec2, route, asking);
  assert.deepEqual(read.map(({ id }) => id), ["rtb-1", "rtb-other", "rtb-none"]);
  assert.deepEqual(rememberedTables(route, bench.os).map(({ id }) => id), ["rtb-1"]);
  const written: string[] = [];
  const replaceRoute = bench.ec2.replaceRoute.bind(bench.ec2);
  bench.ec2.replaceRoute = (change, options) => {
    written.push(change.tableId);
    return replaceRoute(change, options);
  };
  await assert.rejects(activate(bench, route), /2 route table\(s\) could not be pointed/);
  assert.deepEqual(written.filter((id) => id !== "rtb-1").sort(), ["rtb-none", "rtb-other"]);
});
