/** A recovery that makes a monitor normal for a while, again and again. */
import { strict as assert } from "node:assert";
import type { Reason } from "../../../core/cluster/reasons.ts";
import { Escalation, type RecoveryHands } from "../../../core/cluster/escalation.ts";
import type { Local } from "../../../core/cluster/local.ts";
import type { MonitorSpec } from "../../../core/cluster/spec.ts";

const HOUR_MS = 3_600_000;

function bench() {
  const said: Reason[] = [];
  const local = { nowMs: 0, me: "server1", say: (reason: Reason) => said.push(reason), order: () => {} };
  const hands: RecoveryHands = {
    targetActive: () => true,
    targetMoving: () => false,
    sharedWith: () => undefined,
    leaving: () => false,
    reactivate: () => {},
    failOver: () => [],
    finalAction: () => {},
  };
  const spec = {
    name: "httpw1",
    recovery: { target: { kind: "group", group: "web" }, maxReactivations: 3, maxFailovers: 1, finalAction: "none" },
  } as unknown as MonitorSpec;
  const escalation = new Escalation(spec, local as unknown as Local, hands);
  /** One error, a recovery of `steps` steps, and all is well again. */
  const episode = (afterMs: number, steps = 1) => {
    local.nowMs += afterMs;
    for (let step = 0; step < steps; step++) escalation.escalate("it is in error");
    escalation.clear();
  };
  const loops = () => said.filter(({ text }) => text.includes("mends nothing"));
  return { escalation, episode, loops };
}

Deno.test("recovery: one that is begun again and again within an hour is told, once an hour", () => {
  const { episode, loops, escalation } = bench();
  for (let count = 0; count < 4; count++) episode(60_000);
  assert.deepEqual([loops().length, escalation.begun], [0, 4]);
  episode(60_000);
  assert.equal(loops()[0]?.text.startsWith("The recovery of httpw1 is begun for the 5th time within an hour"), true);
  assert.deepEqual([loops()[0]?.level, loops()[0]?.monitor], ["warning", "httpw1"]);
  for (let count = 0; count < 20; count++) episode(60_000);
  assert.equal(loops().length, 1);
  for (let count = 0; count < 60; count++) episode(60_000);
  assert.equal(loops().length, 2);
});

Deno.test("recovery: steps of one recovery, and recoveries that are far apart, are no loop", () => {
  const { episode, loops, escalation } = bench();
  episode(60_000, 5);
  assert.equal(escalation.begun, 1);
  for (let count = 0; count < 20; count++) episode(HOUR_MS / 3);
  assert.deepEqual([loops(), escalation.begun], [[], 3]);
});
