import assert from "node:assert/strict";
import type { Imds } from "../../../core/aws/imds.ts";
import { type DnsRecord, Route53Records } from "../../../core/aws/route53_client.ts";
import "../../../core/aws/sdk_route53.ts";
import { type HostedZone, type Sandbox, startSandbox, vipTopology } from "../../../sandbox/mod.ts";
import type { AwsWay } from "../../../core/aws/way.ts";
import { faultOf } from "./helpers.ts";
import { wayTo } from "../../conformance/sandbox_way.ts";

const ZONE = "Z0000000000000000001";
const NAME = "db.example.com.";
const OURS: DnsRecord = { name: NAME, type: "A", ttlSeconds: 60, values: ["10.0.110.100"] };
const imds: Imds = {
  instanceId: () => Promise.reject(new Error("not asked")),
  region: () => Promise.reject(new Error("not asked")),
  availabilityZone: () => Promise.reject(new Error("not asked")),
};

function zone(): HostedZone {
  return {
    id: ZONE,
    name: "example.com.",
    records: [
      {
        name: "example.com.",
        type: "SOA",
        ttl: 900,
        values: ["ns-1.example.net. admin.example.com. 1 7200 900 1209600 60"],
      },
      { name: "dc.example.com.", type: "A", ttl: 60, values: ["10.0.0.9"] },
      { name: "weighted.example.com.", type: "A", ttl: 60, values: ["10.0.0.1"], setIdentifier: "blue" },
      { name: "alias.example.com.", type: "A", values: [], alias: "lb.example.net." },
    ],
  };
}

async function withZone(
  work: (records: Route53Records, sandbox: Sandbox, signal: AbortSignal, way: AwsWay) => Promise<void>,
  allow?: string[],
): Promise<void> {
  const sandbox = await startSandbox(vipTopology(), {
    zones: [zone()],
    zoneSyncMs: 600,
    ...(allow ? { allow: { server1: allow } } : {}),
  });
  const { signal } = new AbortController();
  try {
    const way = wayTo(sandbox, "server1");
    await work(new Route53Records(ZONE, { imds, way }), sandbox, signal, way);
  } finally {
    await sandbox.close();
  }
}

const recordOf = (sandbox: Sandbox) => sandbox.zones[0]!.records.find(({ name }) => name === NAME);

Deno.test("Route 53: a record is written, read, in sync after a while, and taken away only as it is", () =>
  withZone(async (records, sandbox, signal) => {
    assert.equal(await records.find(NAME, "A", signal), null);
    const change = await records.upsert(OURS, { signal });
    assert.equal(await records.isInSync(change, signal), false);
    assert.deepEqual(await records.find(NAME, "A", signal), OURS);
    assert.equal(await records.find(NAME, "AAAA", signal), null);
    await records.upsert({ ...OURS, values: ["10.0.120.100"] }, { signal });
    assert.equal(await records.remove(OURS, signal), false, "a successor's record is out of reach");
    assert.deepEqual(recordOf(sandbox)?.values, ["10.0.120.100"]);
    assert.equal(await records.remove({ ...OURS, values: ["10.0.120.100"] }, signal), true);
    assert.equal(await records.remove({ ...OURS, values: ["10.0.120.100"] }, signal), false);
    assert.equal(recordOf(sandbox), undefined);
    // What is not in sync at first is so in the end.
    while (!await records.isInSync(change, signal)) await new Promise((resolve) => setTimeout(resolve, 20));
  }));

Deno.test("Route 53: nothing is written without a permit, also when it ends on the way", () =>
  withZone(async (records, sandbox, signal) => {
    const none = await faultOf(records.upsert(OURS, { signal, permitRemainingMs: () => 0 }));
    assert.match(none.message, /ChangeResourceRecordSets of A db\.example\.com\. in Z0+1 was not sent: .*no permit/);
    let asked = 0;
    const ending = await faultOf(records.upsert(OURS, { signal, permitRemainingMs: () => asked++ < 2 ? 1_000 : 10 }));
    assert.match(ending.message, /only 10 ms/);
    assert.equal(sandbox.calls.list({ action: "ChangeResourceRecordSets" }).length, 0);
    await records.upsert(OURS, { signal, permitRemainingMs: () => 1_000 });
    assert.equal(sandbox.calls.list({ action: "ChangeResourceRecordSets" }).length, 1);
  }));

Deno.test("Route 53: a change waits no longer than the permit lasts", () =>
  withZone(async (records, sandbox, signal) => {
    sandbox.faults.add({ kind: "hang", action: "ChangeResourceRecordSets" });
    const endsAt = performance.now() + 1_000;
    const fault = await faultOf(records.upsert(OURS, { signal, permitRemainingMs: () => endsAt - performance.now() }));
    assert.ok(fault.uncertain);
    assert.ok(Number(/within (\d+) ms/.exec(fault.message)?.[1]) <= 1_000, fault.message);
  }));

Deno.test("Route 53: aliases and routing policies are told from plain records", () =>
  withZone(async (records, _sandbox, signal) => {
    assert.equal((await records.find("alias.example.com.", "A", signal))?.policy, "an alias");
    assert.equal((await records.find("weighted.example.com.", "A", signal))?.policy, "a routing policy (blue)");
  }));

Deno.test("Route 53: faults name the zone and say what to do; throttling and a busy zone are tried again", () =>
  withZone(async (records, sandbox, signal, way) => {
    const other = await faultOf(new Route53Records("ZNONE", { imds, way }).find(NAME, "A", signal));
    assert.deepEqual([other.code, other.uncertain], [5, false]);
    assert.match(other.remedy, /correct the zone ZNONE in cluster\.yaml/);
    const wrong = await faultOf(records.upsert({ ...OURS, values: ["db"] }, { signal }));
    assert.equal(wrong.uncertain, false);
    assert.match(wrong.message, /InvalidChangeBatch/);
    sandbox.faults.add({
      kind: "error",
      code: "PriorRequestNotComplete",
      action: "ChangeResourceRecordSets",
      count: 1,
    });
    sandbox.faults.add({ kind: "error", code: "Throttling", action: "ListResourceRecordSets", count: 1 });
    await records.upsert(OURS, { signal });
    assert.deepEqual(await records.find(NAME, "A", signal), OURS);
    sandbox.faults.add({ kind: "lost", action: "ChangeResourceRecordSets", count: 1 });
    const lost = await faultOf(records.upsert({ ...OURS, ttlSeconds: 30 }, { signal }));
    assert.ok(lost.uncertain, "it may have been done, so it is not sent again");
  }));

Deno.test("Route 53: a role that may not change records is told which action it lacks", () =>
  withZone(async (records, _sandbox, signal) => {
    assert.equal(await records.find(NAME, "A", signal), null);
    const denied = await faultOf(records.upsert(OURS, { signal }));
    assert.match(denied.remedy, /allow the action route53:ChangeResourceRecordSets/);
  }, ["route53:List*"]));
