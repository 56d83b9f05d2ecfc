import assert from "node:assert/strict";
import { emptyDurableState } from "../../../core/cluster/durable.ts";
import { Local } from "../../../core/cluster/local.ts";
import type { RecoveryHands } from "../../../core/cluster/escalation.ts";
import type { EngineVerdict } from "../../../core/cluster/events.ts";
import { MonitorRun } from "../../../core/cluster/recovery.ts";
import type { MonitorSpec, RecoverySpec } from "../../../core/cluster/spec.ts";
import { TIMING_PRESETS } from "../../../core/cluster/timing.ts";

function bench(recovery: Partial<RecoverySpec> = {}, monitor: Partial<MonitorSpec> = {}) {
  const done: string[] = [];
  const state: { active: boolean; moving: boolean; others: boolean; leaving: boolean; shared?: string } = {
    active: true,
    moving: false,
    others: true,
    leaving: false,
  };
  const hands: RecoveryHands = {
    targetActive: () => state.active,
    targetMoving: () => state.moving,
    sharedWith: () => state.shared,
    leaving: () => state.leaving,
    reactivate: () => void done.push("reactivate"),
    failOver: () => {
      if (!state.others) return [{ group: "failover1", to: undefined, why: "no other server could take it" }];
      done.push("fail over");
      return [{ group: "failover1", to: "server2", why: "" }];
    },
    finalAction: (action) => void done.push(`final action ${action}`),
  };
  const spec: MonitorSpec = {
    name: "tcpw1",
    timing: "always",
    retries: 0,
    recovery: {
      target: { kind: "group", group: "failover1" },
      maxReactivations: 2,
      maxFailovers: 1,
      finalAction: "shutdown",
      onUnknown: "warn",
      ...recovery,
    },
    ...monitor,
  };
  const cluster = {
    servers: ["server1", "server2"],
    tieBreaker: true,
    witness: false,
    timing: TIMING_PRESETS.fast,
    groups: [],
    monitors: [spec],
    selfFenceAction: "shutdown" as const,
  };
  const local = new Local(cluster, "server1", "1", emptyDurableState(), true, 0, 1);
  const run = new MonitorRun(spec, local, hands);
  run.follow();
  const judge = (status: "normal" | "warning" | "error" | "unknown") => run.judge({ status, code: 6, message: "said" });
  /** The scripts that were ordered since the last look. */
  const scripts = () => {
    const ordered = local.commands.flatMap((command) => command.do === "script" ? [command] : []);
    local.commands = [];
    return ordered.map(({ request, step, count }) => ({ request, step, count }));
  };
  scripts();
  const said = () => {
    const texts = local.reasons.map(({ text }) => text);
    local.reasons = [];
    return texts.join("\n");
  };
  return { done, state, run, judge, local, scripts, said };
}

Deno.test("recovery takes one step a failure: reactivations, failovers, then the final action once", () => {
  const { done, judge } = bench();
  for (let failure = 0; failure < 6; failure++) judge("error");
  assert.deepEqual(done, ["reactivate", "reactivate", "fail over", "final action shutdown"]);
});

Deno.test("retries are forgiven before anything is done, and one success forgives all", () => {
  const { done, judge, run } = bench({}, { retries: 2 });
  judge("error");
  judge("error");
  assert.equal(run.status, "offline");
  judge("normal");
  judge("error");
  judge("error");
  assert.deepEqual(done, []);
  judge("error");
  assert.equal(run.status, "error");
  assert.deepEqual(done, ["reactivate"]);
});

Deno.test("a normal check gives the counts back", () => {
  const { done, judge } = bench({ maxReactivations: 1, maxFailovers: 0, finalAction: "none" });
  judge("error");
  judge("error");
  judge("normal");
  judge("error");
  assert.deepEqual(done, ["reactivate", "final action none", "reactivate"]);
});

Deno.test("nothing is done while the target is on its way, nor where it is not active", () => {
  const { done, judge, state } = bench();
  state.moving = true;
  judge("error");
  state.moving = false;
  state.active = false;
  judge("error");
  assert.deepEqual(done, []);
  state.active = true;
  judge("error");
  assert.deepEqual(done, ["reactivate"]);
});

Deno.test("a failover that nobody could take counts, and the final action follows", () => {
  const { done, judge, state } = bench({ maxReactivations: 0 });
  state.others = false;
  judge("error");
  judge("error");
  assert.deepEqual(done, ["final action shutdown"]);
});

Deno.test("for the local server only the final action has a meaning", () => {
  const { done, judge } = bench({ target: { kind: "local-server" } });
  judge("error");
  assert.deepEqual(done, ["final action shutdown"]);
});

Deno.test("unknown recovers nothing and is no success: ignored, warned of, or counted as it was asked for", () => {
  const ignored = bench({ onUnknown: "ignore" });
  ignored.judge("unknown");
  assert.equal(ignored.run.status, "offline");
  const warned = bench({ onUnknown: "warn" }, { retries: 1 });
  warned.judge("error");
  warned.judge("unknown");
  assert.equal(warned.run.status, "unknown");
  warned.judge("error");
  assert.deepEqual(warned.done, ["reactivate"], "unknown must not have wiped out the failure before it");
  assert.match(warned.local.reasons.map(({ text }) => text).join("\n"), /could not find out\. \(106 : said\)/);
  const counted = bench({ onUnknown: "recover" });
  counted.judge("unknown");
  assert.deepEqual(counted.done, ["reactivate"]);
});

