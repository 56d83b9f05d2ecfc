import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { Reason } from "../../../core/cluster/reasons.ts";
import { ROUND_TRIP_MS, type Timing, TIMING_PRESETS } from "../../../core/cluster/timing.ts";
import { answer, failed, type GroupOutcome } from "../../../core/whatif/outcome.ts";
import { DEFAULT_TIMES, type Fault, type Question } from "../../../core/whatif/question.ts";
import type { Kind } from "../../sim/kinds.ts";
import { CRASH, CUT, specOf, whatIf } from "./bench.ts";

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

/** What came of the only group. */
function groupOf(question: Question): GroupOutcome {
  const { groups, broken } = answer(question);
  assert.deepEqual(broken, []);
  assert.equal(groups.length, 1);
  return groups[0]!;
}

function assertNear(actualMs: number, fromMs: number, toMs: number, what: string): void {
  assert.ok(actualMs >= fromMs && actualMs <= toMs, `${what}: ${actualMs} ms is not in ${fromMs}..${toMs} ms`);
}

/**
 * Silence counts from the last heartbeat that was heard, at most an interval before the crash; it is noticed within an
 * interval, and a claim needs a round trip and then the activation.
 */
function crashBounds({ takeoverMs, intervalMs }: Timing): [number, number] {
  return [takeoverMs - intervalMs - ROUND_TRIP_MS, takeoverMs + intervalMs + 2 * ROUND_TRIP_MS];
}

for (const [name, timing] of Object.entries(TIMING_PRESETS)) {
  Deno.test(`with timing ${name} the outage of a crash is the detection time and no more`, () => {
    for (const kind of ["two-and-tie-breaker", "two-and-witness", "three", "five"] as const) {
      for (const seed of SEEDS) {
        const group = groupOf(whatIf(specOf(kind, { timing }), [CRASH], { seed }));
        assertNear(group.outageMs, ...crashBounds(timing), `${kind}, seed ${seed}`);
        assert.deepEqual([group.before, group.after, group.two], [["server1"], ["server2"], null]);
        assert.match(group.decides, /^server2 takes failover1 with epoch 2: .*server1 has been silent/);
      }
    }
  });
}

Deno.test("a fence that has to be waited for makes the outage longer by its time", () => {
  const times = { ...DEFAULT_TIMES, fenceMs: 8_000 };
  const spec = specOf("two-and-fence");
  const [least, most] = crashBounds(spec.timing);
  const group = groupOf(whatIf(spec, [CRASH], { times }));
  // Before it may shoot, the other one gets a head start.
  assertNear(group.outageMs, least + 8_000, most + 8_000 + 2_100, "outage");
  assert.match(group.decides, /server1 is off for certain/);
});

Deno.test("the link of two servers is cut: only a weak vote lets two carry", () => {
  for (const seed of SEEDS) {
    for (const kind of ["two-and-witness", "two-and-fence", "two-and-tie-breaker-and-fence", "three"] as const) {
      const group = groupOf(whatIf(specOf(kind), [CUT], { seed }));
      assert.deepEqual([group.two, group.outages, group.after.length], [null, [], 1], `${kind}, seed ${seed}`);
    }
    const { groups: [group], story } = answer(whatIf(specOf("two-and-tie-breaker"), [CUT], { seed }));
    assert.ok(group);
    assert.equal(group.two?.why, "weak vote");
    const won: Pick<Reason, "text" | "votes"> = story.findLast(({ reason }) => reason.code === "won")!.reason;
    assert.deepEqual(won.votes, ["server2", "(tie-breaker)"], "data, whatever the sentence says");
    assert.deepEqual([group.two.servers, group.two.untilMs], [["server1", "server2"], null]);
    assertNear(group.two.fromMs, ...crashBounds(specOf("two").timing), `seed ${seed}`);
    assert.deepEqual(group.after, ["server1", "server2"]);
  }
});

Deno.test("two carriers end when they hear each other, and nobody serves after that", () => {
  const outcome = answer(whatIf(specOf("two-and-tie-breaker"), [CUT], { healMs: 10_000 }));
  const group = outcome.groups[0]!;
  assertNear(group.two?.untilMs ?? NaN, 10_000, 13_000, "the end");
  assert.equal(group.down, true);
  assert.match(group.decides, /the discovery of two carriers/);
  assert.ok(failed(outcome));
});

