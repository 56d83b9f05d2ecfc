import assert from "node:assert/strict";
import * as fc from "fast-check";
import { Fault } from "../../../core/plugin/fault.ts";
import { unknownVerdict } from "../../../core/plugin/fault_verdict.ts";
import { plainLines, plainText, plainValue } from "../../../core/plugin/plain_text.ts";
import { RAW } from "./raw_text.ts";

const NASTY = "\x1b[2J\x1b]0;owned\x07a\rb\nc\x9b31m\u202ed";

Deno.test("plain text: nothing is left that a terminal would obey, and all that people read is", () => {
  assert.equal(plainText(NASTY), " [2J ]0;owned a b c 31m d");
  assert.equal(plainText("größer 東京 🙂"), "größer 東京 🙂");
  assert.equal(plainText("abcdef", 3), "abc");
  assert.equal(plainLines("a\x1b\r\nb"), "a \nb");
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => !RAW.test(plainText(text))));
});

Deno.test("plain text: a value keeps its form, whatever stands in it", () => {
  const value = { a: [NASTY, 1, null, true, { [`k\x1b`]: "x" }], b: undefined };
  assert.deepEqual(plainValue(value), { a: [plainText(NASTY), 1, null, true, { "k ": "x" }], b: undefined });
});

Deno.test("plain text: what programs and the SDK say is plain in a fault, its remedy, and any other error", () => {
  const fault = new Fault(5, NASTY, { remedy: NASTY });
  for (
    const text of [fault.message, fault.remedy, unknownVerdict(fault).message, unknownVerdict(new Error(NASTY)).message]
  ) {
    assert.doesNotMatch(text, RAW);
    assert.match(text, /owned/);
  }
});
