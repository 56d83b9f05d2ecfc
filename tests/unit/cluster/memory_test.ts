import assert from "node:assert/strict";
import { type DurableState, emptyDurableState } from "../../../core/cluster/durable.ts";
import { Engine } from "../../../core/cluster/engine.ts";
import { clusterOf } from "../../sim/kinds.ts";
import { step } from "./quick_disk.ts";

/** Whether server1 of three, started with this memory, would give the group away right after its start. */
function open(durable: DurableState, remembers: boolean): boolean {
  const engine = new Engine({
    spec: clusterOf("three", 1),
    me: "server1",
    incarnation: "1",
    durable,
    remembers,
    nowMs: 0,
    seed: 1,
  });
  return step(engine, { type: "tick" }, 0).beat!.groups.failover1!.open;
}

const whole = (): DurableState => {
  const durable = emptyDurableState();
  durable.handover.closed.server1 = 0;
  return durable;
};

Deno.test("a voter with its whole memory votes at once", () => {
  assert.equal(open(whole(), true), true);
});

Deno.test("a voter without memory, or with one that may be older than its latest vote, does not", () => {
  assert.equal(open(emptyDurableState(), false), false);
  assert.equal(open(whole(), false), false, "the copy of a torn file was taken for the whole memory");
});

Deno.test("a voter that was restarted before it had heard everybody does not either", () => {
  assert.equal(open(emptyDurableState(), true), false);
});
