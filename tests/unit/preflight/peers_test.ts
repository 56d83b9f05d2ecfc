import assert from "node:assert/strict";
import fc from "fast-check";
import type { AclEntry, GroupRule, InspectedInterface } from "../../../core/aws/inspection.ts";
import { TIMING_PRESETS } from "../../../core/cluster/timing.ts";
import { bootFindings, bootTime } from "../../../core/preflight/boot.ts";
import { pathFindings } from "../../../core/preflight/filters.ts";
import { type HeardPath, type PeerAnswer, peerFindings, type PeerNews } from "../../../core/preflight/peers.ts";
import { type PreflightReport, readinessOf, sorted, worstOf } from "../../../core/preflight/report.ts";
import { broken, doubtful, fine, unclear } from "../../../core/plugin/finding.ts";

const path = (server: string, silentMs: number | null, rank = 0): HeardPath => ({
  server,
  path: rank,
  address: `10.0.0.${rank + 1}:7710`,
  silentMs,
});
const answer = (more: Partial<PeerAnswer> = {}): PeerAnswer => ({
  server: "server1",
  version: "1",
  digest: "aa",
  offsetMs: 3,
  uncertaintyMs: 2,
  paths: [path("server2", 100)],
  ...more,
});
const news = (
  one: PeerAnswer | undefined,
  paths = [path("server1", 100)],
  unclear: readonly [string, string][] = [],
): PeerNews => ({
  server: "server2",
  version: "1",
  digest: "aa",
  deadMs: 3_000,
  paths,
  unclear: new Map(unclear),
  answers: new Map([["server1", one]]),
});
const bad = (one: PeerAnswer | undefined, paths?: HeardPath[]) =>
  peerFindings(news(one, paths)).filter(({ status }) => status !== "ok");

Deno.test("peers that agree in everything have nothing to say", () => assert.deepEqual(bad(answer()), []));

Deno.test("a clock that is off is told when the network can't be the reason", () => {
  assert.deepEqual(bad(answer({ offsetMs: 2_500, uncertaintyMs: 600 })), []);
  const [warned] = bad(answer({ offsetMs: -2_500, uncertaintyMs: 100 }));
  assert.deepEqual([warned?.status, warned?.code], ["warning", 40]);
  assert.match(warned!.message, /2\.5 s behind/);
  assert.equal(bad(answer({ offsetMs: 300_000 }))[0]?.status, "error");
});

Deno.test("a server that is there but not understood is an error, with its cause", () => {
  const message = "what comes from 10.0.0.1 is signed with another key";
  const found = peerFindings(news(undefined, [path("server1", null)], [["server1", message]]))
    .filter(({ status }) => status === "error");
  assert.deepEqual(found.map(({ subject, code }) => [subject, code]), [["server1", 51]]);
  assert.match(found[0]!.message, /is there, but is not understood: .*another key/);
});

Deno.test("another file and another version are told", () => {
  const found = bad(answer({ digest: "bb", version: "2" }));
  assert.deepEqual(found.map(({ status, code }) => [status, code]), [["warning", 45], ["warning", 45]]);
});

Deno.test("a path that is silent in one direction is told with its direction", () => {
  const [inbound] = bad(answer(), [path("server1", null)]);
  assert.deepEqual([inbound?.subject, inbound?.code], ["server1 -> server2", 41]);
  const [outbound] = bad(answer({ paths: [path("server2", 9_000)] }));
  assert.equal(outbound?.subject, "server2 -> server1");
  assert.match(outbound!.message, /nothing came for 9 s/);
});

Deno.test("a server that is down is told as that, and not as silent paths", () => {
  const found = bad(undefined, [path("server1", null), path("server1", 60_000, 1)]);
  assert.deepEqual(found.map(({ status, subject }) => [status, subject]), [["unknown", "server1"]]);
});

Deno.test("a server that boots faster than the others notice is told", () => {
  const timing = TIMING_PRESETS.standard;
  assert.equal(bootTime(60_000, 50_000), 10_000);
  assert.equal(bootTime(3_600_000, 1_000), null, "the agent was started by hand");
  assert.deepEqual(bootFindings("server1", timing, null), []);
  assert.equal(bootFindings("server1", timing, timing.takeoverMs)[0]?.status, "ok");
  const [quick] = bootFindings("server1", timing, timing.takeoverMs - 1);
  assert.deepEqual([quick?.status, quick?.code], ["warning", 43]);
});

