/**
 * What monitors and acknowledgement devices have in common: a question about the world with four possible answers.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { PluginContext } from "../../core/plugin/contract.ts";
import { faultVerdict } from "../../core/plugin/fault_verdict.ts";
import { type OptionSpecs } from "../../core/plugin/options.ts";
import { parseOptions } from "../../core/plugin/option_values.ts";
import type { Verdict } from "../../core/plugin/verdict.ts";
import { endsPromptly } from "./prompt.ts";

/** One type in one environment, at first all well. */
export interface CheckSubject extends AsyncDisposable {
  options: Record<string, unknown>;
  context(options: Record<string, unknown>, signal?: AbortSignal): PluginContext<Record<string, unknown>>;
  /** Breaks what is watched. */
  breakIt(): void | Promise<void>;
  /** Makes it impossible to find out, without breaking what is watched. */
  hideIt?(): void | Promise<void>;
  /** From now on a check takes for ever unless its signal ends it. */
  hang?(): void | Promise<void>;
  /** The number of the error when what is watched is broken. */
  errorCode?: number;
}

/** What is tested: the function of the plugin that asks, and its options. */
export interface Question {
  options: OptionSpecs;
  ask(context: PluginContext<Record<string, unknown>>): Promise<Verdict>;
}

/** What this environment can't do to its subject; the tests that need it are reported as ignored. */
export type Without = readonly ("hideIt" | "hang")[];

/** Registers the tests that every check passes. */
export function checkSuite(
  title: string,
  question: Question,
  create: () => Promise<CheckSubject>,
  without: Without = [],
): void {
  // The agent turns what a check throws into a verdict with the same function.
  const ask = async (subject: CheckSubject, signal?: AbortSignal) => {
    const { values, problems } = parseOptions(question.options, subject.options, { baseDir: "/etc" });
    assert.deepEqual(problems, []);
    try {
      return await question.ask(subject.context(values, signal));
    } catch (error) {
      signal?.throwIfAborted();
      return faultVerdict(error);
    }
  };
  const run = (name: string, body: (subject: CheckSubject) => Promise<void>, needs?: Without[number]) =>
    Deno.test({
      name: `${title}: ${name}`,
      ignore: needs !== undefined && without.includes(needs),
      fn: async () => {
        await using subject = await create();
        await body(subject);
      },
    });

  run("normal when all is well, and says what it saw", async (subject) => {
    const verdict = await ask(subject);
    assert.equal(verdict.status, "normal", verdict.message);
    assert.ok(verdict.message.length > 0);
    assert.equal(verdict.code, undefined);
  });

  run("an error when it is broken, and says what it saw", async (subject) => {
    await subject.breakIt();
    const verdict = await ask(subject);
    assert.equal(verdict.status, "error", verdict.message);
    assert.equal(verdict.code, subject.errorCode);
    assert.ok(Number.isInteger(verdict.code), "what is wrong has a number, for baton explain");
    assert.ok(verdict.message.length > 0);
  });

  run("unknown, never an error, when it can't be found out", async (subject) => {
    assert.ok(subject.hideIt);
    await subject.hideIt();
    const verdict = await ask(subject);
    assert.equal(verdict.status, "unknown", verdict.message);
    assert.ok((verdict.code ?? 0) > 0);
  }, "hideIt");

  run("a second check finds what the first did", async (subject) => {
    assert.equal((await ask(subject)).status, "normal");
    assert.equal((await ask(subject)).status, "normal");
  });

  run("ends promptly when its signal aborts, and throws", async (subject) => {
    assert.ok(subject.hang);
    await subject.hang();
    const { threw } = await endsPromptly(100, (signal) => ask(subject, signal));
    assert.ok(threw, "a check that was called off has no verdict");
  }, "hang");

  run("an aborted signal ends it at once", async (subject) => {
    await assert.rejects(ask(subject, AbortSignal.abort(new DOMException("the agent stops", "AbortError"))));
  });
}
