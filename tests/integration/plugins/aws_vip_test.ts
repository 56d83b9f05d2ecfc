import assert from "node:assert/strict";
import type { NetworkInterface } from "../../../core/aws/ec2.ts";
import { activateContext, deactivateContext } from "../../../core/plugin/context.ts";
import { Fault, FAULT_CODES } from "../../../core/plugin/fault.ts";
import awsVip from "../../../plugins/resources/aws-vip.ts";
import { createBench, ENI, PEER_ENI, type TestBench, VIP, VPC } from "../../conformance/bench.ts";
import { Stopwatch } from "../../unit/stopwatch.ts";

const OPTIONS = { ip: VIP, vpc: VPC, eni: ENI };

function activate(bench: TestBench, options: typeof OPTIONS & { nic?: string } = OPTIONS, signal?: AbortSignal) {
  return awsVip.activate(activateContext(bench.context(options, signal ? { signal } : {}), "failover", 7));
}

/** The ENI of the VIP's route in each table that has one. */
function targets(bench: TestBench): (string | undefined)[] {
  return bench.ec2.tables.slice(0, 2).map((table) => table.routes[0]?.eniId);
}

Deno.test("aws-vip points every table that has the route to the own ENI, and no other route", async () => {
  await using bench = await createBench();
  await activate(bench);
  assert.deepEqual(targets(bench), [ENI, ENI]);
  assert.equal(bench.ec2.tables[0]?.routes[1]?.eniId, PEER_ENI);
  assert.deepEqual(bench.ec2.tables[2]?.routes, [{ destination: "0.0.0.0/0", state: "active" }]);
});

Deno.test("aws-vip takes over in three round trips to EC2 when it was prepared", async () => {
  await using bench = await createBench();
  await awsVip.prepare?.(bench.context(OPTIONS));
  bench.ec2.calls.length = 0;
  bench.ec2.latencyMs = 150;
  const watch = new Stopwatch();
  await activate(bench);
  const elapsedMs = watch.ownMs;
  assert.deepEqual(bench.ec2.calls, ["routeTables", "replaceRoute", "replaceRoute", "routeTables"]);
  assert.ok(elapsedMs < 4 * 150, `it took ${Math.round(elapsedMs)} ms`);
});

Deno.test("aws-vip takes over in three round trips even when it was not prepared", async () => {
  await using bench = await createBench();
  bench.ec2.latencyMs = 150;
  const watch = new Stopwatch();
  await activate(bench);
  assert.ok(watch.ownMs < 4 * 150);
});

Deno.test("aws-vip writes each remembered table once and needs one read where all routes lead here already", async () => {
  await using bench = await createBench();
  await activate(bench);
  bench.ec2.calls.length = 0;
  await activate(bench);
  assert.deepEqual(bench.ec2.calls, ["routeTables", "replaceRoute", "replaceRoute"]);
});

Deno.test("aws-vip waits until a read confirms what it wrote", async () => {
  await using bench = await createBench();
  bench.ec2.staleReads = 2;
  await activate(bench);
  assert.equal(bench.ec2.staleReads, 0);
  assert.equal(bench.ec2.calls.filter((call) => call === "routeTables").length, 4);
});

Deno.test("aws-vip wins against a late call of the former carrier", async () => {
  await using bench = await createBench();
  const replaceRoute = bench.ec2.replaceRoute.bind(bench.ec2);
  let late = 1;
  bench.ec2.replaceRoute = async (route, options) => {
    await replaceRoute(route, options);
    if (route.tableId === "rtb-2" && late-- > 0) await replaceRoute({ ...route, eniId: PEER_ENI }, options);
  };
  await activate(bench);
  assert.deepEqual(targets(bench), [ENI, ENI]);
});

Deno.test("aws-vip tries a throttled table again, and stops at once at one that is denied", async () => {
  await using bench = await createBench();
  const replaceRoute = bench.ec2.replaceRoute.bind(bench.ec2);
  let throttled = 1;
  bench.ec2.replaceRoute = (route, options) => {
    if (route.tableId === "rtb-1" && throttled-- > 0) {
      return Promise.reject(new Fault(FAULT_CODES.requestFailed, "throttled", { uncertain: true }));
    }
    return replaceRoute(route, options);
  };
  await activate(bench);
  assert.deepEqual(targets(bench), [ENI, ENI]);

  await using denied = await createBench();
  denied.ec2.failing.set("replaceRoute", new Fault(FAULT_CODES.requestFailed, "ec2:ReplaceRoute is denied"));
  await assert.rejects(activate(denied), (error) => {
    assert.ok(error instanceof Fault && error.code === FAULT_CODES.requestFailed && !error.uncertain);
    assert.match(error.message, /rtb-1 \(ec2:ReplaceRoute is denied\), rtb-2/);
    return true;
  });
});

