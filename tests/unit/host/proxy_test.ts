import assert from "node:assert/strict";
import type { Declaration } from "../../../core/host/declaration.ts";
import { proxyOf } from "../../../core/host/proxy.ts";
import { errorOf, failureOf } from "../../../core/host/failure.ts";
import { Fault } from "../../../core/plugin/fault.ts";
import { PluginError } from "../../../core/plugin/plugin_error.ts";

/** What a function of a drop-in resolves with when its host answers so. */
async function answered(method: string, answer: unknown, ...args: unknown[]): Promise<unknown> {
  const declaration = { kind: "monitor", description: "x", options: {}, functions: [method], fallback: {} };
  const plugin = proxyOf("mine", declaration as Declaration, () => Promise.resolve(answer)) as never;
  const { [method]: own } = plugin as Record<string, (...args: unknown[]) => Promise<unknown>>;
  return await own!({}, ...args);
}

Deno.test("proxy: a verdict loses what does not belong to it", async () => {
  const verdict = { status: "error", code: 7, message: "m".repeat(9_000), measurements: { aMs: 1, b: "2" }, more: 1 };
  const left = " (left out: b, which is no finite number)";
  assert.deepEqual(await answered("check", verdict), {
    status: "error",
    code: 7,
    message: "m".repeat(2_000 - left.length) + left,
    measurements: { aMs: 1 },
  });
  const many = Object.fromEntries(Array.from({ length: 99 }, (_, index) => [`n${index}`, index]));
  const { measurements } = await answered("probe", { status: "normal", message: "", measurements: many }) as {
    measurements: object;
  };
  assert.equal(Object.keys(measurements).length, 32);
});

Deno.test("proxy: what is said is one line that does nothing to a terminal or a journal", async () => {
  const message = "down\r\nwarning: \u001b[31mred\u001b]0;title\u0007 \u202eback";
  const said = { status: "error", code: 1, message, measurements: { "a\nb": 1 } };
  const verdict = {
    status: "error",
    code: 1,
    message: "down warning:  [31mred ]0;title   back",
    measurements: { "a b": 1 },
  };
  assert.deepEqual(await answered("check", said), verdict);
  assert.equal(errorOf(failureOf(new Error("one\ntwo"))).message, "one two");
});

const wrong: [string, unknown, RegExp][] = [
  ["check", { status: "fine", message: "" }, /no verdict/],
  ["check", null, /no verdict/],
  ["ready", undefined, /no verdict/],
  ["stop", undefined, /did not say how it knows/],
  ["guard", [["ip", 7]], /no list of at most 64 commands/],
  ["guard", [[]], /no list of at most 64 commands/],
  ["kill", "rm", /kill of mine gave no list/],
  ["read", { version: 1 }, /no version and text/],
  ["write", {}, /no version for what it wrote/],
  ["preflight", [{ status: "ok" }], /a finding without/],
];

for (const [method, answer, message] of wrong) {
  Deno.test(`proxy: ${method} that answers ${JSON.stringify(answer)} is refused`, async () => {
    await assert.rejects(answered(method, answer), message);
  });
}

Deno.test("proxy: sound answers pass", async () => {
  assert.deepEqual(await answered("guard", [["ip", "x"]]), [["ip", "x"]]);
  assert.equal(await answered("read", null), null);
  assert.deepEqual(await answered("read", { version: "1", text: "t", more: 1 }), { version: "1", text: "t" });
  assert.equal(await answered("write", "conflict"), "conflict");
  assert.equal(await answered("stop", "off"), "off");
});

Deno.test("failures: an error is the same one on the other side", () => {
  const fault = errorOf(failureOf(new Fault(7, "no", { remedy: "do", uncertain: true }))) as Fault;
  assert.ok(fault instanceof Fault);
  assert.deepEqual([fault.code, fault.message, fault.remedy, fault.uncertain], [7, "no", "do", true]);
  assert.equal(errorOf(failureOf(new DOMException("late", "TimeoutError"))).name, "TimeoutError");
  assert.equal(errorOf(failureOf(new DOMException("stop", "AbortError"))).name, "AbortError");
  const error = errorOf(failureOf(new PluginError("t", "bad", { file: "f", line: 2, column: 3 })), "t") as PluginError;
  assert.ok(error instanceof PluginError);
  assert.deepEqual(error.place, { file: "f", line: 2, column: 3 });
});

Deno.test("failures: what was thrown may be anything", () => {
  assert.equal(failureOf("text").message, "text");
  assert.equal(failureOf(undefined).message, "undefined");
  const hostile = {
    toString: () => {
      throw new Error();
    },
  };
  assert.match(failureOf(hostile).message, /can't be shown/);
  assert.equal(failureOf(new Error("x".repeat(9_999))).message.length, 2_001);
  assert.equal((errorOf({ kind: "fault", message: "m", code: -1 }) as Fault).code, 99);
});
