import assert from "node:assert/strict";
import { withDeadline } from "../../../core/aws/deadline.ts";
import { pause } from "../../../core/plugin/deadline.ts";
import { Fault } from "../../../core/plugin/fault.ts";
import { Stopwatch } from "../../unit/stopwatch.ts";
import { type Bench, faultOf, withBench } from "./helpers.ts";

const ROUTE = { tableId: "rtb-0000a002", destination: "10.1.0.20/32", eniId: "eni-5a3a7902" };

function target({ sandbox }: Bench): string | undefined {
  const table = sandbox.region.routeTables.find((one) => one.id === "rtb-0000a002");
  return table?.routes.find((one) => one.destination === "10.1.0.20/32")?.eniId;
}

/** How long it took a call to fail, with and without what the machine was late, in milliseconds; and its fault. */
async function timed(call: () => Promise<unknown>): Promise<{ ms: number; ownMs: number; fault: Fault }> {
  const watch = new Stopwatch();
  const fault = await faultOf(call());
  return { ms: watch.passedMs, ownMs: watch.ownMs, fault };
}

Deno.test("a read without an answer ends at the deadline, with code 6", () =>
  withBench(async ({ sandbox, sdk, ec2, signal }) => {
    await sdk.prepare(signal);
    sandbox.faults.add({ kind: "hang" });
    const { ms, ownMs, fault } = await timed(() => ec2.vpcCidrs("vpc-1234abcd", { signal }));
    assert(ms >= 299 && ownMs < 600, `${ms} ms, ${ownMs} ms its own`);
    assert.deepEqual([fault.code, fault.uncertain], [6, true]);
    assert.match(fault.message, /^DescribeVpcs of vpc-1234abcd timed out: no answer within (300|2\d\d) ms/);
    assert.match(fault.remedy, /EC2 endpoint of ap-northeast-1.*NAT/);
  }, { sdk: { callTimeoutMs: 300 } }));

Deno.test("a read whose connection went dead gets its answer on a second one", () =>
  withBench(async ({ sandbox, sdk, ec2, signal }) => {
    await sdk.prepare(signal);
    sandbox.faults.add({ kind: "hang", count: 1 });
    assert.equal((await ec2.vpcCidrs("vpc-1234abcd", { signal })).length, 1);
    assert.equal(sandbox.calls.list().length, 2);
  }, { sdk: { callTimeoutMs: 1_600 } }));

Deno.test("a slow answer within the deadline is an answer", () =>
  withBench(async ({ sandbox, sdk, ec2, signal }) => {
    await sdk.prepare(signal);
    sandbox.faults.add({ kind: "latency", ms: 700 });
    assert.equal((await ec2.vpcCidrs("vpc-1234abcd", { signal })).length, 1);
    assert.equal(sandbox.calls.list().length, 1);
  }, { sdk: { callTimeoutMs: 1_300 } }));

Deno.test("an abort by the caller ends a call at once, also while credentials or the region are awaited", async () => {
  const abortSoon = async (bench: Bench) => {
    const caller = new AbortController();
    const timer = setTimeout(() => caller.abort(new Error("the agent stops")), 60);
    const { ownMs, fault } = await timed(() => bench.ec2.vpcCidrs("vpc-1234abcd", { signal: caller.signal }));
    clearTimeout(timer);
    assert(ownMs < 250, `${ownMs} ms`);
    assert.deepEqual([fault.code, fault.uncertain], [6, true]);
    assert.match(fault.message, /DescribeVpcs of vpc-1234abcd was abandoned .*: the agent stops/);
  };
  await withBench(async (bench) => {
    await bench.sdk.prepare(bench.signal);
    bench.sandbox.faults.add({ kind: "hang" });
    await abortSoon(bench);
  });
  await withBench(async (bench) => {
    await bench.sdk.load();
    bench.sandbox.imds("server1").mode = "silent";
    await abortSoon(bench);
    // The SDK goes on waiting for credentials by itself, which takes no signal; without the service it gives up.
    await bench.sandbox.close();
    await pause(50, bench.signal);
  });
});

Deno.test("a signal that is aborted already: nothing is sent", () =>
  withBench(async ({ sandbox, ec2 }) => {
    const fault = await faultOf(
      ec2.vpcCidrs("vpc-1234abcd", { signal: AbortSignal.abort(new Fault(99, "no permit")) }),
    );
    assert.deepEqual([fault.code, fault.message], [99, "no permit"]);
    assert.equal(sandbox.calls.list().length, 0);
  }));

