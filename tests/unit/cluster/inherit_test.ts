import assert from "node:assert/strict";
import fc from "fast-check";
import { inherit, names, type Register } from "../../../core/cluster/register.ts";

const server = fc.constantFrom("server1", "server2", "server3");
const register: fc.Arbitrary<Register> = fc.record({
  epoch: fc.integer({ min: 1, max: 4 }),
  holder: server,
  won: fc.boolean(),
  released: fc.boolean(),
});

/** Two servers can't have won the same epoch. */
function possible(mine: Register, theirs: Register): boolean {
  return !(mine.won && theirs.won && mine.epoch === theirs.epoch && mine.holder !== theirs.holder);
}

/** Whether the promise of `register` is moot: somebody has won a later (or the same) epoch, so its holder is passive. */
function overtaken(register: Register, other: Register): boolean {
  return other.won && (other.epoch > register.epoch ||
    (other.epoch === register.epoch && other.holder !== register.holder));
}

function inherited(
  property: (mine: Register, theirs: Register, bound: boolean, result: Register | null) => void,
): void {
  fc.assert(
    fc.property(register, register, fc.boolean(), (mine, theirs, bound) => {
      fc.pre(possible(mine, theirs));
      property(mine, theirs, bound, inherit(mine, theirs, bound));
    }),
    { numRuns: 2_000 },
  );
}

Deno.test("inheriting a vote never lowers an epoch", () => {
  inherited((mine, _theirs, _bound, result) => assert.ok(result === null || result.epoch >= mine.epoch));
});

Deno.test("inheriting a vote keeps what it promised: its holder stays the one to wait for", () => {
  inherited((mine, theirs, _bound, result) => {
    if (result === null || theirs.released || overtaken(theirs, mine)) return;
    assert.equal(result.holder, theirs.holder);
    assert.equal(result.released, theirs.epoch === mine.epoch && theirs.holder === mine.holder && mine.released);
  });
});

Deno.test("inheriting a vote keeps what was promised here", () => {
  inherited((mine, theirs, bound, result) => {
    if (result === null || !bound || mine.released || overtaken(mine, theirs)) return;
    assert.equal(result.holder, mine.holder);
    assert.equal(result.released, theirs.epoch === mine.epoch && theirs.holder === mine.holder && theirs.released);
  });
});

Deno.test("after inheriting a vote nobody is confirmed whom one of the two votes did not confirm", () => {
  inherited((mine, theirs, _bound, result) => {
    if (result === null || result.holder === null || !names(result, result.holder, result.epoch)) return;
    const before = [mine, theirs].some((r) => r.holder === result.holder && r.epoch === result.epoch);
    // Else it only keeps others away: an epoch that its holder has not asked for can't be confirmed to it.
    if (!before) assert.ok(theirs.epoch < mine.epoch && !result.won);
  });
});

Deno.test("two promises to different servers can't be kept by one voter", () => {
  const mine: Register = { epoch: 3, holder: "server1", won: false, released: false };
  assert.equal(inherit(mine, { epoch: 3, holder: "server2", won: false, released: false }, true), null);
  assert.equal(inherit(mine, { epoch: 4, holder: "server2", won: false, released: false }, true), null);
  const winner: Register = { epoch: 4, holder: "server2", won: true, released: false };
  assert.deepEqual(inherit(mine, winner, true), winner, "a later epoch that was won ends the promise before it");
  assert.deepEqual(inherit({ ...winner, epoch: 3, released: true }, mine, true)?.holder, "server2");
});
