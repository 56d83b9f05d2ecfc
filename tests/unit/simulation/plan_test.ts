import assert from "node:assert/strict";
import * as fc from "fast-check";
import { type Action, formatPlan, parsePlan, type Plan, tenths } from "../../../core/simulation/plan.ts";
import { planOf } from "../../sim/faults.ts";

const word = fc.stringMatching(/^[a-z@][a-z0-9>,-]{0,12}$/);
const number = fc.integer({ min: -5e6, max: 5e6 }).map((n) => n / 1e3);
const value = fc.oneof(word, number, fc.constant(true as const), fc.tuple(number, number));
const action: fc.Arbitrary<Action> = fc.record({
  atMs: fc.integer({ min: 0, max: 5e6 }).map((n) => tenths(n / 10)),
  what: word,
  params: fc.dictionary(fc.stringMatching(/^[a-z][a-z-]{0,8}$/), value, { maxKeys: 4, noNullPrototype: true }),
}, { noNullPrototype: true });

Deno.test("a plan that is written and read is the same plan", () => {
  fc.assert(fc.property(fc.array(action, { maxLength: 20 }), fc.nat(), fc.boolean(), (actions, seed, cloud) => {
    const plan: Plan = {
      seed,
      kind: "three",
      groups: 2,
      cloud,
      quietMs: 1e6,
      actions: actions.sort((a, b) => a.atMs - b.atMs),
    };
    assert.deepEqual(parsePlan(formatPlan(plan)), plan);
  }));
});

Deno.test("every drawn plan survives being written down", () => {
  for (let seed = 1; seed <= 200; seed++) assert.deepEqual(parsePlan(formatPlan(planOf(seed))), planOf(seed));
});

Deno.test("a line that is no part of a plan is refused with its number", () => {
  const head = "seed 1\nkind two\nquiet 3\n";
  assert.throws(() => parsePlan(`${head}colour blue\n`), /line 4: a plan has/);
  assert.throws(() => parsePlan(`${head}1.5\n`), /line 4: after the time/);
  assert.throws(() => parsePlan("seed x\n"), /line 1: x is no number/);
  assert.throws(() => parsePlan("seed 1\nkind two\n"), /needs a line `kind` and a line `quiet`/);
});
