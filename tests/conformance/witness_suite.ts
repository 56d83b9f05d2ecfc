/**
 * What every witness keeps to, tried on a real store.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { AwsWay } from "../../core/aws/way.ts";
import type { PluginContext, WitnessPlugin } from "../../core/plugin/contract.ts";
import { Fault } from "../../core/plugin/fault.ts";
import type { OptionSpecs } from "../../core/plugin/options.ts";
import { parseOptions } from "../../core/plugin/option_values.ts";
import { probeConditions } from "../../plugins/witness_probe.ts";
import { createBench, type TestBench } from "./bench.ts";
import { endsPromptly } from "./prompt.ts";
import { Relay } from "./relay.ts";

type Options = Record<string, unknown>;

/** A running store and how to reach it. */
export interface WitnessSubject extends AsyncDisposable {
  target: { hostname: string; port: number };
  /** Left out: as the environment says. */
  way?: AwsWay;
  /** The options with which the store is reached at this URL of scheme and host. */
  at(url: string): Options;
  /** The options of a place that the store does not have; left out where a store has no places. */
  missing?: Options;
  /** From now on the store does not take the credentials that it has taken so far. The last step calls it. */
  lockOut(): Promise<void>;
}

type Written = { version: string } | "conflict";
type Step = (witness: Witness, key: string) => Promise<void>;

/** One writer: a server with its own clients. */
interface Writer {
  read(key: string, signal?: AbortSignal): ReturnType<WitnessPlugin["read"]>;
  write(key: string, expected: string | null, text: string, signal?: AbortSignal): ReturnType<WitnessPlugin["write"]>;
  context(signal?: AbortSignal): PluginContext<Options>;
}

/** The store, with as many writers as a test needs. */
class Witness {
  constructor(
    readonly plugin: WitnessPlugin<Options>,
    readonly subject: WitnessSubject,
    readonly benches: [TestBench, TestBench],
  ) {}

