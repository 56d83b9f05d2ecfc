import assert from "node:assert/strict";
import fc from "fast-check";
import { CombinedAnswer, type DeviceAnswer, type Together } from "../../../core/agent/combined_answer.ts";

const answer = (name: string, startedMs: number, reached = true, tookMs = 1): DeviceAnswer => ({
  name,
  startedMs,
  endedMs: startedMs + tookMs,
  reached,
  message: reached ? "answers" : "is silent",
});

/** What is said after each of the answers. */
function after(mode: "any" | "all", answers: DeviceAnswer[], devices = ["a", "b"]): (Together | undefined)[] {
  const combined = new CombinedAnswer(devices, mode);
  return answers.map((one) => combined.add(one));
}

Deno.test("all: nothing is said until each was asked, then it counts from the oldest question", () => {
  const [first, second, third] = after("all", [answer("a", 100), answer("b", 103), answer("a", 120)]);
  assert.equal(first, undefined);
  assert.deepEqual(second, { startedMs: 100, reached: true, message: "a: answers; b: answers" });
  assert.equal(third?.startedMs, 103);
});

Deno.test("all: one silent device is silence at once, also while another has yet to be asked", () => {
  const [first, second] = after("all", [answer("a", 100, false), answer("b", 103)]);
  assert.deepEqual(first, { startedMs: 100, reached: false, message: "a: is silent" });
  assert.deepEqual([second?.reached, second?.message], [false, "a: is silent"]);
});

Deno.test("all: several silent ones are all named", () => {
  const said = after("all", [answer("a", 1, false), answer("b", 2, false)]);
  assert.equal(said.at(-1)?.message, "a: is silent; b: is silent");
});

Deno.test("all: after a silence only questions that began after it count", () => {
  const told = after("all", [
    answer("a", 100),
    answer("b", 105, false, 20),
    answer("a", 120),
    answer("b", 130),
    answer("a", 140),
  ]);
  assert.deepEqual(told.map((one) => one?.reached), [undefined, false, false, undefined, true]);
  assert.equal(told.at(-1)?.startedMs, 130);
});

Deno.test("any: an answer counts from its own question, and silence is that of all", () => {
  const told = after("any", [answer("a", 1, false), answer("b", 2), answer("a", 3, false), answer("b", 4, false)]);
  assert.deepEqual(told, [
    undefined,
    { startedMs: 2, reached: true, message: "b: answers" },
    undefined,
    { startedMs: 4, reached: false, message: "b: is silent" },
  ]);
});

const history = fc.array(
  fc.record({ device: fc.nat(2), gapMs: fc.integer({ min: 1, max: 50 }), reached: fc.nat(9).map((one) => one > 0) }),
  { maxLength: 40 },
);

Deno.test("all: at the time from which an answer counts, and ever since, no device was silent", () => {
  const devices = ["a", "b", "c"];
  let reachedCount = 0;
  fc.assert(
    fc.property(history, (steps) => {
      let nowMs = 0;
      const answers: DeviceAnswer[] = [];
      const combined = new CombinedAnswer(devices, "all");
      let beforeMs = -Infinity;
      for (const { device, gapMs, reached } of steps) {
        const name = devices[device]!;
        answers.push(answer(name, nowMs, reached, gapMs));
        nowMs += gapMs;
        const together = combined.add(answers.at(-1)!);
        if (!together?.reached) continue;
        reachedCount += 1;
        for (const wanted of devices) {
          const since = answers.filter((one) => one.name === wanted && one.endedMs > together.startedMs);
          assert.ok(since.length > 0 && since.every((one) => one.reached), wanted);
        }
        assert.ok(together.startedMs >= beforeMs, "the time never goes back");
        beforeMs = together.startedMs;
      }
    }),
    { numRuns: 500 },
  );
  assert.ok(reachedCount > 50, `${reachedCount}`);
});
