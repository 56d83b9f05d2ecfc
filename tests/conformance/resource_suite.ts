import assert from "node:assert/strict";
import { activateContext, deactivateContext } from "../../core/plugin/context.ts";
import type { PluginContext } from "../../core/plugin/contract.ts";
import type { PluginOf } from "../../core/plugin/registry.ts";
import { parseOptions } from "../../core/plugin/option_values.ts";
import { endsPromptly } from "./prompt.ts";

/** One resource type in one environment. */
export interface ResourceSubject extends AsyncDisposable {
  /** Options as they are written in the file. */
  options: Record<string, unknown>;
  /** A context with these parsed options. */
  context(options: Record<string, unknown>, signal?: AbortSignal): PluginContext<Record<string, unknown>>;
  /** Whether the thing is here, asked without the plugin. */
  isActive(): Promise<boolean>;
  /** Makes the world as a crash in the middle of an activation leaves it. */
  crashHalfway(): Promise<void>;
  /** From now on `activate` takes for ever unless its signal ends it. */
  hang?(): void | Promise<void>;
  /** Cuts the network. Left out: the resource has nothing to do with it. */
  cutNetwork?(): void;
  /** False where the thing itself is in the cloud and can't be undone without network. */
  localDeactivation: boolean;
}

/** Registers the tests that every resource type passes. */
export function resourceSuite(
  type: string,
  plugin: PluginOf<"resource">,
  create: () => Promise<ResourceSubject>,
  without: readonly "hang"[] = [],
): void {
  const run = (title: string, body: (subject: ResourceSubject, tools: Tools) => Promise<void>, needs?: "hang") =>
    Deno.test({
      name: `resource ${type}: ${title}`,
      // What this environment can't do to its subject is reported as ignored.
      ignore: needs !== undefined && without.includes(needs),
      fn: async () => {
        await using subject = await create();
        await body(subject, tools(plugin, subject));
      },
    });

  run("the options of the suite are valid, and a wrong one is not", async (subject) => {
    const parsed = parseOptions(plugin.options, subject.options, { baseDir: "/etc" });
    assert.deepEqual(parsed.problems, []);
    assert.deepEqual(plugin.validate?.(parsed.values) ?? [], []);
    const wrong = parseOptions(plugin.options, { ...subject.options, nosuchoption: 1 }, { baseDir: "/etc" });
    assert.equal(wrong.problems.length, 1);
    await Promise.resolve();
  });

  run("is active after activate, twice", async (subject, { activate }) => {
    await activate();
    assert.ok(await subject.isActive());
    await activate();
    assert.ok(await subject.isActive());
  });

  run("is gone after deactivate, twice", async (subject, { activate, deactivate }) => {
    await activate();
    await deactivate();
    assert.ok(!await subject.isActive());
    await deactivate();
    assert.ok(!await subject.isActive());
  });

  run("deactivate before any activate succeeds", async (subject, { deactivate }) => {
    await deactivate("sweep");
    assert.ok(!await subject.isActive());
  });

  run("deactivate clears what a crash in the middle left", async (subject, { deactivate }) => {
    await subject.crashHalfway();
    await deactivate("sweep");
    assert.ok(!await subject.isActive());
  });

  run("activate completes what a crash in the middle left", async (subject, { activate }) => {
    await subject.crashHalfway();
    await activate();
    assert.ok(await subject.isActive());
  });

  run("prepare changes nothing, twice", async (subject) => {
    const context = tools(plugin, subject).context();
    await plugin.prepare?.(context);
    await plugin.prepare?.(context);
    assert.ok(!await subject.isActive());
  });

  run("an aborted signal ends activate and deactivate at once", async (_subject, { activate, deactivate }) => {
    const aborted = AbortSignal.abort(new DOMException("the agent stops", "AbortError"));
    await assert.rejects(activate(aborted));
    await assert.rejects(deactivate("stop", aborted));
  });

  run("activate ends promptly at its deadline", async (subject, { activate }) => {
    assert.ok(subject.hang);
    await subject.hang();
    const { threw } = await endsPromptly(100, (signal) => activate(signal));
    assert.ok(threw, "it can't have succeeded");
  }, "hang");

  run("without network, deactivation ends well for every reason but an operator's stop", async (subject, tool) => {
    await tool.activate();
    subject.cutNetwork?.();
    for (const reason of ["fence", "failover", "sweep", "move", "recover"] as const) await tool.deactivate(reason);
    if (!subject.localDeactivation) return;
    await tool.deactivate("stop");
    assert.ok(!await subject.isActive());
  });

  run("the dead man's switch takes it away without the agent, and twice does no harm", async (subject, tool) => {
    const commands = await plugin.guard?.(tool.context()) ?? [];
    await tool.activate();
    for (let round = 0; round < 2; round++) {
      for (const command of commands) await tool.context().exec(command);
    }
    if (subject.localDeactivation) assert.ok(!await subject.isActive());
    else assert.deepEqual(commands, []);
  });
}

interface Tools {
  context(signal?: AbortSignal): PluginContext<Record<string, unknown>>;
  activate(signal?: AbortSignal): Promise<void>;
  deactivate(reason?: Parameters<typeof deactivateContext>[1], signal?: AbortSignal): Promise<void>;
}

function tools(plugin: PluginOf<"resource">, subject: ResourceSubject): Tools {
  const { values } = parseOptions(plugin.options, subject.options, { baseDir: "/etc" });
  const context = (signal?: AbortSignal) => subject.context(values, signal);
  return {
    context,
    activate: (signal) => plugin.activate(activateContext(context(signal), "start", 1)),
    deactivate: (reason = "stop", signal) => plugin.deactivate(deactivateContext(context(signal), reason)),
  };
}
