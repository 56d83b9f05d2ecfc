/** The simulator in the ordinary test run: a few hundred histories, the one of the weak vote, and a fault that must show. */
import { strict as assert } from "node:assert";
import { createHash } from "node:crypto";
import { history } from "./history.ts";
import { KINDS } from "./kinds.ts";
import { hunt } from "./mutate.ts";
import { CLAIM_RULE, MUTANTS } from "./mutants.ts";
import { weakVote } from "./weak_vote.ts";

for (const kind of KINDS) {
  Deno.test(`simulator: no history of ${kind} breaks an invariant`, () => {
    let faults = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const result = history(seed, { kind });
      assert.equal(result.violation, undefined, `seed ${seed}: deno task sim --kind ${kind} --story ${seed}`);
      faults += result.plan.actions.length;
    }
    assert.ok(faults > 300, `${faults} faults are too few to mean anything`);
  });
}

function fingerprint(seed: number): string {
  const { world, violation, beats, simulatedMs } = history(seed, { keepStory: true });
  const told = world.story.map(({ ms, server, reason }) => `${ms} ${server} ${reason.code} ${reason.text}`);
  assert.ok(told.length > 20, `seed ${seed} has a story`);
  return createHash("sha256").update(JSON.stringify([told, violation, beats, simulatedMs])).digest("hex");
}

Deno.test("simulator: the same seed is the same history, to the letter", () => {
  const first = [11, 12, 13, 14, 15].map(fingerprint);
  assert.deepEqual([11, 12, 13, 14, 15].map(fingerprint), first);
  assert.equal(new Set(first).size, first.length, "and another seed is another one");
});

Deno.test("simulator: two carriers that a weak vote allows are found, stopped, and wait for an operator", () => {
  const { bothActiveMs, detectedAfterMs, lines } = weakVote();
  assert.ok(bothActiveMs > 0);
  assert.ok(detectedAfterMs > 0 && detectedAfterMs < 3_000, `${detectedAfterMs} ms`);
  assert.deepEqual(weakVote().lines, lines);
});

Deno.test("simulator: it notices a voter that does not wait for the holder's silence", async () => {
  const caught = await hunt(CLAIM_RULE, 200);
  assert.match(caught?.how ?? "not noticed", /active on \w+ and \w+ at once/);
});

Deno.test("simulator: every deliberate fault fits the source in exactly one place", () => {
  assert.ok(MUTANTS.length >= 12);
  assert.equal(new Set(MUTANTS.map(({ name }) => name)).size, MUTANTS.length);
  for (const { name, file, from, to } of MUTANTS) {
    const source = Deno.readTextFileSync(new URL(`../../core/cluster/${file}`, import.meta.url));
    assert.equal(source.split(from).length, 2, `"${name}" in ${file}`);
    assert.notEqual(from, to);
  }
});
