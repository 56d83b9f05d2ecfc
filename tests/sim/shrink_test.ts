/** Plans are made short, and what is drawn does not depend on what is not there. */
import { strict as assert } from "node:assert";
import type { Plan } from "../../core/simulation/plan.ts";
import type { Line } from "../../core/simulation/story.ts";
import { planOf } from "./faults.ts";
import { kindOf, play } from "./history.ts";
import { search } from "./pool.ts";
import { shrink } from "./shrink.ts";

/** The cut that a tie-breaker can't survive, at the end of a history of other faults. */
function broken(seed: number): Plan {
  const plan = planOf(seed, "two-and-tie-breaker");
  const cutMs = plan.quietMs + 10_000;
  const cut = { cut: "server1>server2,server2>server1", reach: "server1,server2" };
  return {
    ...plan,
    quietMs: cutMs + 10_000,
    actions: [
      ...plan.actions,
      { atMs: plan.quietMs, what: "heal", params: {} },
      { atMs: plan.quietMs, what: "weather", params: {} },
      { atMs: plan.quietMs, what: "start", params: { server: "all" } },
      { atMs: plan.quietMs, what: "ask", params: { server: "server1", op: "start", group: "failover1" } },
      { atMs: cutMs, what: "network", params: cut },
    ],
  };
}

Deno.test("shrink: a long history becomes the few lines that matter, and still breaks the same invariant", () => {
  const long = Array.from({ length: 20 }, (_, seed) => broken(seed)).filter(({ actions }) => actions.length > 15);
  assert.ok(long.length >= 3);
  for (const plan of long.slice(0, 3)) {
    const before = play(plan).violation;
    assert.match(before ?? "", /active on server\d and server\d at once/);
    const { plan: short, violation } = shrink(plan);
    assert.ok(short.actions.length <= 4, `${short.actions.length} lines`);
    assert.equal(kindOf(violation), kindOf(before ?? ""));
    assert.equal(play(short).violation, violation, "it replays");
    assert.ok(short.actions.some(({ what }) => what === "network"));
  }
});

Deno.test("shrink: a history that breaks nothing can't be made short", () => {
  assert.throws(() => shrink(planOf(1, "three")), /breaks no invariant/);
});

Deno.test("simulator: what is taken out of a plan changes nothing before it, and no draw of the network after it", () => {
  const told = (story: readonly Line[], untilMs: number) =>
    story.filter(({ ms }) => ms < untilMs).map(({ ms, server, reason }) => `${ms} ${server} ${reason.text}`);
  for (let seed = 1; seed <= 10; seed++) {
    const plan = planOf(seed, "three");
    const kept = plan.actions.slice(0, Math.floor(plan.actions.length / 2));
    const untilMs = plan.actions[kept.length]!.atMs;
    const whole = told(play(plan, { keepStory: true }).world.story, untilMs);
    const half = told(play({ ...plan, actions: kept }, { keepStory: true }).world.story, untilMs);
    assert.deepEqual(half, whole, `seed ${seed}`);
  }
});

Deno.test("simulator: two workers come to the same figures as none", async () => {
  const alone = await search({ first: 1, seeds: 120, jobs: 1, enough: 1, kind: "two" });
  const together = await search({ first: 1, seeds: 120, jobs: 2, enough: 1, kind: "two" });
  assert.ok(alone.simulatedMs > 0 && alone.beats > 0);
  for (const figure of ["seeds", "simulatedMs", "beats", "kinds", "faults"] as const) {
    // Sums of the same numbers in another order differ in the last digits.
    if (figure === "simulatedMs") assert.ok(Math.abs(together[figure] - alone[figure]) < 1);
    else assert.deepEqual(together[figure], alone[figure], figure);
  }
});
