import assert from "node:assert/strict";
import * as fc from "fast-check";
import { readRecord, recordText } from "../../../core/agent/witness_record.ts";
import { WitnessRunner } from "../../../core/agent/witness_runner.ts";
import type { Event, WitnessOutcome, WitnessRecord } from "../../../core/cluster/events.ts";
import type { WitnessConfig } from "../../../core/config/config.ts";
import type { WitnessPlugin } from "../../../core/plugin/contract.ts";
import { Fault } from "../../../core/plugin/fault.ts";
import { contextsOn, eventually, FakeOs, sleep } from "../../unit/agent/helpers.ts";
import { MAX_COUNT, MAX_PROMISE_MS } from "../../../core/cluster/numbers.ts";

const RECORD: WitnessRecord = {
  epoch: 3,
  holder: "server1",
  won: true,
  released: false,
  servesMs: 2_998,
  writer: "w-1",
  write: 7,
};
const TEXT = '{"epoch":3,"holder":"server1","won":true,"released":false,"servesMs":2998,"writer":"w-1","write":7}';
/** Of one call, in milliseconds. */
const TIMEOUT_MS = 100;

interface Bench {
  runner: WitnessRunner;
  answers: Extract<Event, { type: "witness" }>[];
  read(group?: string): void;
  write(expected: string | null, group?: string): void;
  /** The outcome of the next answer. */
  next(): Promise<WitnessOutcome>;
}

async function on(plugin: Partial<WitnessPlugin>, work: (bench: Bench) => Promise<void>): Promise<void> {
  const contexts = contextsOn(new FakeOs());
  const config: WitnessConfig = {
    name: "votes",
    type: "fake",
    plugin: {
      kind: "quorum",
      description: "fake",
      vote: "sound",
      options: {},
      read: () => Promise.resolve(null),
      write: () => Promise.resolve({ version: "1" }),
      ...plugin,
    },
    options: new Map([["server1", { bucket: "b" }]]),
    timeoutMs: TIMEOUT_MS,
  };
  const answers: Bench["answers"] = [];
  const runner = new WitnessRunner(config, "cluster", ["server1", "server2"], contexts, (event) => answers.push(event));
  let request = 0;
  let taken = 0;
  try {
    await work({
      runner,
      answers,
      read: (group = "g") => runner.ask({ do: "witness-read", group, request: ++request }),
      write: (expected, group = "g") =>
        runner.ask({ do: "witness-write", group, request: ++request, expected, record: RECORD }),
      next: async () => {
        await eventually("an answer", () => answers.length > taken);
        return answers[taken++]!.outcome;
      },
    });
  } finally {
    await runner.close();
    contexts.close();
  }
}

Deno.test("a record is one line of JSON and comes back as it was", () => {
  assert.equal(recordText(RECORD), TEXT);
  const name = fc.string({ minLength: 1, maxLength: 40 });
  const record = fc.record({
    epoch: fc.integer({ min: 0, max: MAX_COUNT }),
    holder: fc.option(name),
    won: fc.boolean(),
    released: fc.boolean(),
    servesMs: fc.nat({ max: MAX_PROMISE_MS }),
    writer: name,
    write: fc.integer({ min: 0, max: MAX_COUNT }),
  }, { noNullPrototype: true });
  fc.assert(fc.property(record, (one) => {
    const text = recordText(one);
    assert.ok(!text.includes("\n"));
    assert.deepEqual(readRecord(text), { record: one });
  }));
});

Deno.test("a read asks for CLUSTER/GROUP with the options of this server, and copies the number of the request", async () => {
  const asked: unknown[] = [];
  const read: WitnessPlugin["read"] = ({ options, name, group }, key) => {
    asked.push([options, name, group, key]);
    return Promise.resolve({ version: "v1", text: TEXT });
  };
  await on({ read }, async ({ read, next, answers, runner }) => {
    assert.deepEqual(runner.state, {
      name: "votes",
      type: "fake",
      reached: null,
      message: "not asked yet",
      latencyMs: null,
    });
    read("g1");
    assert.deepEqual(await next(), { kind: "record", version: "v1", record: RECORD });
    assert.deepEqual(asked, [[{ bucket: "b" }, "votes", "g1", "cluster/g1"]]);
    assert.deepEqual([answers[0]!.group, answers[0]!.request], ["g1", 1]);
    assert.deepEqual([runner.state.reached, runner.state.message], [true, "answered"]);
    assert.ok(runner.state.latencyMs! >= 0);
  });
});

