import assert from "node:assert/strict";
import fc from "fast-check";
import { type Intent, overrules } from "../../../core/cluster/message.ts";

const intent: fc.Arbitrary<Intent> = fc.record({
  version: fc.integer({ min: 0, max: 2 }),
  run: fc.boolean(),
  to: fc.constantFrom("server1", "server2"),
  by: fc.constantFrom("alice", "bob"),
}, { requiredKeys: ["version", "run", "by"] });

const same = (a: Intent, b: Intent) =>
  a.version === b.version && a.run === b.run && (a.to ?? "") === (b.to ?? "") && a.by === b.by;

Deno.test("of two intents that are not alike exactly one overrules the other, on whichever server they meet", () => {
  fc.assert(fc.property(intent, intent, (a, b) => {
    assert.equal(Number(overrules(a, b)) + Number(overrules(b, a)), same(a, b) ? 0 : 1);
  }));
});

Deno.test("intents that overrule each other never go round in a circle", () => {
  fc.assert(fc.property(intent, intent, intent, (a, b, c) => {
    if (overrules(a, b) && overrules(b, c)) assert.ok(overrules(a, c));
  }));
});

Deno.test("asked to stop and to start at the same time, a group stops", () => {
  const stop = { version: 3, run: false, by: "alice" };
  const start = { version: 3, run: true, by: "bob" };
  assert.ok(overrules(stop, start));
  assert.ok(!overrules(start, stop));
  assert.ok(overrules({ ...start, version: 4 }, stop), "but a later word counts");
});
