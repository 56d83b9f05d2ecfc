import assert from "node:assert/strict";
import fc from "fast-check";
import { emptyRegister, learn, names, type Register } from "../../../core/cluster/register.ts";

const server = fc.constantFrom("server1", "server2", "server3");
const register: fc.Arbitrary<Register> = fc.record({
  epoch: fc.integer({ min: 1, max: 4 }),
  holder: server,
  won: fc.boolean(),
  released: fc.boolean(),
});

Deno.test("learn never lowers an epoch, and never takes a release back", () => {
  fc.assert(fc.property(register, register, server, (mine, theirs, sender) => {
    const learnt = learn(mine, theirs, sender);
    assert.ok(learnt.epoch >= mine.epoch);
    if (learnt.epoch === mine.epoch) {
      assert.equal(learnt.holder, mine.holder);
      if (mine.released) assert.ok(learnt.released);
      if (mine.won) assert.ok(learnt.won);
    }
  }));
});

Deno.test("learn believes a later epoch only from its winner's own mouth", () => {
  fc.assert(fc.property(register, register, server, (mine, theirs, sender) => {
    const learnt = learn(mine, theirs, sender);
    if (learnt.epoch > mine.epoch) {
      assert.equal(theirs.holder, sender);
      assert.ok(theirs.won);
    }
  }));
});

Deno.test("learn believes a release of the same epoch from anybody, and learning twice is learning once", () => {
  const mine: Register = { epoch: 3, holder: "server1", won: true, released: false };
  const told = learn(mine, { ...mine, released: true }, "server3");
  assert.ok(told.released);
  fc.assert(fc.property(register, register, server, (mine, theirs, sender) => {
    const once = learn(mine, theirs, sender);
    assert.deepEqual(learn(once, theirs, sender), once);
  }));
});

Deno.test("a register names its holder under its epoch until that is released", () => {
  const register: Register = { epoch: 2, holder: "server1", won: false, released: false };
  assert.ok(names(register, "server1", 2));
  assert.ok(!names(register, "server1", 1));
  assert.ok(!names(register, "server2", 2));
  assert.ok(!names({ ...register, released: true }, "server1", 2));
  assert.ok(!names(emptyRegister(), "server1", 0));
});
