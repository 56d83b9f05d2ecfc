import assert from "node:assert/strict";
import { soundVerdict } from "../../../core/plugin/sound_verdict.ts";

const said = (value: unknown) => soundVerdict("mine", value);

Deno.test("sound verdict: what is one stays as it is, without what does not belong to it", () => {
  const verdict = { status: "error", code: 7, message: "m", measurements: { answerMs: 1.5, freeMb: -3 } };
  assert.deepEqual(said({ ...verdict, more: 1 }), verdict);
  assert.deepEqual(said({ status: "normal", message: "", measurements: undefined, code: "x" }), {
    status: "normal",
    message: "",
  });
  for (const none of [undefined, null, 1, [], {}, { status: "fine", message: "" }, { status: "normal" }]) {
    assert.throws(() => said(none), /mine gave no verdict/);
  }
});

Deno.test("sound verdict: numbers that are none and numbers without a name are refused, and the verdict counts", () => {
  const measurements = {
    loadPercent: NaN,
    aMs: Infinity,
    bMs: null,
    "": 1,
    "\x1b \n": 2,
    okMs: 3,
    ["n".repeat(65)]: 4,
  };
  const { status, message, measurements: kept } = said({ status: "error", code: 5, message: "is down", measurements });
  assert.deepEqual([status, kept], ["error", { okMs: 3 }]);
  assert.match(message, /^is down \(left out: loadPercent, which is no finite number, aMs, which .*, bMs, which /);
  assert.match(
    said({ status: "normal", message: "ok", measurements: { "": 1 } }).message,
    /^ok \(left out: a measurement without a name/,
  );
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`n${index}`, index]));
  const { measurements: first = {}, message: told } = said({ status: "normal", message: "ok", measurements: many });
  assert.deepEqual([Object.keys(first).length, told], [32, "ok (left out: what is more than 32 measurements)"]);
});

Deno.test("sound verdict: its text is plain and bounded", () => {
  const { message, measurements } = said({
    status: "normal",
    message: `\x1b[31m${"x".repeat(9_000)}`,
    measurements: { "a\x07Ms": 1 },
  });
  assert.deepEqual([message.length, message.slice(0, 6), measurements], [2_000, " [31mx", { "a Ms": 1 }]);
});