Deno.test("two servers without a further vote: no takeover, and back when all is mended", () => {
  const spec = specOf("two");
  const down = answer(whatIf(spec, [CRASH]));
  assert.deepEqual([down.groups[0]?.down, down.off, failed(down)], [true, ["server1"], true]);
  assert.match(down.groups[0]!.decides, /server2 waits: .*1 of 2 votes, 2 needed/);
  const healed = answer(whatIf(spec, [CRASH], { healMs: 5_000 }));
  assert.equal(failed(healed), false);
  assertNear(healed.groups[0]!.outageMs, 5_000, 15_000, "outage");
});

Deno.test("who is isolated serves nobody from then on, and is down before another begins", () => {
  for (const kind of ["two-and-tie-breaker", "two-and-witness", "three"] as const) {
    const group = groupOf(whatIf(specOf(kind), [{ kind: "isolate", server: "server1" }]));
    assert.deepEqual([group.outages[0]?.fromMs, group.after, group.two], [0, ["server2"], null], kind);
  }
});

Deno.test("a killed agent's group is taken down by its switch, then taken over", () => {
  const spec = specOf("three");
  const group = groupOf(whatIf(spec, [{ kind: "kill", server: "server1" }]));
  assertNear(group.outages[0]!.fromMs, 1, spec.timing.stopMs, "the switch");
  assertNear(group.outages[0]!.untilMs ?? NaN, ...crashBounds(spec.timing), "the takeover");
});

Deno.test("a machine that stands still: not noticed, or two hold the group; never with a fence that is waited for", () => {
  const still = (forMs: number): Fault => ({ kind: "pause", server: "server1", forMs });
  const spec = specOf("three");
  const short = groupOf(whatIf(spec, [still(spec.timing.pauseMs)]));
  assert.deepEqual([short.two, short.after], [null, ["server1"]]);
  assertNear(short.outageMs, spec.timing.pauseMs - 1, spec.timing.pauseMs + 1, "it serves nobody meanwhile");
  const long = groupOf(whatIf(spec, [still(20_000)]));
  assert.equal(long.two?.why, "standstill");
  assert.ok(long.two.stillMs > 16_000 && long.two.totalMs - long.two.stillMs < spec.timing.stopMs);
  assert.deepEqual(long.after, ["server2"]);
  const fenced = groupOf(whatIf({ ...spec, fence: { wait: "always" } }, [still(20_000)], {
    times: { ...DEFAULT_TIMES, fenceMs: 5_000 },
  }));
  assert.deepEqual([fenced.two, fenced.after], [null, ["server2"]]);
  const suspended = groupOf(whatIf(spec, [{ ...still(20_000), kind: "suspend" } as Fault]));
  assert.equal(suspended.two?.why, "standstill");
});

Deno.test("a frozen agent's group is served until its switch takes it down, and never by two", () => {
  for (const kind of ["two-and-tie-breaker", "two-and-witness", "three"] as const) {
    const spec = specOf(kind);
    const { permitMs, pauseMs, stopMs, intervalMs } = spec.timing;
    const group = groupOf(whatIf(spec, [{ kind: "freeze", server: "server1", forMs: 20_000 }]));
    assert.deepEqual([group.two, group.after], [null, ["server2"]], kind);
    assertNear(group.outages[0]!.fromMs, permitMs - 2 * intervalMs, permitMs + pauseMs + stopMs, `${kind}: the switch`);
    assertNear(group.outages[0]!.untilMs ?? NaN, ...crashBounds(spec.timing), `${kind}: the takeover`);
  }
});

Deno.test("operators: a move costs a stop and a start, a stop is no failure, a leave hands over", () => {
  const times = { ...DEFAULT_TIMES, activationMs: 700, deactivationMs: 300 };
  const spec = specOf("three");
  const resources = spec.groups[0]!.resources.length;
  const moved = groupOf(whatIf(spec, [{ kind: "move", group: "failover1", to: "server3" }], { times }));
  assert.deepEqual(moved.after, ["server3"]);
  // Clients are gone once the first resource is down.
  assertNear(moved.outageMs, 700 * resources + 300 * (resources - 1), 1_000 * resources + 500, "outage");
  const stopped = answer(whatIf(spec, [{ kind: "stop", group: "failover1" }]));
  assert.deepEqual([stopped.groups[0]?.down, stopped.groups[0]?.stopped, failed(stopped)], [true, true, false]);
  const left = answer(whatIf(spec, [{ kind: "leave", server: "server1" }]));
  assert.deepEqual([left.groups[0]?.after, left.off], [["server2"], ["server1"]]);
  assertNear(left.groups[0]!.outageMs, 0, 500, "outage");
});