const eni = (subnetId: string, ip: string): InspectedInterface => ({
  id: `eni-${ip}`,
  vpcId: "vpc-1",
  subnetId,
  mac: "",
  privateIps: [ip],
  sourceDestCheck: true,
  associations: [],
  securityGroupIds: ["sg-1"],
  tags: {},
});
const rule = (egress: boolean, more: Partial<GroupRule> = {}): GroupRule => ({
  egress,
  protocol: "udp",
  fromPort: 7_710,
  toPort: 7_710,
  blocks: ["10.0.0.0/8"],
  groupIds: [],
  lists: [],
  ...more,
});
const entry = (number: number, egress: boolean, allow: boolean, more: Partial<AclEntry> = {}): AclEntry => ({
  number,
  egress,
  allow,
  protocol: "-1",
  block: "0.0.0.0/0",
  fromPort: -1,
  toPort: -1,
  ...more,
});

function through(rules: GroupRule[], entries: AclEntry[], subnets: [string, string] = ["subnet-a", "subnet-b"]) {
  const [from, to] = [
    { server: "a", ip: "10.0.1.1", port: 7_710, eni: eni(subnets[0], "10.0.1.1") },
    { server: "b", ip: "10.0.2.2", port: 7_710, eni: eni(subnets[1], "10.0.2.2") },
  ];
  const acls = [{ id: "acl-1", subnetIds: subnets, entries }];
  return pathFindings(from, to, { groups: [{ id: "sg-1", name: "g", rules }], acls }).map(({ status }) => status);
}

Deno.test("filters: each of the four that a heartbeat passes is looked at", () => {
  const open = [entry(100, false, true), entry(100, true, true)];
  assert.deepEqual(through([rule(true), rule(false)], open), ["ok"]);
  assert.deepEqual(through([rule(true)], open), ["error"]);
  assert.deepEqual(through([rule(false)], open), ["error"]);
  assert.deepEqual(through([rule(true), rule(false)], [entry(100, true, true)]), ["error"]);
  assert.deepEqual(through([rule(true), rule(false)], [], ["subnet-a", "subnet-a"]), ["ok"], "within one subnet");
  assert.deepEqual(through([rule(true), rule(false, { protocol: "tcp" })], open), ["error"]);
  assert.deepEqual(through([rule(true), rule(false, { fromPort: 8_000, toPort: 9_000 })], open), ["error"]);
  assert.deepEqual(through([rule(true), rule(false, { blocks: [], groupIds: ["sg-1"] })], open), ["ok"]);
  assert.deepEqual(through([rule(true), rule(false, { blocks: [], lists: ["pl-1"] })], open), ["unknown"]);
});

Deno.test("filters: the entry of a network ACL with the lowest number that fits decides", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 32_766 }), fc.boolean()), {
        minLength: 1,
        selector: ([number]) => number,
      }),
      (drawn) => {
        const inbound = drawn.map(([number, allow]) => entry(number, false, allow)).sort((a, b) => a.number - b.number);
        const expected = inbound[0]!.allow ? "ok" : "error";
        assert.deepEqual(through([rule(true), rule(false)], [...inbound, entry(1, true, true)]), [expected]);
      },
    ),
  );
});

const report = (...findings: PreflightReport["findings"]): PreflightReport => ({
  server: "server2",
  version: "1",
  digest: "aa",
  run: 1,
  at: "2026-01-01T00:00:00.000Z",
  elapsedMs: 1,
  findings,
});

Deno.test("readiness: what concerns the group or all groups counts, and nothing else", () => {
  const of = (finding: ReturnType<typeof fine>, group: string | null) => ({ ...finding, group });
  assert.equal(readinessOf("g", "server2", undefined).ready, null);
  assert.equal(readinessOf("g", "server2", report()).ready, true);
  assert.equal(readinessOf("g", "server2", report(of(broken("x", 5, "no", ""), "other"))).ready, true);
  assert.equal(readinessOf("g", "server2", report(of(broken("x", 42, "no", ""), null))).ready, true);
  assert.equal(readinessOf("g", "server2", report(of(doubtful("x", 48, "hm", ""), "g"))).ready, true);
  assert.equal(readinessOf("g", "server2", report(of(unclear("x", 6, "?"), "g"))).ready, null);
  const failing = readinessOf("g", "server2", report(of(broken("app1", 99, "is gone", ""), "*")));
  assert.deepEqual([failing.ready, failing.message], [false, "server2 would fail to take g: app1 (99 : is gone)"]);
});

Deno.test("the worst comes first, and nothing twice", () => {
  const all = [fine("a", "x"), broken("b", 5, "y", ""), fine("a", "x"), unclear("c", 6, "z")];
  assert.deepEqual(sorted(all).map(({ status }) => status), ["error", "unknown", "ok"]);
  assert.equal(worstOf(all), "error");
  assert.equal(worstOf([]), "ok");
});
