import assert from "node:assert/strict";
import fc from "fast-check";
import { Random } from "../../../core/simulation/random.ts";
import { Schedule } from "../../../core/simulation/schedule.ts";

Deno.test("a schedule gives things back in order of time, and at equal times in order of arrival", () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 200 }), (times) => {
    const schedule = new Schedule();
    const order: number[] = [];
    times.forEach((ms, i) => schedule.at(ms, () => order.push(i)));
    let beforeMs = -Infinity;
    for (let next = schedule.pop(); next; next = schedule.pop()) {
      assert.ok(next.ms >= beforeMs);
      beforeMs = next.ms;
      next.run();
    }
    const expected = times.map((ms, i) => [ms, i] as const).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    assert.deepEqual(order, expected.map(([, i]) => i));
    assert.equal(schedule.size, 0);
    assert.equal(schedule.nextMs, Infinity);
  }));
});

Deno.test("things that are added while others are taken keep their place", () => {
  fc.assert(fc.property(fc.array(fc.nat({ max: 50 }), { minLength: 1, maxLength: 60 }), (delays) => {
    const schedule = new Schedule();
    const seen: number[] = [];
    let nowMs = 0;
    const add = (i: number): void => {
      const delay = delays[i];
      if (delay === undefined) return;
      schedule.at(nowMs + delay, () => {
        seen.push(nowMs);
        add(i + 1);
      });
    };
    add(0);
    for (let next = schedule.pop(); next; next = schedule.pop()) {
      nowMs = next.ms;
      next.run();
    }
    assert.equal(seen.length, delays.length);
    assert.deepEqual(seen, [...seen].sort((a, b) => a - b));
  }));
});

Deno.test("the same seed gives the same numbers, all of them in range", () => {
  fc.assert(fc.property(fc.integer(), fc.integer({ min: -50, max: 50 }), fc.nat({ max: 100 }), (seed, from, width) => {
    const [one, two] = [new Random(seed), new Random(seed)];
    for (let i = 0; i < 50; i++) {
      const drawn = one.between(from, from + width);
      assert.equal(drawn, two.between(from, from + width));
      assert.ok(drawn >= from && drawn <= from + width);
      assert.ok([1, 2, 3].includes(one.pick([1, 2, 3])));
      two.next();
    }
  }));
});

Deno.test("numbers are spread evenly enough, and chance keeps its word", () => {
  const random = new Random(42);
  const buckets = new Array<number>(10).fill(0);
  let hits = 0;
  for (let i = 0; i < 100_000; i++) {
    buckets[Math.floor(random.next() * 10)]! += 1;
    if (random.chance(0.3)) hits += 1;
  }
  for (const count of buckets) assert.ok(Math.abs(count - 10_000) < 500, `${count}`);
  assert.ok(Math.abs(hits - 30_000) < 700, `${hits}`);
  assert.ok(!random.chance(0));
});