  get one(): Writer {
    return this.writer(this.subject.at(this.#url), 0);
  }

  get other(): Writer {
    return this.writer(this.subject.at(this.#url), 1);
  }

  through(relay: Relay): Writer {
    return this.writer(this.subject.at(relay.url), 0);
  }

  writer(written: Options, bench: 0 | 1): Writer {
    const options = parsed(this.plugin.options, written);
    const { way } = this.subject;
    const context = (signal?: AbortSignal) => ({
      ...this.benches[bench].context(options, signal === undefined ? {} : { signal }),
      ...(way === undefined ? {} : { way }),
    });
    return {
      context,
      read: (key, signal) => this.plugin.read(context(signal), key),
      write: (key, expected, text, signal) => this.plugin.write(context(signal), key, expected, text),
    };
  }

  get #url(): string {
    const { hostname, port } = this.subject.target;
    return `http://${hostname}:${port}`;
  }
}

/** How often two writers race. */
const RACES = 50;
/** A jump of the wall clock, in milliseconds. */
const JUMP_MS = 86_400_000;

const STEPS: Record<string, Step> = {
  "there is no record before the first write": async ({ one }, key) => {
    assert.equal(await one.read(key), null);
  },

  "a record is created only if there is none": async ({ one, other }, key) => {
    const { version } = await written(one, key, null, "first");
    assert.equal(await other.write(key, null, "second"), "conflict");
    assert.deepEqual(await other.read(key), { version, text: "first" });
  },

  "a record is replaced only by its version": async ({ one, other }, key) => {
    const first = await written(one, key, null, "first");
    const second = await written(other, key, first.version, "second");
    assert.equal(await one.write(key, first.version, "third"), "conflict");
    assert.deepEqual(await one.read(key), { version: second.version, text: "second" });
    const third = await written(one, key, second.version, "third");
    assert.deepEqual(await other.read(key), { version: third.version, text: "third" });
  },

  "a record that does not exist is not replaced": async ({ one }, key) => {
    const { version } = await written(one, `${key}-else`, null, "text");
    assert.equal(await one.write(key, version, "text"), "conflict");
    assert.equal(await one.read(key), null);
  },

  "the same text written again has another version": async ({ one }, key) => {
    const versions = new Set<string>();
    let version: string | null = null;
    for (let round = 0; round < 5; round++) {
      version = (await written(one, key, version, "same")).version;
      versions.add(version);
    }
    assert.equal(versions.size, 5);
  },

  "texts come back as they were": async ({ one }, key) => {
    let version: string | null = null;
    for (const text of ['{"a":"é ✓ \\u0000"}', "two\nlines\r\n", " ", "x".repeat(1_000)]) {
      version = (await written(one, key, version, text)).version;
      assert.deepEqual(await one.read(key), { version, text });
    }
  },

  "records with odd names are records of their own": async ({ one }, key) => {
    const names = ["a b", "a+b", "a%20b", "ä", "..", ".", "x/../y", "y", "x?y=1#z", "'\"&<>", "日本", "~!*()"];
    for (const name of names) await written(one, `${key}/${name}`, null, name);
    for (const name of names) assert.equal((await one.read(`${key}/${name}`))?.text, name);
  },

  "of two writers exactly one wins, each time": async ({ one, other }, key) => {
    let version: string | null = null;
    for (let race = 0; race < RACES; race++) {
      const texts = [`${race} one`, `${race} other`];
      const ends: Written[] = await Promise.all([
        one.write(key, version, texts[0]!),
        other.write(key, version, texts[1]!),
      ]);
      const winners = ends.flatMap((end, index) => end === "conflict" ? [] : [{ ...end, text: texts[index]! }]);
      assert.equal(winners.length, 1, `race ${race}: ${JSON.stringify(ends)}`);
      assert.deepEqual(await one.read(key), winners[0]);
      version = winners[0]!.version;
    }
  },

  "a write whose answer is lost is uncertain, and it was done": async (witness, key) => {
    const first = await written(witness.one, key, null, "first");
    await using relay = new Relay(witness.subject.target);
    relay.mode = "lose";
    assertUncertain(await failure(witness.through(relay).write(key, first.version, "second")));
    assert.equal(relay.answers, 1, "it was sent once");
    const left = await witness.one.read(key);
    assert.equal(left?.text, "second");
    assert.notEqual(left.version, first.version);
    // What was lost can be found again, and only by reading: a repetition would have looked like a defeat.
    assert.equal(await witness.one.write(key, first.version, "second"), "conflict");
  },

  "a write that never arrives is uncertain": async (witness, key) => {
    await using relay = new Relay(witness.subject.target);
    relay.mode = "refuse";
    assertUncertain(await failure(witness.through(relay).write(key, null, "text")));
    assert.equal(await witness.one.read(key), null);
    relay.mode = "pass";
    await written(witness.through(relay), key, null, "text");
  },

  "a read whose answer is lost is a failure, not an absence": async (witness, key) => {
    await written(witness.one, key, null, "text");
    await using relay = new Relay(witness.subject.target);
    for (const mode of ["lose", "refuse"] as const) {
      relay.mode = mode;
      assertUncertain(await failure(witness.through(relay).read(key)));
    }
  },

  "a silent store is given up at the deadline": async (witness, key) => {
    await using relay = new Relay(witness.subject.target);
    relay.mode = "hang";
    const writer = witness.through(relay);
    for (
      const call of [
        (signal: AbortSignal) => writer.read(key, signal),
        (signal: AbortSignal) => writer.write(key, null, "text", signal),
      ]
    ) {
      const { threw, error } = await endsPromptly(300, call);
      assert.ok(threw);
      assertUncertain(error);
    }
    relay.mode = "pass";
    // The write arrived all the same, or is lost; either way the store and the client still work.
    const left = await writer.read(key);
    await written(writer, key, left?.version ?? null, "after");
  },

  "an aborted signal ends a call before it begins": async ({ one }, key) => {
    const aborted = AbortSignal.abort(new DOMException("the agent stops", "AbortError"));
    await assert.rejects(one.write(key, null, "text", aborted));
    await assert.rejects(one.read(key, aborted));
    assert.equal(await one.read(key), null);
  },

  "a jump of the wall clock changes nothing": async ({ one }, key) => {
    let { version } = await written(one, key, null, "before");
    for (const jumpMs of [JUMP_MS, -JUMP_MS]) {
      await atAnotherTime(jumpMs, async () => {
        assert.equal((await one.read(key))?.version, version);
        version = (await written(one, key, version, `at ${jumpMs}`)).version;
      });
    }
  },

  "a place that the store does not have is named": async (witness, key) => {
    const { missing } = witness.subject;
    if (missing === undefined) return;
    const writer = witness.writer(missing, 0);
    const calls = [
      () => writer.read(key),
      () => writer.write(key, null, "text"),
      () => writer.write(key, '"1"', "text"),
    ];
    for (const call of calls) {
      const fault = await failure(call());
      assert.equal(fault.uncertain, false, fault.message);
      assert.match(fault.remedy, /correct the .* in cluster\.yaml/);
    }
  },

  "a store that can't be reached is named": async (witness, key) => {
    const relay = new Relay(witness.subject.target);
    await relay[Symbol.asyncDispose]();
    const fault = await failure(witness.through(relay).read(key));
    assertUncertain(fault);
    assert.ok(fault.message.includes(relay.url), fault.message);
  },

  "it compares before it swaps": async ({ plugin, one }) => {
    const { honoured, message } = await probeConditions(plugin, one.context());
    assert.ok(honoured, message);
  },

  "who is locked out is told what to do": async ({ subject, one }, key) => {
    await written(one, key, null, "text");
    await subject.lockOut();
    for (const call of [() => one.read(key), () => one.write(key, null, "text")]) {
      const fault = await failure(call());
      assert.equal(fault.uncertain, true);
      assert.match(fault.message, /was denied|was refused|was not accepted with these credentials/);
      assert.match(fault.remedy, /credentials|user/);
    }
  },
};

/** Registers one test with all steps: starting a store takes seconds. */
export function witnessSuite(
  type: string,
  // deno-lint-ignore no-explicit-any -- option types differ from plugin to plugin
  plugin: WitnessPlugin<any>,
  create: () => Promise<WitnessSubject>,
): void {
  Deno.test(`witness ${type}`, async (t) => {
    await using subject = await create();
    await using one = await createBench();
    await using other = await createBench();
    const witness = new Witness(plugin, subject, [one, other]);
    for (const [index, [name, step]] of Object.entries(STEPS).entries()) {
      await t.step(name, () => step(witness, `cluster/group-${index}`));
    }
  });
}

/** Options as they are after `cluster.yaml` was read. */
export function parsed(specs: OptionSpecs, written: Options): Options {
  const { values, problems } = parseOptions(specs, written, { baseDir: "/etc" });
  assert.deepEqual(problems, []);
  return values;
}

async function written(writer: Writer, key: string, expected: string | null, text: string) {
  const end = await writer.write(key, expected, text);
  assert.ok(end !== "conflict", `${key} could not be written`);
  return end;
}

async function failure(call: Promise<unknown>): Promise<Fault> {
  const error = await call.then((value) => assert.fail(`it succeeded: ${JSON.stringify(value)}`), (thrown) => thrown);
  assert.ok(error instanceof Fault, String(error));
  return error;
}

function assertUncertain(error: unknown): void {
  assert.ok(error instanceof Fault, String(error));
  assert.equal(error.uncertain, true, error.message);
}

/** Runs `work` while the wall clock shows another time. */
async function atAnotherTime(jumpMs: number, work: () => Promise<void>): Promise<void> {
  const RealDate = Date;
  class JumpedDate extends RealDate {
    // deno-lint-ignore no-explicit-any -- the arguments of every constructor of Date
    constructor(...parts: any[]) {
      // @ts-ignore -- an overloaded constructor takes no spread
      super(...(parts.length === 0 ? [JumpedDate.now()] : parts));
    }
    static override now(): number {
      return RealDate.now() + jumpMs;
    }
  }
  globalThis.Date = JumpedDate as DateConstructor;
  try {
    await work();
  } finally {
    globalThis.Date = RealDate;
  }
}
