import assert from "node:assert/strict";
import { Breakdown, type BreakdownPorts } from "../../../core/agent/breakdown.ts";
import { eventually } from "./helpers.ts";

function broken(leave: () => void = () => {}, leaveMs = 60_000) {
  const said: string[] = [];
  const did: string[] = [];
  const ports: BreakdownPorts = {
    note: (reasons) => said.push(...reasons.map(({ code, text }) => `${code}: ${text}`)),
    leave: () => {
      did.push("leave");
      leave();
    },
    abandon: (reason) => did.push(`abandon: ${reason}`),
  };
  return { said, did, breakdown: new Breakdown(ports, leaveMs) };
}

Deno.test("breakdown: what was thrown is said with its place, and the agent leaves in order", () => {
  const { said, did, breakdown } = broken();
  breakdown.report(new TypeError("x is undefined"));
  assert.match(
    said[0]!,
    /^broken: Something in the agent failed that must not: x is undefined \(at breakdown_test\.ts:\d+:\d+\); the agent leaves in order\.$/,
  );
  assert.deepEqual(did, ["leave"]);
  assert.match(breakdown.reason!, /x is undefined/);
  breakdown.close();
});

Deno.test("breakdown: of a callback its name is said, and the place where it threw", () => {
  const { said, breakdown } = broken();
  breakdown.report(new Error("in a deadline: bad", { cause: new Error("bad") }));
  breakdown.report("a word");
  assert.match(said[0]!, /in a deadline: bad \(at breakdown_test\.ts:\d+:\d+\)/);
  assert.match(said[1]!, /failed that must not: a word; the agent ends at once\.$/);
  breakdown.close();
});

Deno.test("breakdown: when it happens again, or the agent can't leave, it ends at once", async () => {
  const again = broken();
  again.breakdown.report(new Error("one"));
  again.breakdown.report(new Error("two"));
  again.breakdown.close();
  assert.equal(again.did.length, 2);
  assert.match(again.did[1]!, /^abandon: .*two/);

  const stuck = broken(() => {
    throw new Error("no step is possible");
  });
  stuck.breakdown.report(new Error("one"));
  stuck.breakdown.close();
  assert.match(stuck.did[1]!, /^abandon: .*one.*it could not leave: no step is possible/);

  const slow = broken(() => {}, 20);
  slow.breakdown.report(new Error("one"));
  await eventually("its end", () => slow.did.length === 2);
  assert.match(slow.did[1]!, /it could not leave within 20 ms$/);
});
