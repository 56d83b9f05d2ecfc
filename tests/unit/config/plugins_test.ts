import assert from "node:assert/strict";
import { pluginLoader } from "../../../core/config/context.ts";
import { ConfigError } from "../../../core/config/problem.ts";
import type { PluginSettings } from "../../../core/plugin/settings.ts";
import { FAKE_TABLE, yaml } from "./fakes.ts";
import { fromText } from "./from_text.ts";

/** The settings each type is loaded with, and the warnings. */
async function settings(plugins: string): Promise<{ of: Map<string, PluginSettings>; warnings: string[] }> {
  const of = new Map<string, PluginSettings>();
  const load = pluginLoader({ builtIns: FAKE_TABLE, dropInDirs: [] });
  const text = yaml({ top: plugins, monitors: "monitors: { az: { type: aws-az, zone: z } }" });
  const config = await fromText(text, (type, kind, given) => {
    of.set(type, given!);
    return load(type, kind);
  });
  return { of, warnings: config.warnings };
}

Deno.test("config, plugins: what is allowed reaches the loader; words stand for whole lists", async () => {
  const { of } = await settings(
    "plugins: { aws-az: { allow: { net: none, run: [sh, ls], read: all, env: PATH }, memory: 300 } }",
  );
  assert.deepEqual(of.get("aws-az"), {
    allow: { net: false, run: ["sh", "ls"], read: true, env: ["PATH"] },
    memoryMb: 300,
    stateDir: "/var/lib/baton/plugins",
  });
});

Deno.test("config, plugins: nothing written is nothing allowed; what nobody uses is a warning", async () => {
  const { of, warnings } = await settings("plugins: { other: { allow: { run: [sh] } } }");
  assert.deepEqual(of.get("aws-az"), { allow: {}, memoryMb: 256, stateDir: "/var/lib/baton/plugins" });
  assert.ok(warnings.includes("plugins.other: nothing in this file has the type other"));
});

Deno.test("config, plugins: unknown keys and values are problems with their place", async () => {
  const problems = async (plugins: string) => {
    const error = await settings(plugins).then(() => assert.fail(), (thrown) => thrown);
    assert.ok(error instanceof ConfigError);
    return error.toString();
  };
  assert.match(
    await problems("plugins: { a: { allow: { nets: all } } }"),
    /plugins\.a\.allow\.nets: .*did you mean net/,
  );
  assert.match(await problems("plugins: { a: { memory: 5 } }"), /plugins\.a\.memory: is less than 96/);
  assert.match(await problems("plugins: { a: { allow: { run: [7] } } }"), /run: value 1 of the list must be text/);
});
