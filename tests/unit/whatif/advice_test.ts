import assert from "node:assert/strict";
import type { ClusterSpec, MonitorSpec } from "../../../core/cluster/spec.ts";
import { TIMING_PRESETS } from "../../../core/cluster/timing.ts";
import { advise } from "../../../core/whatif/advice.ts";
import { answer } from "../../../core/whatif/outcome.ts";
import { DEFAULT_TIMES, type Fault, type Question } from "../../../core/whatif/question.ts";
import { gather, report } from "../../../core/whatif/report.ts";
import { CRASH, CUT, specOf, whatIf } from "./bench.ts";

/** Key -> the changes that were tried and helped. */
function adviceOn(question: Question): Record<string, string[]> {
  const advice = advise(question, answer(question));
  return Object.fromEntries(advice.map(({ keyPath, tried }) => [keyPath.join("."), tried.map(({ label }) => label)]));
}

function withGroup(spec: ClusterSpec, change: Partial<ClusterSpec["groups"][number]>, name = "failover1"): ClusterSpec {
  return { ...spec, groups: spec.groups.map((group) => group.name === name ? { ...group, ...change } : group) };
}

const CRASH_BOTH: Fault = { kind: "crash", servers: ["server1", "server2"] };

Deno.test("where nothing is wrong there is nothing to say", () => {
  assert.deepEqual(adviceOn(whatIf(specOf("three"), [CUT])), {});
  assert.deepEqual(adviceOn(whatIf(specOf("three"), [CRASH])), {}, "nothing is faster than fast");
  assert.deepEqual(adviceOn(whatIf(specOf("two"), [{ kind: "stop", group: "failover1" }])), {});
});

Deno.test("a single server is told of a second one", () => {
  const spec = specOf("two");
  const one = { ...withGroup(spec, { servers: ["server1"] }), servers: ["server1"] };
  assert.deepEqual(adviceOn(whatIf(one, [CRASH])), { servers: ["with a second server and a witness"] });
});

Deno.test("two servers without a further vote are told of one", () => {
  assert.deepEqual(adviceOn(whatIf(specOf("two"), [CRASH])), {
    quorum: ["with a witness", "with an acknowledgement device, a weak vote", "with a third server", "with a fence"],
  });
});

Deno.test("a weak vote that both had: what is sound is named, and was tried", () => {
  const question = whatIf(specOf("two-and-tie-breaker"), [CUT]);
  const [advice, ...others] = advise(question, answer(question));
  assert.deepEqual(others, []);
  assert.deepEqual(advice?.keyPath, ["quorum"]);
  assert.deepEqual(advice.tried.map(({ label }) => label), [
    "with a witness",
    "with a third server in place of it",
    "with a fence",
  ]);
  for (const { label, outcome } of advice.tried) {
    assert.deepEqual([outcome.groups[0]?.two, outcome.groups[0]?.down], [null, false], label);
  }
});

Deno.test("a vote that was lost with the link: a witness would have been lost as well, a third server not", () => {
  const question = whatIf(specOf("two-and-witness"), [{ kind: "witness-outage" }, CUT]);
  assert.deepEqual(adviceOn(question), { quorum: ["with a third server in place of it"] });
});

Deno.test("slow detection: the faster timings, with what they would give", () => {
  const relaxed = whatIf(specOf("three", { timing: TIMING_PRESETS.relaxed }), [CRASH]);
  const [advice] = advise(relaxed, answer(relaxed));
  assert.deepEqual(advice?.keyPath, ["timing"]);
  const outages = advice.tried.map(({ label, outcome }) => [label, outcome.groups[0]!.outageMs] as const);
  assert.deepEqual(outages.map(([label]) => label), ["with timing: standard", "with timing: fast"]);
  assert.ok(outages[0]![1] < 11_000 && outages[1]![1] < 3_300, JSON.stringify(outages));
});

Deno.test("an outage that is activation is not blamed on the timing", () => {
  const times = { ...DEFAULT_TIMES, activationMs: 60_000 };
  assert.deepEqual(adviceOn(whatIf(specOf("three", { timing: TIMING_PRESETS.standard }), [CRASH], { times })), {});
});

Deno.test("a machine that stood still: a fence, or a timing that covers it", () => {
  const still: Fault = { kind: "pause", server: "server1", forMs: 9_000 };
  const { fence } = adviceOn(whatIf(specOf("three"), [still]));
  assert.deepEqual(fence, ["with a fence and wait: always", "with timing: { detection: 90s }, whose pause is 9 s"]);
  const suspended = adviceOn(whatIf(specOf("three"), [{ ...still, kind: "suspend" } as Fault]));
  assert.deepEqual(suspended["fence"], ["with a fence and wait: always"], "no timing helps when the clock stands too");
});