Deno.test("the recovery script comes before everything else, and nothing else while it runs", () => {
  const { done, judge, run, scripts } = bench({ maxScripts: 2, maxReactivations: 1, maxFailovers: 0 });
  judge("error");
  judge("error");
  assert.deepEqual(scripts(), [{ request: 1, step: "script", count: 1 }]);
  run.escalation.ran(1);
  judge("error");
  assert.deepEqual(scripts(), [{ request: 2, step: "script", count: 2 }]);
  run.escalation.ran(1);
  judge("error");
  assert.deepEqual(scripts(), [], "the answer to an earlier script is not the answer to this one");
  run.escalation.ran(2, { code: 1, message: "it ended with status 3" });
  judge("error");
  judge("error");
  assert.deepEqual(done, ["reactivate", "final action shutdown"]);
});

Deno.test("a step waits for its own script, whose failure does not stop it", () => {
  const { done, judge, run, scripts, said } = bench({
    before: ["reactivation", "failover", "finalAction"],
    maxReactivations: 1,
  });
  for (const [index, step] of (["reactivation", "failover", "finalAction"] as const).entries()) {
    judge("error");
    judge("error");
    assert.deepEqual(scripts(), [{ request: index + 1, step, count: 1 }]);
    assert.equal(done.length, index);
    run.escalation.ran(index + 1, { code: 6, message: "too slow", timedOut: true });
    assert.equal(done.length, index + 1);
  }
  assert.deepEqual(done, ["reactivate", "fail over", "final action shutdown"]);
  assert.match(said(), /The script before the failover of tcpw1 failed\. \(6 : too slow\)/);
});

Deno.test("a step whose script outlasts the error, the target or the server is not taken", () => {
  const cases: [(at: ReturnType<typeof bench>) => void, RegExp][] = [
    [({ judge }) => judge("normal"), /No reactivation: tcpw1 is normal again/],
    [({ state }) => state.active = false, /No reactivation: the target of tcpw1 is not active here any more/],
    [({ state }) => state.moving = true, /is not active here any more/],
    [({ state }) => state.leaving = true, /has ended well/],
  ];
  for (const [change, told] of cases) {
    const at = bench({ before: ["reactivation"] });
    at.judge("error");
    change(at);
    at.run.escalation.ran(1);
    assert.deepEqual(at.done, []);
    assert.match(at.said(), told);
    assert.equal(at.run.escalation.underway, false);
  }
});

Deno.test("what another monitor does for the same target is not disturbed, and costs no count", () => {
  const { done, judge, state, run, said } = bench({ maxReactivations: 1 });
  state.shared = "tcpw2";
  judge("error");
  assert.deepEqual([done, run.escalation.reactivations], [[], 0]);
  assert.match(said(), /No recovery: that of tcpw2 for the same target is under way/);
  delete state.shared;
  judge("error");
  assert.deepEqual(done, ["reactivate"]);
});

Deno.test("a server that leaves recovers nothing", () => {
  const { done, judge, state } = bench();
  state.leaving = true;
  judge("error");
  assert.deepEqual(done, []);
});

Deno.test("for the local server the script and the final action have a meaning", () => {
  const { done, judge, run, scripts } = bench({ target: { kind: "local-server" }, maxScripts: 1 });
  judge("error");
  assert.deepEqual(scripts(), [{ request: 1, step: "script", count: 1 }]);
  run.escalation.ran(1);
  judge("error");
  judge("error");
  assert.deepEqual(done, ["final action shutdown"]);
});

Deno.test("a check that did not end in time has a policy of its own, else that of the unknown", () => {
  const late: EngineVerdict = { status: "unknown", code: 6, message: "late", timedOut: true };
  const own = bench({ onUnknown: "recover", onTimeout: "warn" });
  own.run.judge(late);
  assert.deepEqual([own.done, own.run.status], [[], "unknown"]);
  const ignored = bench({ onUnknown: "recover", onTimeout: "ignore" });
  ignored.run.judge(late);
  assert.deepEqual([ignored.done, ignored.run.status], [[], "offline"]);
  const inherited = bench({ onUnknown: "recover" });
  inherited.run.judge(late);
  assert.deepEqual(inherited.done, ["reactivate"]);
  const counted = bench({ onUnknown: "ignore", onTimeout: "recover" });
  counted.judge("unknown");
  assert.deepEqual(counted.done, []);
  counted.run.judge(late);
  assert.deepEqual(counted.done, ["reactivate"]);
});

Deno.test("a slow check is told once, until one is quick again", () => {
  const { run, said } = bench();
  const check = (ms: number) => run.judge({ status: "normal", message: "", took: { ms, ofMs: 1_000 } });
  check(800);
  assert.doesNotMatch(said(), /slow/);
  check(850);
  check(990);
  assert.deepEqual(said().match(/is slow: the check took .*/g), ["is slow: the check took 850 of 1000 ms (85 %)."]);
  check(10);
  check(900);
  assert.match(said(), /900 of 1000 ms/);
});

Deno.test("an operator makes a monitor fail: its recovery goes its way until that is cleared", () => {
  const { done, judge, run, said } = bench({ maxReactivations: 5 });
  assert.match(run.force(true, "alice") ?? "", /was not made to fail/);
  assert.equal(run.force(false, "alice"), undefined);
  judge("normal");
  judge("unknown");
  assert.deepEqual([done, run.status], [["reactivate", "reactivate"], "error"]);
  assert.match(said(), /alice makes tcpw1 fail[^]*alice makes it fail; the check itself found: normal/);
  assert.equal(run.force(true, "bob"), undefined);
  judge("normal");
  assert.deepEqual([run.status, run.forcedBy, run.escalation.reactivations], ["normal", null, 0]);
});