Deno.test("every way a call can end is an outcome", async () => {
  const fault = new Fault(5, "it was denied", { uncertain: true, remedy: "allow it" });
  const ends: [Partial<WitnessPlugin>, "read" | "write", WitnessOutcome][] = [
    [{ read: () => Promise.resolve(null) }, "read", { kind: "none" }],
    [{ write: () => Promise.resolve({ version: "v2" }) }, "write", { kind: "written", version: "v2" }],
    [{ write: () => Promise.resolve("conflict") }, "write", { kind: "conflict" }],
    [{ read: () => Promise.reject(fault) }, "read", { kind: "unreached", message: "(5 : it was denied; allow it)" }],
    [{ write: () => Promise.reject(fault) }, "write", { kind: "unreached", message: "(5 : it was denied; allow it)" }],
    [
      {
        read: () => {
          throw new Error("no promise");
        },
      },
      "read",
      { kind: "unreached", message: "(99 : no promise)" },
    ],
  ];
  for (const [plugin, call, outcome] of ends) {
    await on(plugin, async ({ read, write, next, runner }) => {
      call === "read" ? read() : write("v1");
      assert.deepEqual(await next(), outcome);
      assert.equal(runner.state.reached, outcome.kind !== "unreached");
      if (outcome.kind === "unreached") assert.equal(runner.state.message, outcome.message);
    });
  }
});

Deno.test("a write hands on what it expects and the record as text", async () => {
  const asked: unknown[] = [];
  const write: WitnessPlugin["write"] = (_, ...parts) => {
    asked.push(parts);
    return Promise.resolve({ version: "v2" });
  };
  await on({ write }, async ({ write, next }) => {
    write(null);
    await next();
    write("v1", "other");
    await next();
    assert.deepEqual(asked, [["cluster/g", null, TEXT], ["cluster/other", "v1", TEXT]]);
  });
});

