import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import "../../../core/aws/sdk_route53.ts";
import { activateContext, deactivateContext } from "../../../core/plugin/context.ts";
import type { DeactivationReason } from "../../../core/plugin/contract.ts";
import { Fault, FAULT_CODES } from "../../../core/plugin/fault.ts";
import { parseOptions } from "../../../core/plugin/option_values.ts";
import monitor from "../../../plugins/monitors/aws-dns.ts";
import resource from "../../../plugins/resources/aws-dns.ts";
import { type HostedZone, vipTopology } from "../../../sandbox/mod.ts";
import { monitorSuite } from "../../conformance/monitor_suite.ts";
import { resourceSuite } from "../../conformance/resource_suite.ts";
import { createSandboxBench, type SandboxBench } from "../../conformance/sandbox_bench.ts";

const ZONE = "Z0000000000000000001";
const NAME = "db.example.com.";
const [OURS, THEIRS] = ["10.0.120.100", "10.0.110.100"];
const OPTIONS = { zone: ZONE, name: "db.example.com", value: OURS };

function zone(value?: string): HostedZone {
  const records = value === undefined ? [] : [{ name: NAME, type: "A", ttl: 60, values: [value] }];
  return { id: ZONE, name: "example.com.", records };
}

const bench = (value?: string) => createSandboxBench(vipTopology(), { zones: [zone(value)], zoneSyncMs: 100 });
const recordOf = ({ sandbox }: SandboxBench) => sandbox.zones[0]!.records.find(({ name }) => name === NAME);
const say = (one: SandboxBench, value: string) =>
  void sandboxZone(one).records.splice(0, 9, { name: NAME, type: "A", ttl: 60, values: [value] });
const sandboxZone = ({ sandbox }: SandboxBench) => sandbox.zones[0]!;

/** Parsed, as the agent hands them over. */
function parsed(options: Record<string, unknown>, specs = resource.options) {
  const { values, problems } = parseOptions(specs, options, { baseDir: "/etc" });
  assert.deepEqual(problems, []);
  return values as never;
}

const activate = (one: SandboxBench, options: Record<string, unknown> = OPTIONS) =>
  resource.activate(activateContext(one.context(parsed(options)) as never, "failover", 2));
const deactivate = (one: SandboxBench, reason: DeactivationReason, options: Record<string, unknown> = OPTIONS) =>
  resource.deactivate(deactivateContext(one.context(parsed(options)) as never, reason));

resourceSuite("aws-dns on the sandbox", resource, async () => {
  const one = await bench();
  return {
    options: { ...OPTIONS, delete: true },
    context: one.context,
    isActive: () => Promise.resolve(recordOf(one)?.values[0] === OURS),
    crashHalfway: () => Promise.resolve(say(one, OURS)),
    hang: () => one.hang("ChangeResourceRecordSets"),
    cutNetwork: () => one.cutOff(),
    localDeactivation: false,
    [Symbol.asyncDispose]: () => one[Symbol.asyncDispose](),
  };
});

monitorSuite("aws-dns on the sandbox", monitor, async () => {
  const one = await bench(OURS);
  return {
    options: OPTIONS,
    context: one.context,
    breakIt: () => say(one, THEIRS),
    hideIt: () => one.cutOff(),
    hang: () => one.hang("ListResourceRecordSets"),
    errorCode: FAULT_CODES.recordChanged,
    [Symbol.asyncDispose]: () => one[Symbol.asyncDispose](),
  };
});

Deno.test("aws-dns takes the record over, waits until it is everywhere, and asks nothing twice", async () => {
  await using one = await bench(THEIRS);
  await activate(one);
  assert.deepEqual(recordOf(one), { name: NAME, type: "A", ttl: 60, values: [OURS] });
  assert.ok(one.sandbox.calls.list({ action: "GetChange" }).length >= 1);
  one.sandbox.calls.clear();
  await activate(one);
  assert.deepEqual(one.sandbox.calls.list().map(({ action }) => action), ["ListResourceRecordSets"]);
  await activate(one, { ...OPTIONS, ttl: "30s", sync: "0s" });
  assert.equal(recordOf(one)?.ttl, 30);
  assert.equal(one.sandbox.calls.list({ action: "GetChange" }).length, 0);
});

Deno.test("aws-dns goes on when not all name servers have the record in time, and a throttled question is no failure", async () => {
  await using one = await createSandboxBench(vipTopology(), { zones: [zone()], zoneSyncMs: 60_000 });
  await activate(one, { ...OPTIONS, sync: "400ms" });
  assert.equal(recordOf(one)?.values[0], OURS);
  assert.match(one.warnings.join(), /after 400 ms not all name servers of Z0+1 were known to have the record/);
});

Deno.test("aws-dns takes away only its own record, and only when the group is stopped", async () => {
  await using one = await bench();
  await activate(one);
  await deactivate(one, "stop");
  assert.equal(recordOf(one)?.values[0], OURS, "not without delete");
  for (const reason of ["move", "failover", "fence", "recover"] as const) {
    await deactivate(one, reason, { ...OPTIONS, delete: true });
    assert.equal(recordOf(one)?.values[0], OURS, reason);
  }
  say(one, THEIRS);
  await deactivate(one, "stop", { ...OPTIONS, delete: true });
  assert.equal(recordOf(one)?.values[0], THEIRS);
  say(one, OURS);
  await deactivate(one, "stop", { ...OPTIONS, delete: true });
  assert.equal(recordOf(one), undefined);
});