Deno.test("aws-vip names the tables that were not confirmed when its time was over", async () => {
  await using bench = await createBench();
  bench.ec2.staleReads = 1_000;
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new DOMException("over", "TimeoutError")), 80);
  await assert.rejects(activate(bench, OPTIONS, controller.signal), (error) => {
    assert.ok(error instanceof Fault && error.code === FAULT_CODES.timeout && error.uncertain);
    assert.match(error.message, /rtb-1 .*rtb-2/);
    return true;
  });
  clearTimeout(timer);
});

const refusals: [string, (bench: TestBench) => typeof OPTIONS & { nic?: string }, number, RegExp][] = [
  ["a VIP inside the VPC", () => ({ ...OPTIONS, ip: "10.0.9.9" }), FAULT_CODES.address, /10\.0\.0\.0\/16/],
  ["an IPv6 VIP inside the VPC", () => ({ ...OPTIONS, ip: "fd00:aaaa::1" }), FAULT_CODES.address, /fd00:aaaa::\/56/],
  [
    "a VIP that no table routes",
    () => ({ ...OPTIONS, ip: "10.1.0.21" }),
    FAULT_CODES.requestFailed,
    /10\.1\.0\.21\/32/,
  ],
  ["an ENI that does not exist", () => ({ ...OPTIONS, eni: "eni-x" }), FAULT_CODES.requestFailed, /eni-x/],
  ["the other server's ENI", () => ({ ...OPTIONS, eni: PEER_ENI }), FAULT_CODES.requestFailed, /i-b/],
  ["a NIC that does not exist", () => ({ ...OPTIONS, nic: "eth9" }), FAULT_CODES.requestFailed, /eth9/],
];
for (const [what, options, code, words] of refusals) {
  Deno.test(`aws-vip refuses ${what}, and has changed nothing`, async () => {
    await using bench = await createBench();
    await assert.rejects(activate(bench, options(bench)), (error) => {
      assert.ok(error instanceof Fault);
      assert.equal(error.code, code);
      assert.match(error.message, words);
      return true;
    });
    assert.deepEqual(await bench.addresses(), []);
    assert.ok(!bench.ec2.calls.includes("replaceRoute"));
  });
}

Deno.test("aws-vip warns once of a source/destination check that is on, and serves all the same", async () => {
  await using bench = await createBench();
  (bench.ec2.enis.get(ENI) as NetworkInterface).sourceDestCheck = true;
  await activate(bench);
  assert.equal(bench.warnings.length, 1);
  assert.match(bench.warnings[0] ?? "", /source\/destination check of eni-a/);
});

Deno.test("aws-vip takes the address off without a single call to EC2 and leaves the routes to the successor", async () => {
  await using bench = await createBench();
  await activate(bench);
  bench.ec2.calls.length = 0;
  await awsVip.deactivate(deactivateContext(bench.context(OPTIONS), "fence"));
  assert.deepEqual(bench.ec2.calls, []);
  assert.deepEqual(await bench.addresses(), []);
  assert.deepEqual(targets(bench), [ENI, ENI]);
});

Deno.test("aws-vip brings its monitor with it, with the same options", () => {
  assert.deepEqual(awsVip.companion?.(OPTIONS, "awsvip1"), { type: "aws-vip", options: OPTIONS });
});

Deno.test("aws-vip refuses a VIP that the system itself has configured (the guide's 12), and has changed nothing", async () => {
  await using bench = await createBench();
  const nics = bench.os.nics.bind(bench.os);
  bench.os.nics = async (signal) =>
    (await nics(signal)).map((nic) => ({ ...nic, addresses: [{ ip: VIP, prefix: 24 }] }));
  await assert.rejects(activate(bench), (error) => {
    assert.ok(error instanceof Fault);
    assert.equal(error.code, FAULT_CODES.nicAddress);
    assert.match(error.message, /10\.1\.0\.20 is configured on eth0 by the system, as \/24/);
    assert.match(error.remedy, /network configuration/);
    return true;
  });
  assert.ok(!bench.ec2.calls.includes("replaceRoute"));
});