Deno.test("a record that can't be understood is unreached, and says which one it is", async () => {
  const texts = [
    "",
    "no JSON",
    "null",
    "{}",
    TEXT.replace('"epoch":3', '"epoch":-1'),
    TEXT.replace('"epoch":3', '"epoch":3.5'),
    TEXT.replace('"write":7', '"write":"7"'),
    TEXT.replace('"holder":"server1"', '"holder":""'),
    TEXT.replace('"won":true,', ""),
    TEXT.replace("}", ',"lease":1}'),
  ];
  for (const text of texts) {
    await on({ read: () => Promise.resolve({ version: "v", text }) }, async ({ read, next, runner }) => {
      read();
      const outcome = await next();
      assert.ok(outcome.kind === "unreached", text);
      assert.match(outcome.message, /the record cluster\/g can't be understood \(.+\)/);
      assert.equal(runner.state.reached, false);
    });
  }
});

Deno.test("a record that a server of another cluster holds is not acted upon; one that it has released is", async () => {
  const held = (holder: string | null, released: boolean) => recordText({ ...RECORD, holder, released });
  for (
    const [text, kind] of [[held("east1", false), "unreached"], [held("east1", true), "record"], [
      held("server2", false),
      "record",
    ], [held(null, false), "record"]] as const
  ) {
    await on({ read: () => Promise.resolve({ version: "v", text }) }, async ({ read, next, runner }) => {
      read();
      const outcome = await next();
      assert.equal(outcome.kind, kind, text);
      assert.equal(runner.state.reached, kind === "record");
      if (outcome.kind !== "unreached") return;
      assert.match(outcome.message, /^\(44 : another cluster named cluster uses this record: east1, .*cluster\/g.*\)$/);
    });
  }
});

Deno.test("a drop-in that gives nonsense is unreached", async () => {
  for (const nonsense of [undefined, 7, "conflict", {}, { version: "" }, { version: 1, text: TEXT }]) {
    const read = (() => Promise.resolve(nonsense)) as unknown as WitnessPlugin["read"];
    await on({ read }, async ({ read, next }) => {
      read();
      const outcome = await next();
      assert.ok(outcome.kind === "unreached");
      assert.match(outcome.message, /fake gave no version and text for cluster\/g/);
    });
  }
  for (const nonsense of [undefined, null, "ok", {}, { version: 1 }]) {
    const write = (() => Promise.resolve(nonsense)) as unknown as WitnessPlugin["write"];
    await on({ write }, async ({ write, next }) => {
      write("v1");
      const outcome = await next();
      assert.ok(outcome.kind === "unreached");
      assert.match(outcome.message, /fake gave no version for what it wrote/);
    });
  }
});

Deno.test("a call has its deadline, also when it does not honour its signal", async () => {
  const never = Promise.withResolvers<null>();
  const plugins: WitnessPlugin["read"][] = [
    ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    () => never.promise,
  ];
  for (const read of plugins) {
    await on({ read }, async ({ read, next }) => {
      const startedMs = performance.now();
      read();
      const outcome = await next();
      const tookMs = performance.now() - startedMs;
      assert.deepEqual(outcome, {
        kind: "unreached",
        message: `(6 : Timeout occurred: no answer within ${TIMEOUT_MS} ms)`,
      });
      assert.ok(tookMs >= TIMEOUT_MS - 5 && tookMs < TIMEOUT_MS + 1_500, `${tookMs}`);
    });
  }
  never.resolve(null);
});

Deno.test("one call at a time for each group, in the order of the commands; groups don't wait for each other", async () => {
  let underway = 0;
  let most = 0;
  const order: string[] = [];
  const doors = new Map([["a", Promise.withResolvers<void>()], ["b", Promise.withResolvers<void>()]]);
  const call = async (group: string, what: string) => {
    if (group === "a") most = Math.max(most, ++underway);
    order.push(`${group} ${what}`);
    await doors.get(group)!.promise;
    if (group === "a") underway--;
  };
  await on({
    read: async ({ group }) => {
      await call(group!, "read");
      return null;
    },
    write: async ({ group }) => {
      await call(group!, "write");
      return { version: "1" };
    },
  }, async ({ read, write, answers }) => {
    read("a");
    write(null, "a");
    read("b");
    doors.get("b")!.resolve();
    await eventually("b is answered", () => answers.length === 1);
    assert.deepEqual(answers.map(({ group, request }) => [group, request]), [["b", 3]]);
    doors.get("a")!.resolve();
    await eventually("a is answered", () => answers.length === 3);
    assert.deepEqual(answers.slice(1).map(({ request, outcome }) => [request, outcome.kind]), [[1, "none"], [
      2,
      "written",
    ]]);
    assert.equal(most, 1);
    assert.deepEqual(order, ["a read", "b read", "a write"]);
  });
});

Deno.test("more questions than can wait are answered too, each once", async () => {
  const door = Promise.withResolvers<null>();
  await on({ read: () => door.promise }, async ({ read, answers }) => {
    for (let question = 0; question < 12; question++) read();
    assert.equal(answers.length, 0, "nothing is answered within the step that asks");
    await eventually("those that can't wait are answered", () => answers.length === 7);
    assert.ok(answers.every(({ outcome }) => outcome.kind === "unreached" && /wait already/.test(outcome.message)));
    door.resolve(null);
    await eventually("all are answered", () => answers.length === 12);
    assert.deepEqual(answers.map(({ request }) => request).sort((a, b) => a - b), [...Array(12)].map((_, n) => n + 1));
  });
});

Deno.test("after the end nothing is answered, and nothing that waits is begun", async () => {
  let calls = 0;
  const read: WitnessPlugin["read"] = ({ signal }) => {
    calls++;
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  };
  await on({ read }, async ({ read, write, runner, answers }) => {
    read();
    write(null);
    await eventually("the first is under way", () => calls === 1);
    await runner.close();
    read();
    await sleep(20);
    assert.deepEqual(answers, []);
    assert.equal(calls, 1);
  });
});

Deno.test("what could not be prepared is told, and calls work all the same", async () => {
  const prepare = () => Promise.reject(new Fault(5, "no credentials", { remedy: "attach a role" }));
  await on({ prepare }, async ({ runner, read, next }) => {
    assert.equal(
      await runner.prepare(),
      "the witness votes could not be prepared. (5 : no credentials; attach a role)",
    );
    read();
    assert.deepEqual(await next(), { kind: "none" });
  });
  await on({ prepare: () => Promise.resolve() }, async ({ runner }) => {
    assert.equal(await runner.prepare(), undefined);
  });
  await on({}, async ({ runner }) => assert.equal(await runner.prepare(), undefined));
});
