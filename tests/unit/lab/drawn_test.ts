import assert from "node:assert/strict";
import fc from "fast-check";
import { COVERED_PAUSE_MS, RECOVERY_MS } from "../../lab/bounds.ts";
import { longestAbleMs } from "../../lab/drawn/ability.ts";
import { draw, nameOf } from "../../lab/drawn/draw.ts";

const VOTERS = ["a", "b", "w"];
const SERVERS = ["a", "b"];
const host = (name: string, fromMs: number, toMs: number) => ({ what: { host: name }, fromMs, toMs });
const cut = (from: string, to: string, fromMs: number, toMs: number) => ({
  what: { direction: [from, to] as const },
  fromMs,
  toMs,
});
const able = (broken: Parameters<typeof longestAbleMs>[2], candidates = SERVERS) =>
  longestAbleMs(candidates, VOTERS, broken, { fromMs: 100, toMs: 1_100 });

Deno.test("drawn faults: a seed and a number are one fault, another seed or number is another", () => {
  fc.assert(fc.property(fc.nat(), fc.nat({ max: 10_000 }), (seed, number) => {
    assert.deepEqual(draw(seed, number), draw(seed, number));
  }));
  const texts = new Set<string>();
  for (let seed = 0; seed < 5; seed++) {
    for (let number = 0; number < 200; number++) texts.add(JSON.stringify({ ...draw(seed, number), number: 0 }));
  }
  assert.equal(texts.size, 1_000);
});

Deno.test("drawn faults: within their limits, the second while the first lasts, never both on the same thing", () => {
  fc.assert(fc.property(fc.nat(), fc.nat({ max: 10_000 }), (seed, number) => {
    const { strikes } = draw(seed, number);
    const [first, second] = strikes;
    assert.equal(first.fromMs, 0);
    for (const strike of strikes) {
      assert.ok(strike.lastsMs > 0 && strike.lastsMs <= 30_000);
      if (strike.kind === "stall") assert.ok(strike.lastsMs < COVERED_PAUSE_MS);
    }
    if (second) {
      assert.ok(second.fromMs <= first.lastsMs);
      assert.notEqual(nameOf(first), nameOf(second));
    }
  }));
});

Deno.test("drawn faults: two hundred have every kind, one way and both ways, alone and together", () => {
  const all = Array.from({ length: 200 }, (_, number) => draw(1, number));
  const strikes = all.flatMap(({ strikes }) => [...strikes]);
  assert.deepEqual(
    new Set(strikes.map(({ kind }) => kind)),
    new Set(["kill", "pause", "stall", "link", "witness link", "witness stop", "witness pause"]),
  );
  assert.deepEqual(
    new Set(strikes.flatMap((strike) => strike.kind === "link" ? [`${strike.way} ${strike.part}`] : [])).size,
    6,
  );
  const double = all.filter(({ strikes }) => strikes.length === 2).length;
  assert.ok(double > 40 && double < 100, `${double} of 200 are two at once`);
});

Deno.test("ability: one of two voters is enough, none is not", () => {
  assert.equal(able([]), 1_000);
  assert.equal(able([host("a", 0, 2_000)]), 1_000);
  assert.equal(able([host("a", 0, 2_000), host("w", 0, 2_000)]), 0);
  assert.equal(able([host("w", 0, 2_000), cut("a", "b", 0, 2_000)]), 0);
  assert.equal(able([cut("a", "b", 0, 2_000), cut("b", "a", 0, 2_000)]), 1_000);
  assert.equal(able([cut("a", "b", 0, 2_000), cut("w", "a", 0, 2_000)], ["a"]), 0);
  assert.equal(able([cut("a", "b", 0, 2_000), cut("w", "a", 0, 2_000)], ["b"]), 1_000);
});

Deno.test("ability: counts from the mending, and one server has to be able without a break", () => {
  assert.equal(able([host("a", 0, 400), host("w", 0, 400)]), 700);
  assert.equal(able([host("w", 0, 2_000), host("a", 500, 600)]), 500);
  // One after the other is not one.
  assert.equal(able([host("a", 0, 600), host("b", 600, 2_000)]), 500);
  assert.equal(able([host("w", 300, Infinity), host("a", 300, Infinity)]), 200);
  assert.equal(able([host("w", 5_000, 6_000), host("a", 0, 50)]), 1_000);
});

Deno.test("bounds: a recovery is longer than the detection time, and shorter than two of them", () => {
  assert.ok(RECOVERY_MS > 3_000 && RECOVERY_MS < 6_000, `${RECOVERY_MS} ms`);
});
