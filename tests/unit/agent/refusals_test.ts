import assert from "node:assert/strict";
import { Allowance } from "../../../core/agent/allowance.ts";
import { Refusals } from "../../../core/agent/refusals.ts";

function listening(): { said: string[]; at: { ms: number }; refusals: Refusals } {
  const said: string[] = [];
  const at = { ms: 0 };
  return { said, at, refusals: new Refusals((text) => said.push(text), () => at.ms) };
}

Deno.test("refusals: the same is said once, then counted, and the count said once a minute", () => {
  const { said, at, refusals } = listening();
  for (; at.ms < 120_000; at.ms += 10) refusals.count("a packet was refused: no key", ` (from 10.0.0.${at.ms % 250})`);
  assert.deepEqual(said, [
    "a packet was refused: no key (from 10.0.0.0)",
    "a packet was refused: no key (from 10.0.0.0); 6000 times since this was said last",
  ]);
});

Deno.test("refusals: who invents ever new kinds fills nothing: a million of them are fewer than 100 lines in an hour", () => {
  const { said, at, refusals } = listening();
  for (let kind = 0; kind < 1_000_000; kind++) {
    at.ms += 3.6;
    refusals.count(`a packet was refused: ${kind}`);
  }
  assert.ok(said.length > 20 && said.length < 100, `${said.length} lines`);
  assert.match(said.at(-1)!, /^other things were refused on the interconnect; \d+ times since this was said last$/);
  // What stops is forgotten, and what comes then has its own line again.
  at.ms += 120_000;
  refusals.count("a packet was refused: a later one");
  assert.equal(said.at(-1), "a packet was refused: a later one");
});

Deno.test("an allowance is so many at once and so many a second, whatever was asked for meanwhile", () => {
  const allowance = new Allowance(10, 5);
  const taken = (nowMs: number) => Array.from({ length: 100 }, () => allowance.take(nowMs)).filter(Boolean).length;
  assert.deepEqual([0, 0, 100, 450, 60_000].map(taken), [5, 0, 1, 3, 5]);
});
