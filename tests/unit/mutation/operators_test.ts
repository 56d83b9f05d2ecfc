import assert from "node:assert/strict";
import { faultsOf, matters, withFault } from "../../mutation/operators.ts";

const SOURCE = `
interface Shape {
  left: number; // a < b
}
/** if (a < b) nothing happens */
export async function f(a: number, b: number, log: Shape[]): Promise<number> {
  if (a < b && b > 0) {
    log.push({ left: a });
    return await Promise.resolve(a);
  }
  const text = "a < b && c";
  return Math.min(a, text.length);
}
`;

const drawn = (what: string) =>
  faultsOf(SOURCE).filter((fault) => fault.what === what && matters(SOURCE, fault)).map((
    { line, to },
  ) => [line, to.trim()]);

Deno.test("mutants: conditions, bounds and calls of code, and nothing in comments, strings or types", () => {
  assert.deepEqual(drawn("condition negated"), [[7, "if (!(a < b && b > 0)) {"]]);
  assert.deepEqual(drawn("bound moved"), [[7, "if (a <= b && b > 0) {"], [7, "if (a < b && b >= 0) {"]]);
  assert.deepEqual(drawn("or for and"), [[7, "if (a < b || b > 0) {"]]);
  assert.deepEqual(drawn("await left out"), [[9, "return Promise.resolve(a);"]]);
  assert.deepEqual(drawn("largest for smallest"), [[12, "return Math.max(a, text.length);"]]);
  assert.deepEqual(drawn("line left out"), [[8, ""]]);
});

Deno.test("mutants: a fault changes one line and no other", () => {
  for (const fault of faultsOf(SOURCE)) {
    const [before, after] = [SOURCE.split("\n"), withFault(SOURCE, fault).split("\n")];
    assert.equal(after.length, before.length);
    assert.deepEqual(before.filter((line, index) => line !== after[index]).length, 1);
  }
});

Deno.test("mutants: what does not compile, or compiles to the same, is none", () => {
  const fault = { line: 3, what: "line left out", from: "  left: number;", to: "" };
  assert.equal(matters(SOURCE, fault), false);
  assert.equal(matters(SOURCE, { ...fault, line: 7, to: "  if (" }), false);
});