Deno.test("a fence that takes long or does not work: votes that do not wait for it", () => {
  const sound = ["with a witness", "with a third server in place of it"];
  const slow = whatIf(specOf("two-and-tie-breaker-and-fence"), [CRASH]);
  assert.deepEqual(adviceOn(slow), { quorum: sound });
  const broken = whatIf(specOf("two-and-tie-breaker-and-fence"), [{ kind: "fence-fails" }, CRASH]);
  assert.deepEqual(adviceOn(broken), { fence: sound });
  const always = whatIf({ ...specOf("three"), fence: { wait: "always" } }, [CRASH]);
  assert.deepEqual(adviceOn(always), { "fence.wait": ["with wait: auto"] });
});

Deno.test("what the file leaves to operators", () => {
  const byHand = whatIf(withGroup(specOf("three"), { failover: "manual" }), [CRASH]);
  assert.deepEqual(adviceOn(byHand), { "groups.failover1.failover": ["with failover: auto"] });
  const started = whatIf(withGroup(specOf("three"), { startup: "manual" }), [CRASH]);
  assert.deepEqual(adviceOn(started), { "groups.failover1.startup": ["with startup: auto"] });
  assert.equal(answer(started).startedByHand.get("failover1"), "it is started by hand (startup: manual)");
  const two = whatIf(specOf("two-and-tie-breaker"), [CUT], { healMs: 10_000 });
  assert.deepEqual(adviceOn(two)["survivor"], ["with survivor: server1"]);
});

Deno.test("who may carry it: servers of the group, exclusions, healthy", () => {
  const few = whatIf(withGroup(specOf("five"), { servers: ["server1", "server2"] }), [CRASH_BOTH]);
  assert.deepEqual(adviceOn(few), {
    "groups.failover1.servers": ["with server3, server4 and server5 among its servers"],
  });
  const rule = { name: "apart", groups: ["failover1", "failover2"], kind: "absolute" as const };
  const groups = specOf("three", { groups: 2 }).groups.map((group, index) => ({
    ...group,
    servers: index === 0 ? ["server1", "server2"] : ["server2", "server1"],
  }));
  const excluded = whatIf({ ...specOf("three"), groups, exclusions: [rule] }, [CRASH]);
  assert.deepEqual(adviceOn(excluded)["exclusions.apart.kind"], ["with kind: normal"]);
});

const MONITOR: MonitorSpec = {
  name: "azw",
  timing: "always",
  retries: 0,
  recovery: {
    target: { kind: "local-server" },
    maxReactivations: 0,
    maxFailovers: 0,
    finalAction: "none",
    onUnknown: "warn",
  },
};

function says(server: string): Fault {
  return { kind: "monitor", monitor: "azw", server, status: "error" };
}

Deno.test("monitors: healthy servers that are none, and a final action too much", () => {
  const monitorIntervals = new Map([["azw", 1_000]]);
  const healthy = { monitors: ["azw"], otherwise: "none" as const };
  const spec = withGroup({ ...specOf("three"), monitors: [MONITOR] }, { healthy });
  const ill: Question = {
    ...whatIf(spec, [says("server2"), says("server3")], { monitorIntervals }),
  };
  const crashed = { ...ill, faults: [...ill.faults, { atMs: 5_000, fault: CRASH }] };
  assert.deepEqual(adviceOn(crashed), { "groups.failover1.healthy": ["with otherwise: any"] });
  const deadly: MonitorSpec = { ...MONITOR, recovery: { ...MONITOR.recovery, finalAction: "shutdown" } };
  const all = whatIf({ ...specOf("three"), monitors: [deadly] }, ["server1", "server2", "server3"].map(says), {
    monitorIntervals,
  });
  assert.deepEqual(adviceOn(all)["monitors.azw.recovery.finalAction"], ["with finalAction: none"]);
});

Deno.test("stopping that takes longer than it may: time for it, and a machine that comes back", () => {
  const times = { ...DEFAULT_TIMES, deactivationMs: 4_000 };
  const advice = adviceOn(whatIf(specOf("two"), [CUT], { times, healMs: 30_000 }));
  assert.equal(advice["timing"]?.length, 1);
  assert.match(advice["timing"][0]!, /^with timing: \{ detection: \d+s \}$/);
});

Deno.test("two of three servers in one zone: one of them elsewhere", () => {
  const zone: Fault = { kind: "crash", servers: ["server1", "server2"], zone: "a" };
  assert.deepEqual(adviceOn(whatIf(specOf("three"), [zone])), { servers: ["with server2 in another zone"] });
});

Deno.test("the same advice on several questions is said once, with each of them", () => {
  const spec = specOf("two");
  const reports = [whatIf(spec, [CRASH]), whatIf(spec, [{ kind: "isolate", server: "server1" }])].map((question) =>
    report(question)
  );
  const { common, numbers } = gather(reports);
  assert.deepEqual(numbers, [[1], [1]]);
  assert.equal(common.length, 1);
  const made = new Set<string>();
  const again = [CRASH, CRASH].map((fault) => report(whatIf(spec, [fault]), made).advice.length);
  assert.deepEqual(again, [1, 0], "where trying takes long, it is tried once");
  assert.deepEqual(common[0]!.changes[0]!.tried.map(({ name }) => name), [
    "server1 loses power",
    "server1 is isolated",
  ]);
});
