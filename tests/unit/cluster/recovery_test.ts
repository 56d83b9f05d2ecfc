import assert from "node:assert/strict";
import { emptyDurableState } from "../../../core/cluster/durable.ts";
import { Local } from "../../../core/cluster/local.ts";
import { MonitorRun, type RecoveryHands } from "../../../core/cluster/recovery.ts";
import type { MonitorSpec, RecoverySpec } from "../../../core/cluster/spec.ts";
import { TIMING_PRESETS } from "../../../core/cluster/timing.ts";

function bench(recovery: Partial<RecoverySpec> = {}, monitor: Partial<MonitorSpec> = {}) {
  const done: string[] = [];
  const state = { active: true, moving: false, others: true };
  const hands: RecoveryHands = {
    targetActive: () => state.active,
    targetMoving: () => state.moving,
    reactivate: () => void done.push("reactivate"),
    failOver: () => {
      if (state.others) done.push("fail over");
      return state.others;
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
  return { done, state, run, judge, local };
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
