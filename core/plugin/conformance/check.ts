/**
 * What monitors and acknowledgement devices have in common: a question about the world with four possible answers.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { MonitorPlugin, PluginContext, TieBreakerPlugin } from "../contract.ts";
import { unknownVerdict } from "../fault_verdict.ts";
import { parseOptions } from "../option_values.ts";
import type { OptionSpecs } from "../options.ts";
import type { Verdict } from "../verdict.ts";
import type { ConformanceCase } from "./case.ts";
import { endsPromptly } from "./prompt.ts";

/** One type in one environment, at first all well. */
export interface CheckSubject extends AsyncDisposable {
  /** Options as they are written in the file. */
  options: Record<string, unknown>;
  /** A context with these parsed options. */
  context(options: Record<string, unknown>, signal?: AbortSignal): PluginContext<Record<string, unknown>>;
  /** Breaks what is watched. */
  breakIt?(): void | Promise<void>;
  /** Makes it impossible to find out, without breaking what is watched. */
  hideIt?(): void | Promise<void>;
  /** From now on a check takes for ever unless its signal ends it. */
  hang?(): void | Promise<void>;
  /** The number of the error when what is watched is broken. */
  errorCode?: number;
}

/** What is asked: the function of the plugin that checks, and its options. */
export interface Question {
  options: OptionSpecs;
  ask(context: PluginContext<Record<string, unknown>>): Promise<Verdict>;
}

/** The question of a monitor or of an acknowledgement device. */
// deno-lint-ignore no-explicit-any -- option types differ from plugin to plugin
export function questionOf(plugin: MonitorPlugin<any> | TieBreakerPlugin<any>): Question {
  const { options } = plugin;
  return { options, ask: (context) => plugin.kind === "monitor" ? plugin.check(context) : plugin.probe(context) };
}

/** What every check does. */
export function checkCases(question: Question): ConformanceCase<CheckSubject>[] {
  // The agent turns what a check throws into a verdict with the same function.
  const ask = async (subject: CheckSubject, signal?: AbortSignal) => {
    const { values, problems } = parseOptions(question.options, subject.options, { baseDir: "/etc" });
    assert.deepEqual(problems, []);
    try {
      return await question.ask(subject.context(values, signal));
    } catch (error) {
      signal?.throwIfAborted();
      return unknownVerdict(error);
    }
  };
  return [
    {
      title: "normal when all is well, and says what it saw",
      needs: [],
      run: async (subject) => {
        const verdict = await ask(subject);
        assert.equal(verdict.status, "normal", verdict.message);
        assert.ok(verdict.message.length > 0, "a verdict has a message");
        assert.equal(verdict.code, undefined, "what is normal has no number");
        for (const [name, number] of Object.entries(verdict.measurements ?? {})) {
          assert.match(name, /\S/, "a measurement has a name");
          assert.ok(Number.isFinite(number), `the measurement ${name} is no finite number`);
        }
      },
    },
    {
      title: "an error when it is broken, and says what it saw",
      needs: ["breakIt"],
      run: async (subject) => {
        await subject.breakIt!();
        const verdict = await ask(subject);
        assert.equal(verdict.status, "error", verdict.message);
        if (subject.errorCode !== undefined) assert.equal(verdict.code, subject.errorCode);
        assert.ok(Number.isInteger(verdict.code), "what is wrong has a number, for baton explain");
        assert.ok(verdict.message.length > 0, "a verdict has a message");
      },
    },
    {
      title: "unknown, never an error, when it can't be found out",
      needs: ["hideIt"],
      run: async (subject) => {
        await subject.hideIt!();
        const verdict = await ask(subject);
        assert.equal(verdict.status, "unknown", verdict.message);
        assert.ok((verdict.code ?? 0) > 0, "what is unknown has a number");
      },
    },
    {
      title: "a second check finds what the first did",
      needs: [],
      run: async (subject) => {
        for (let round = 0; round < 2; round++) {
          const { status, message } = await ask(subject);
          assert.equal(status, "normal", message);
        }
      },
    },
    {
      title: "ends promptly when its signal aborts, and throws",
      needs: ["hang"],
      run: async (subject) => {
        await subject.hang!();
        const { threw } = await endsPromptly(100, (signal) => ask(subject, signal));
        assert.ok(threw, "a check that was called off has no verdict");
      },
    },
    {
      title: "an aborted signal ends it at once",
      needs: [],
      run: async (subject) => {
        await assert.rejects(ask(subject, AbortSignal.abort(new DOMException("the agent stops", "AbortError"))));
      },
    },
  ];
}

/** What the declaration of every monitor says. */
export function monitorDeclaration({ defaults = {} }: MonitorPlugin): void {
  const { intervalMs = 0, timeoutMs = 0, retries, timing } = defaults;
  assert.ok(intervalMs >= 1_000, "defaults.intervalMs is at least 1000");
  assert.ok(timeoutMs >= 1_000, "defaults.timeoutMs is at least 1000: a check needs time");
  assert.ok(retries !== undefined && timing !== undefined, "defaults has retries and timing");
}

/** What the declaration of every acknowledgement device says. */
export function tieBreakerDeclaration({ vote, defaults = {} }: TieBreakerPlugin): void {
  assert.equal(vote, "weak");
  const { intervalMs = 0, timeoutMs = 0 } = defaults;
  assert.ok(timeoutMs > 0 && timeoutMs <= intervalMs, "defaults.timeoutMs is at most defaults.intervalMs");
}