Deno.test("a monitor in error counts at its own pace, and a server that it reboots comes back", () => {
  const monitor = {
    name: "dbw",
    timing: "always" as const,
    retries: 1,
    recovery: {
      target: { kind: "local-server" as const },
      maxReactivations: 0,
      maxFailovers: 0,
      finalAction: "reboot" as const,
      onUnknown: "warn" as const,
    },
  };
  const spec = { ...specOf("three"), monitors: [monitor] };
  const fault = { kind: "monitor", monitor: "dbw", server: "server1", status: "error" } as const;
  const question: Question = {
    ...whatIf(spec, [], { monitorIntervals: new Map([["dbw", 4_000]]), runMs: 90_000 }),
    // It is well again before it comes back.
    faults: [{ atMs: 0, fault }, { atMs: 8_100, fault: { ...fault, status: "normal" } }],
  };
  const outcome = answer(question);
  const group = outcome.groups[0]!;
  assertNear(group.outages[0]!.fromMs, 8_000, 8_100, "the second check");
  assert.deepEqual([group.after, outcome.off], [["server2"], []]);
  const heard = outcome.story.find(({ server, reason }) => server === "server2" && reason.code === "peer-heard");
  assertNear(heard?.ms ?? NaN, 68_000, 69_000, "the return");
  const gone = answer({ ...question, runMs: 60_000 });
  assert.deepEqual(gone.off, ["server1"]);
});

Deno.test("a fence that does not work keeps the group down, and says so", () => {
  const group = groupOf(whatIf(specOf("two-and-fence"), [{ kind: "fence-fails" }, CRASH]));
  assert.equal(group.down, true);
  assert.match(group.decides, /server1 has to be off first/);
});

Deno.test("what happens later is counted from the beginning, and the same question has the same answer", () => {
  const question: Question = {
    ...whatIf(specOf("two-and-witness"), []),
    faults: [{ atMs: 0, fault: { kind: "device" } }, { atMs: 20_000, fault: CRASH }],
    runMs: 40_000,
  };
  const outcome = answer(question);
  assert.deepEqual(outcome, answer(question));
  assert.deepEqual(outcome.groups[0]?.outages, [{ fromMs: 20_000, untilMs: null }]);
  assert.notDeepEqual(outcome.story, answer({ ...question, seed: 2 }).story);
});

Deno.test("with sound votes and machines that don't stand still two never carry, whatever happens", () => {
  const server = fc.constantFrom("server1", "server2");
  const fault: fc.Arbitrary<Fault> = fc.oneof(
    server.map((name): Fault => ({ kind: "kill", server: name })),
    server.map((name): Fault => ({ kind: "crash", servers: [name] })),
    server.map((name): Fault => ({ kind: "isolate", server: name })),
    server.map((name): Fault => ({ kind: "device", servers: [name] })),
    server.map((name): Fault => ({ kind: "leave", server: name })),
    fc.record({ server, both: fc.boolean() }).map(({ server, both }): Fault => ({
      kind: "cut",
      from: server,
      to: server === "server1" ? "server2" : "server1",
      both,
    })),
    server.map((to): Fault => ({ kind: "move", group: "failover1", to })),
  );
  const kind = fc.constantFrom<Kind>("two", "two-and-witness", "two-and-fence", "three", "four-and-witness");
  const times = { ...DEFAULT_TIMES, fenceMs: 6_000 };
  fc.assert(
    fc.property(
      kind,
      fc.array(fc.record({ atMs: fc.integer({ min: 0, max: 12_000 }), fault }), { minLength: 1, maxLength: 4 }),
      fc.nat(1_000),
      (kind, faults, seed) => {
        faults.sort((a, b) => a.atMs - b.atMs);
        const outcome = answer({ ...whatIf(specOf(kind), []), faults, seed, times, healMs: 40_000 });
        assert.deepEqual([outcome.groups[0]?.two, outcome.broken], [null, []]);
        assert.deepEqual([outcome.groups[0]?.down, outcome.off], [false, []], "and all is well once it is mended");
      },
    ),
    { numRuns: 60 },
  );
});
