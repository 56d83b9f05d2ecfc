import assert from "node:assert/strict";
import type { FenceContext } from "../../core/plugin/contract.ts";
import { Fault } from "../../core/plugin/fault.ts";
import { parseOptions } from "../../core/plugin/option_values.ts";
import type { PluginOf } from "../../core/plugin/registry.ts";
import { endsPromptly } from "./prompt.ts";

/** One fence type in one environment, in which the target runs at first. */
export interface FenceSubject extends AsyncDisposable {
  /** Options of this server and of the target, as they are written in the file. */
  options: Record<string, unknown>;
  targetOptions: Record<string, unknown>;
  /** A context with these parsed options. */
  context(
    options: Record<string, unknown>,
    targetOptions: Record<string, unknown>,
    signal?: AbortSignal,
  ): FenceContext<Record<string, unknown>>;
  /** Whether the target is off, asked without the plugin. */
  isOff(): boolean | Promise<boolean>;
  /** Turns the target off without the plugin. */
  turnOff(): void | Promise<void>;
  /** From now on a target that is told to stop never does. */
  neverStops(): void | Promise<void>;
  /** From now on it is forbidden to stop the target. */
  forbid(): void | Promise<void>;
  /** What is forbidden can be found out without stopping anything. */
  foresees: boolean;
}

/** Registers the tests that every fence type passes. */
export function fenceSuite(type: string, plugin: PluginOf<"fence">, create: () => Promise<FenceSubject>): void {
  const contextOf = (subject: FenceSubject, signal?: AbortSignal) => {
    const parsed = [subject.options, subject.targetOptions].map((options) =>
      parseOptions(plugin.options, options, { baseDir: "/etc" })
    );
    assert.deepEqual(parsed.flatMap(({ problems }) => problems), []);
    return subject.context(parsed[0]!.values, parsed[1]!.values, signal);
  };
  const run = (
    title: string,
    body: (subject: FenceSubject, stop: (signal?: AbortSignal) => Promise<string>) => Promise<void>,
  ) =>
    Deno.test(`fence ${type}: ${title}`, async () => {
      await using subject = await create();
      await body(subject, (signal) => plugin.stop(contextOf(subject, signal)));
    });

  run("the options of the suite are valid, and a wrong one is not", (subject) => {
    const { values } = parseOptions(plugin.options, subject.options, { baseDir: "/etc" });
    assert.deepEqual(plugin.validate?.(values) ?? [], []);
    const wrong = parseOptions(plugin.options, { ...subject.options, nosuchoption: 1 }, { baseDir: "/etc" });
    assert.equal(wrong.problems.length, 1);
    return Promise.resolve();
  });

  run("resolves only when the target is off, and says how it knows", async (subject, stop) => {
    assert.ok(!await subject.isOff());
    const proof = await stop();
    assert.ok(await subject.isOff(), proof);
    assert.ok(proof.length > 0);
  });

  run("a target that is off already is confirmed, and a second time too", async (subject, stop) => {
    await subject.turnOff();
    assert.ok((await stop()).length > 0);
    assert.ok((await stop()).length > 0);
    assert.ok(await subject.isOff());
  });

  run("told to stop is not stopped: at the deadline it is a fault, promptly", async (subject, stop) => {
    await subject.neverStops();
    const { threw } = await endsPromptly(700, stop);
    assert.ok(threw, "it can't be confirmed");
    assert.ok(!await subject.isOff());
  });

  run("an aborted signal ends it at once, and nothing is stopped", async (subject, stop) => {
    await assert.rejects(stop(AbortSignal.abort(new DOMException("the agent stops", "AbortError"))));
    assert.ok(!await subject.isOff());
  });

  run("what is forbidden is a fault that says what to do", async (subject, stop) => {
    await subject.forbid();
    await assert.rejects(
      stop(AbortSignal.timeout(5_000)),
      (error) => error instanceof Fault && error.code > 0 && error.remedy.length > 0,
    );
    assert.ok(!await subject.isOff());
  });

  run("ready is normal, twice, and stops nothing; nor does prepare", async (subject) => {
    await plugin.prepare?.(contextOf(subject));
    for (let round = 0; round < 2; round++) {
      const verdict = await plugin.ready(contextOf(subject));
      assert.equal(verdict.status, "normal", verdict.message);
      assert.ok(verdict.message.length > 0);
    }
    assert.ok(!await subject.isOff());
  });

  run("ready is an error when it is forbidden, where that can be known before", async (subject) => {
    await subject.forbid();
    const verdict = await plugin.ready(contextOf(subject));
    assert.equal(verdict.status, subject.foresees ? "error" : "normal", verdict.message);
    assert.ok(!await subject.isOff());
  });

  Deno.test(`fence ${type}: looks more often than never, and an attempt has time to be confirmed`, () => {
    const { intervalMs = 0, timeoutMs = 0 } = plugin.defaults ?? {};
    assert.ok(intervalMs >= 60_000 && timeoutMs >= 60_000);
  });
}
