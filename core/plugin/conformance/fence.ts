/**
 * What every fence does. Cases that stop somebody need an environment with a target that may be stopped.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { FenceContext, FencePlugin } from "../contract.ts";
import { Fault } from "../fault.ts";
import { parseOptions } from "../option_values.ts";
import type { ConformanceCase } from "./case.ts";
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
  isOff?(): boolean | Promise<boolean>;
  /** Turns the target off without the plugin. */
  turnOff?(): void | Promise<void>;
  /** From now on a target that is told to stop never does. */
  neverStops?(): void | Promise<void>;
  /** From now on it is forbidden to stop the target. */
  forbid?(): void | Promise<void>;
  /** What is forbidden can be found out without stopping anything. */
  foresees: boolean;
}

/** What every fence does. */
// deno-lint-ignore no-explicit-any -- option types differ from plugin to plugin
export function fenceCases(plugin: FencePlugin<any>): ConformanceCase<FenceSubject>[] {
  const contextOf = (subject: FenceSubject, signal?: AbortSignal) => {
    const parsed = [subject.options, subject.targetOptions].map((options) =>
      parseOptions(plugin.options, options, { baseDir: "/etc" })
    );
    assert.deepEqual(parsed.flatMap(({ problems }) => problems), []);
    return subject.context(parsed[0]!.values, parsed[1]!.values, signal);
  };
  const stays = async (subject: FenceSubject) => assert.ok(!await subject.isOff?.(), "the target was stopped");
  const one = (
    title: string,
    needs: ConformanceCase<FenceSubject>["needs"],
    run: (subject: FenceSubject, stop: (signal?: AbortSignal) => Promise<string>) => Promise<void>,
  ): ConformanceCase<FenceSubject> => ({
    title,
    needs,
    run: (subject) => run(subject, async (signal) => await plugin.stop(contextOf(subject, signal))),
  });
  return [
    one("the options of the suite are valid, and a wrong one is not", [], async (subject) => {
      const { values } = parseOptions(plugin.options, subject.options, { baseDir: "/etc" });
      assert.deepEqual(await (plugin.remote ?? plugin).validate?.(values) ?? [], []);
      const wrong = parseOptions(plugin.options, { ...subject.options, nosuchoption: 1 }, { baseDir: "/etc" });
      assert.equal(wrong.problems.length, 1);
    }),
    one("resolves only when the target is off, and says how it knows", ["isOff"], async (subject, stop) => {
      await stays(subject);
      const proof = await stop();
      assert.ok(await subject.isOff!(), proof);
      assert.ok(proof.length > 0, "it says how it knows");
    }),
    one(
      "a target that is off already is confirmed, and a second time too",
      ["isOff", "turnOff"],
      async (subject, stop) => {
        await subject.turnOff!();
        assert.ok((await stop()).length > 0, "it says how it knows");
        assert.ok((await stop()).length > 0, "it says how it knows");
        assert.ok(await subject.isOff!());
      },
    ),
    one(
      "told to stop is not stopped: at the deadline it is a fault, promptly",
      ["neverStops"],
      async (subject, stop) => {
        await subject.neverStops!();
        const { threw } = await endsPromptly(700, stop);
        assert.ok(threw, "it can't be confirmed");
        await stays(subject);
      },
    ),
    one("an aborted signal ends it at once, and nothing is stopped", ["isOff"], async (subject, stop) => {
      await assert.rejects(stop(AbortSignal.abort(new DOMException("the agent stops", "AbortError"))));
      await stays(subject);
    }),
    one("what is forbidden is a fault that says what to do", ["forbid"], async (subject, stop) => {
      await subject.forbid!();
      await assert.rejects(
        stop(AbortSignal.timeout(5_000)),
        (error) => error instanceof Fault && error.code > 0 && error.remedy.length > 0,
      );
      await stays(subject);
    }),
    one("ready is normal, twice, and stops nothing; nor does prepare", [], async (subject) => {
      await plugin.prepare?.(contextOf(subject));
      for (let round = 0; round < 2; round++) {
        const verdict = await plugin.ready(contextOf(subject));
        assert.equal(verdict.status, "normal", verdict.message);
        assert.ok(verdict.message.length > 0, "a verdict has a message");
      }
      await stays(subject);
    }),
    one("ready is an error when it is forbidden, where that can be known before", ["forbid"], async (subject) => {
      await subject.forbid!();
      const verdict = await plugin.ready(contextOf(subject));
      assert.equal(verdict.status, subject.foresees ? "error" : "normal", verdict.message);
      await stays(subject);
    }),
  ];
}

/** What the declaration of every fence says. */
export function fenceDeclaration({ defaults = {} }: FencePlugin): void {
  const { intervalMs = 0, timeoutMs = 0 } = defaults;
  assert.ok(intervalMs >= 60_000, "defaults.intervalMs is at least 60000");
  assert.ok(timeoutMs >= 60_000, "defaults.timeoutMs is at least 60000: an attempt needs time to be confirmed");
}
