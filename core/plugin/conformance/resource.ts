/**
 * What every resource does.
 *
 * @module
 */
import assert from "node:assert/strict";
import { activateContext, deactivateContext } from "../context.ts";
import type { DeactivationReason, PluginContext, ResourcePlugin } from "../contract.ts";
import { parseOptions } from "../option_values.ts";
import type { ConformanceCase } from "./case.ts";
import { endsPromptly } from "./prompt.ts";

/** One resource type in one environment. */
export interface ResourceSubject extends AsyncDisposable {
  /** Options as they are written in the file. */
  options: Record<string, unknown>;
  /** A context with these parsed options. */
  context(options: Record<string, unknown>, signal?: AbortSignal): PluginContext<Record<string, unknown>>;
  /** Whether the thing is here, asked without the plugin. Left out: what is not seen is believed. */
  isActive?(): Promise<boolean>;
  /** Makes the world as a crash in the middle of an activation leaves it. */
  crashHalfway?(): Promise<void>;
  /** From now on `activate` takes for ever unless its signal ends it. */
  hang?(): void | Promise<void>;
  /** Cuts the network. Left out: the resource has nothing to do with it. */
  cutNetwork?(): void;
  /** False where the thing itself is in the cloud and can't be undone without network. */
  localDeactivation: boolean;
}

/** What every resource does. */
// deno-lint-ignore no-explicit-any -- option types differ from plugin to plugin
export function resourceCases(plugin: ResourcePlugin<any>): ConformanceCase<ResourceSubject>[] {
  const one = (
    title: string,
    run: (subject: ResourceSubject, tool: Tool) => Promise<void>,
    needs: ConformanceCase<ResourceSubject>["needs"] = [],
  ): ConformanceCase<ResourceSubject> => ({ title, needs, run: (subject) => run(subject, new Tool(plugin, subject)) });
  return [
    one("the options of the suite are valid, and a wrong one is not", async (subject) => {
      const parsed = parseOptions(plugin.options, subject.options, { baseDir: "/etc" });
      assert.deepEqual(parsed.problems, []);
      assert.deepEqual(await (plugin.remote ?? plugin).validate?.(parsed.values) ?? [], []);
      const wrong = parseOptions(plugin.options, { ...subject.options, nosuchoption: 1 }, { baseDir: "/etc" });
      assert.equal(wrong.problems.length, 1);
    }),
    one("is active after activate, twice", async (_, tool) => {
      await tool.activate();
      await tool.sees(true);
      await tool.activate();
      await tool.sees(true);
    }),
    one("is gone after deactivate, twice", async (_, tool) => {
      await tool.activate();
      await tool.deactivate();
      await tool.sees(false);
      await tool.deactivate();
      await tool.sees(false);
    }),
    one("deactivate before any activate succeeds", async (_, tool) => {
      await tool.deactivate("sweep");
      await tool.sees(false);
    }),
    one("deactivate clears what a crash in the middle left", async (subject, tool) => {
      await subject.crashHalfway!();
      await tool.deactivate("sweep");
      await tool.sees(false);
    }, ["crashHalfway"]),
    one("activate completes what a crash in the middle left", async (subject, tool) => {
      await subject.crashHalfway!();
      await tool.activate();
      await tool.sees(true);
    }, ["crashHalfway"]),
    one("prepare changes nothing, twice", async (_, tool) => {
      const context = tool.context();
      await plugin.prepare?.(context);
      await plugin.prepare?.(context);
      await tool.sees(false);
    }),
    one("an aborted signal ends activate and deactivate at once", async (_, tool) => {
      const aborted = AbortSignal.abort(new DOMException("the agent stops", "AbortError"));
      await assert.rejects(tool.activate(aborted));
      await assert.rejects(tool.deactivate("stop", aborted));
    }),
    one("activate ends promptly at its deadline", async (subject, tool) => {
      await subject.hang!();
      const { threw } = await endsPromptly(100, (signal) => tool.activate(signal));
      assert.ok(threw, "it can't have succeeded");
    }, ["hang"]),
    one("without network, deactivation ends well for every reason but an operator's stop", async (subject, tool) => {
      await tool.activate();
      subject.cutNetwork?.();
      for (const reason of ["fence", "failover", "sweep", "move", "recover"] as const) await tool.deactivate(reason);
      if (!subject.localDeactivation) return;
      await tool.deactivate("stop");
      await tool.sees(false);
    }),
    one("the dead man's switch takes it away without the agent, and twice does no harm", async (subject, tool) => {
      const commands = await plugin.guard?.(tool.context()) ?? [];
      await tool.activate();
      for (let round = 0; round < 2; round++) {
        for (const command of commands) await tool.context().exec(command);
      }
      if (subject.localDeactivation) await tool.sees(false);
      else assert.deepEqual(commands, []);
    }),
  ];
}

class Tool {
  readonly #values: Record<string, unknown>;

  // deno-lint-ignore no-explicit-any -- option types differ from plugin to plugin
  constructor(private readonly plugin: ResourcePlugin<any>, private readonly subject: ResourceSubject) {
    this.#values = parseOptions(plugin.options, subject.options, { baseDir: "/etc" }).values;
  }

  context(signal?: AbortSignal): PluginContext<Record<string, unknown>> {
    return this.subject.context(this.#values, signal);
  }

  activate(signal?: AbortSignal): Promise<void> {
    return this.plugin.activate(activateContext(this.context(signal), "start", 1));
  }

  deactivate(reason: DeactivationReason = "stop", signal?: AbortSignal): Promise<void> {
    return this.plugin.deactivate(deactivateContext(this.context(signal), reason));
  }

  /** Asserts that the thing is here, or is not. */
  async sees(active: boolean): Promise<void> {
    const found = await this.subject.isActive?.() ?? active;
    assert.equal(found, active, active ? "it is not here" : "it is still here");
  }
}