Deno.test("aws-dns writes over no alias and no routing policy", async () => {
  await using one = await bench();
  sandboxZone(one).records.push({ name: NAME, type: "A", values: [], alias: "lb.example.net." });
  for (const call of [() => activate(one), () => resource.prepare!(one.context(parsed(OPTIONS)) as never)]) {
    await assert.rejects(call(), (error) => error instanceof Fault && /is an alias, which Baton/.test(error.message));
  }
  assert.equal(one.sandbox.calls.list({ action: "ChangeResourceRecordSets" }).length, 0);
});

Deno.test("aws-dns: names and values are compared as DNS does, not as text", async () => {
  await using one = await bench();
  const six = { ...OPTIONS, name: "DB.Example.com.", record: "AAAA", value: "FD00:0:0::20" };
  sandboxZone(one).records.push({ name: NAME, type: "AAAA", ttl: 60, values: ["fd00::20"] });
  await activate(one, six);
  const alias = { ...OPTIONS, name: "www.example.com", record: "CNAME", value: "Server2.example.com" };
  sandboxZone(one).records.push({ name: "www.example.com.", type: "CNAME", ttl: 60, values: ["server2.example.com."] });
  await activate(one, alias);
  assert.equal(one.sandbox.calls.list({ action: "ChangeResourceRecordSets" }).length, 0);
});

Deno.test("aws-dns: options that make no record are refused", () => {
  const problems = (options: Record<string, unknown>) => resource.validate?.(parsed({ ...OPTIONS, ...options })) ?? [];
  assert.deepEqual(problems({}), []);
  assert.match(problems({ value: "fd00::20" })[0]!, /needs an IPv4 address/);
  assert.match(problems({ record: "AAAA" })[0]!, /needs an IPv6 address/);
  assert.match(problems({ record: "CNAME" })[0]!, /needs a host name/);
  assert.match(problems({ ttl: "1500ms" })[0]!, /whole seconds/);
});

Deno.test("aws-dns: another TTL is a warning; a missing record an error", async () => {
  await using one = await bench(OURS);
  const check = (options: Record<string, unknown>) =>
    monitor.check(one.context(parsed({ ...OPTIONS, ...options }, monitor.options)) as never);
  const ttl = await check({ ttl: "30s" });
  assert.deepEqual([ttl.status, ttl.code], ["warning", FAULT_CODES.recordChanged]);
  sandboxZone(one).records.length = 0;
  const missing = await check({});
  assert.deepEqual([missing.status, missing.code], ["error", FAULT_CODES.recordChanged]);
  assert.match(missing.message, /is missing instead of 10\.0\.120\.100/);
});

/** A name server on a port of its own that answers every question with one address, or that there is no such name. */
async function nameServer(address: string | null): Promise<{ port: number; close: () => Promise<void> }> {
  const socket = createSocket("udp4");
  socket.on("message", (question, from) => {
    const end = question.indexOf(0, 12) + 5;
    const answer = address === null ? [] : [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address.split(".").map(Number)];
    const head = [
      question[0]!,
      question[1]!,
      0x81,
      address === null ? 0x83 : 0x80,
      0,
      1,
      0,
      address === null ? 0 : 1,
      0,
      0,
      0,
      0,
    ];
    socket.send(Uint8Array.from([...head, ...question.subarray(12, end), ...answer]), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return { port: socket.address().port, close: () => new Promise((resolve) => socket.close(() => resolve())) };
}

for (
  const [title, answer, status, words] of [
    ["the record", OURS, "normal", /in the zone and at 127\.0\.0\.1:/],
    [
      "the former record",
      THEIRS,
      "warning",
      /answers 10\.0\.110\.100 for A db\.example\.com\. instead of 10\.0\.120\.100/,
    ],
    ["that there is none", null, "warning", /knows no A db\.example\.com\./],
  ] as const
) {
  Deno.test(`aws-dns: a name server that answers ${title} is ${status}`, async () => {
    await using one = await bench(OURS);
    const server = await nameServer(answer);
    try {
      const options = { ...OPTIONS, resolve: true, nameServer: `127.0.0.1:${server.port}` };
      const verdict = await monitor.check(one.context(parsed(options, monitor.options)) as never);
      assert.equal(verdict.status, status, verdict.message);
      assert.match(verdict.message, words);
    } finally {
      await server.close();
    }
  });
}

Deno.test("aws-dns: who looks at a record may read, who moves it may change it too, and both in that zone only", () => {
  const of = (asked: readonly { action: string; resources?: readonly string[] }[] | undefined) =>
    asked?.map(({ action, resources }) => [action, resources?.some((one) => one.endsWith(`hostedzone/${ZONE}`))]);
  const reading = ["route53:ListResourceRecordSets", true];
  assert.deepEqual(of(monitor.permissions?.({ ...OPTIONS } as never)), [reading]);
  assert.deepEqual(of(resource.permissions?.({ ...OPTIONS } as never)), [
    reading,
    ["route53:ChangeResourceRecordSets", true],
    ["route53:GetChange", false],
  ]);
});
