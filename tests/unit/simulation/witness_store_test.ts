import assert from "node:assert/strict";
import type { Event, WitnessOutcome } from "../../../core/cluster/events.ts";
import { Machine } from "../../../core/simulation/machine.ts";
import { PROMPT } from "../../../core/simulation/witness_store.ts";
import { CALM } from "../../../core/simulation/work.ts";
import { World } from "../../../core/simulation/world.ts";
import { clusterOf } from "../../sim/kinds.ts";

const RECORD = {
  epoch: 1,
  holder: "server1",
  won: false,
  released: false,
  servesMs: 2_998,
  writer: "server1-1",
  write: 1,
};

/** A world whose machines don't run: only the answers that reach them are looked at. */
function bench() {
  const world = new World(clusterOf("two-and-witness", 1), 1);
  const answers: { ms: number; outcome: WitnessOutcome }[] = [];
  class Listener extends Machine {
    override deliver(event: Event): undefined {
      if (event.type === "witness") answers.push({ ms: world.nowMs, outcome: event.outcome });
    }
  }
  const machine = new Listener("server1", world, CALM);
  let request = 0;
  const ask = (
    question: { expected: string | null; epoch?: number } | "read",
    waitMs = 5_000,
  ): WitnessOutcome | undefined => {
    request += 1;
    const group = "failover1";
    world.witness.ask(
      machine,
      question === "read" ? { do: "witness-read", group, request } : {
        do: "witness-write",
        group,
        request,
        expected: question.expected,
        record: { ...RECORD, epoch: question.epoch ?? 1 },
      },
    );
    const before = answers.length;
    world.run(waitMs);
    assert.ok(answers.length <= before + 1, "one answer for each question");
    return answers[before]?.outcome;
  };
  return { world, ask, answers };
}

Deno.test("a witness store replaces a record only for who knows its version", () => {
  const { ask } = bench();
  assert.deepEqual(ask("read"), { kind: "none" });
  const first = ask({ expected: null });
  assert.ok(first?.kind === "written");
  assert.deepEqual(ask("read"), { kind: "record", version: first.version, record: RECORD });
  assert.deepEqual(ask({ expected: null, epoch: 2 }), { kind: "conflict" });
  assert.deepEqual(ask({ expected: "version 99", epoch: 2 }), { kind: "conflict" });
  const second = ask({ expected: first.version, epoch: 2 });
  assert.ok(second?.kind === "written");
  assert.notEqual(second.version, first.version);
});

Deno.test("a record that was deleted and made anew never has a version that was there before", () => {
  const { world, ask } = bench();
  const first = ask({ expected: null });
  world.witness.delete("failover1");
  assert.deepEqual(ask("read"), { kind: "none" });
  const again = ask({ expected: null });
  assert.ok(first?.kind === "written" && again?.kind === "written");
  assert.notEqual(again.version, first.version);
});

Deno.test("a write whose answer is lost is done; one that never arrived is not; both look the same to who asked", () => {
  for (const [share, done] of [["replyLost", true], ["lost", false]] as const) {
    const { world, ask } = bench();
    world.witness.manners = { ...PROMPT, [share]: 1 };
    assert.deepEqual(ask({ expected: null }), { kind: "unreached", message: "it timed out" });
    assert.equal(world.witness.record("failover1") !== undefined, done, share);
  }
});

Deno.test("a slow write is given up at the permit time and done later all the same", () => {
  const { world, ask, answers } = bench();
  const { permitMs } = world.spec.timing;
  world.witness.manners = { ...PROMPT, slow: 1, slowMs: [4_000, 4_000] };
  assert.deepEqual(ask({ expected: null }, permitMs + 1), { kind: "unreached", message: "it timed out" });
  assert.ok(answers[0]!.ms <= permitMs);
  assert.equal(world.witness.record("failover1"), undefined);
  world.run(4_000);
  assert.equal(world.witness.record("failover1")?.epoch, 1);
});

Deno.test("an outage, a cut and throttling change nothing in the store", () => {
  const { world, ask, answers } = bench();
  world.witness.outage = true;
  assert.equal(ask({ expected: null })?.kind, "unreached");
  world.witness.heal();
  world.witness.reach("server1", false);
  assert.equal(ask({ expected: null })?.kind, "unreached");
  world.heal();
  world.witness.manners = { ...PROMPT, throttled: 1 };
  const askedMs = world.nowMs;
  assert.equal(ask({ expected: null })?.kind, "unreached");
  assert.ok(answers.at(-1)!.ms - askedMs < 100, "and throttling is quick");
  assert.equal(world.witness.record("failover1"), undefined);
});

Deno.test("a stale read answers with the record before", () => {
  const { world, ask } = bench();
  const first = ask({ expected: null });
  assert.ok(first?.kind === "written");
  ask({ expected: first.version, epoch: 2 });
  world.witness.manners = { ...PROMPT, stale: 1 };
  const seen = ask("read");
  assert.ok(seen?.kind === "record");
  assert.equal(seen.version, first.version);
});
