import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { typesText } from "../../../core/cli/plugin/new.ts";
import { pluginTypes } from "../../../packaging/plugin_types.ts";

Deno.test("the types for authors are those of the contract", async () => {
  const root = fileURLToPath(new URL("../../..", import.meta.url));
  const now = `${(await pluginTypes(root)).join("\n")}\n`;
  assert.equal(typesText(), now, "the contract has changed: run deno run -A packaging/plugin_types.ts");
  assert.ok(!/^import\b/m.test(now), "it imports nothing");
  for (
    const name of ["MonitorPlugin", "FencePlugin", "HttpHelper", "PluginState", "WitnessRecordText", "Ec2Inspection"]
  ) {
    assert.match(now, new RegExp(`^export (?:interface|type) ${name}\\b`, "m"));
  }
});