Deno.test("without 50 ms of permit nothing that changes EC2 is sent, reads are", () =>
  withBench(async ({ sandbox, permitted, signal }) => {
    for (const leftMs of [49.9, 0, -5, NaN]) {
      const ec2 = permitted(() => leftMs);
      for (
        const call of [
          ec2.replaceRoute(ROUTE, { signal }),
          ec2.createRoute(ROUTE, { signal }),
          ec2.associateAddress({ allocationId: "eipalloc-1234abcd", eniId: "eni-4bc00502" }, { signal }),
        ]
      ) {
        const fault = await faultOf(call);
        assert.equal(fault.uncertain, true);
        assert.match(fault.message, /was not sent: .*permit/);
      }
      await ec2.vpcCidrs("vpc-1234abcd", { signal });
    }
    assert.deepEqual(new Set(sandbox.calls.list().map((call) => call.action)), new Set(["DescribeVpcs"]));
  }));

Deno.test("a change ends with the permit, however long the call may take otherwise", () =>
  withBench(async (bench) => {
    await bench.sdk.prepare(bench.signal);
    bench.sandbox.faults.add({ kind: "hang" });
    const endsAt = performance.now() + 200;
    const ec2 = bench.permitted(() => endsAt - performance.now());
    const { ownMs, fault } = await timed(() => ec2.replaceRoute(ROUTE, { signal: bench.signal }));
    assert(ownMs < 350, `${ownMs} ms`);
    assert.deepEqual([fault.code, fault.uncertain], [6, true]);
    assert.equal(bench.sandbox.calls.list({ action: "ReplaceRoute" }).length, 0, "no second attempt is under way");
    assert.equal(target(bench), "eni-4bc00502");
  }));

Deno.test("a permit that ends while credentials are fetched stops the change before it is sent", () =>
  withBench(async (bench) => {
    await bench.sdk.load();
    const role = "/latest/meta-data/iam/security-credentials/baton-server";
    let asked = 0;
    const ec2 = bench.permitted(() => {
      asked++;
      return bench.sandbox.imds("server1").requests.has(role) ? 20 : 1_000;
    });
    const fault = await faultOf(ec2.replaceRoute(ROUTE, { signal: bench.signal }));
    assert(asked >= 2, "the permit is looked at again when the credentials are there");
    assert.match(fault.message, /was not sent: only 20 ms/);
    assert.equal(bench.sandbox.calls.list().length, 0);
    assert.equal(target(bench), "eni-4bc00502");
  }));

Deno.test("a permit that ends while the request is made ready stops it right before the socket", () =>
  withBench(async (bench) => {
    await bench.sdk.prepare(bench.signal);
    let asked = 0;
    const ec2 = bench.permitted(() => ++asked < 3 ? 1_000 : 20);
    const fault = await faultOf(ec2.replaceRoute(ROUTE, { signal: bench.signal }));
    assert.match(fault.message, /was not sent: only 20 ms/);
    assert.equal(bench.sandbox.calls.list().length, 0);
    assert.equal(target(bench), "eni-4bc00502");
  }));

Deno.test("a throttled change is not sent again once the permit has ended", () =>
  withBench(async (bench) => {
    await bench.sdk.prepare(bench.signal);
    bench.sandbox.faults.add({ kind: "throttle", action: "ReplaceRoute" });
    const endsAt = performance.now() + 700;
    const ec2 = bench.permitted(() => endsAt - performance.now());
    const { fault } = await timed(() => ec2.replaceRoute(ROUTE, { signal: bench.signal }));
    assert.equal(fault.uncertain, true);
    const sentAt = performance.timeOrigin + endsAt;
    for (const call of bench.sandbox.calls.list({ action: "ReplaceRoute" })) assert(call.at < sentAt);
    assert.equal(target(bench), "eni-4bc00502");
  }));

Deno.test("deadlines pass on results, errors and reasons", async () => {
  const { signal } = new AbortController();
  assert.equal(await withDeadline(signal, 100, () => Promise.resolve(7)), 7);
  await assert.rejects(withDeadline(signal, 100, () => Promise.reject(new Error("no"))), /^Error: no$/);
  await assert.rejects(withDeadline(signal, 10, () => new Promise(() => {})), {
    name: "DeadlineExceeded",
    afterMs: 10,
  });
  await assert.rejects(
    withDeadline(AbortSignal.abort("gone"), 10, () => Promise.resolve(1)),
    (reason) => reason === "gone",
  );
});
