import assert from "node:assert/strict";
import type { Output } from "../../../core/cluster/events.ts";
import type { Beat } from "../../../core/cluster/message.ts";
import { Pace } from "../../../core/simulation/pace.ts";

const BEAT = {} as Beat;

function output(wakeMs: number, beat?: Beat): Output {
  return { commands: [], reasons: [], wakeMs, ...(beat ? { beat } : {}) };
}

Deno.test("an engine that asks to be woken at once breaks an invariant", () => {
  const pace = new Pace();
  pace.stepped("server1", output(100.5), 100);
  assert.throws(() => pace.stepped("server1", output(100), 100), /Violation: server1 asks to be woken at once/);
  assert.throws(() => pace.stepped("server1", output(50), 100), /server1 asks to be woken at once/);
});

Deno.test("hundreds of beats within a second break an invariant; as many in ten seconds do not", () => {
  const calm = new Pace();
  for (let ms = 0; ms < 10_000; ms += 25) calm.stepped("server1", output(ms + 25, BEAT), ms);
  const storm = new Pace();
  assert.throws(() => {
    for (let ms = 0; ms < 1_000; ms++) storm.stepped("server1", output(ms + 1, BEAT), ms);
  }, /server1 sends more than 300 beats within a second/);
});
