import assert from "node:assert/strict";
import type { PluginOf } from "../../core/plugin/registry.ts";
import { type CheckSubject, checkSuite, type Without } from "./check_suite.ts";

/** Registers the tests that every monitor type passes. */
export function monitorSuite(
  type: string,
  plugin: PluginOf<"monitor">,
  create: () => Promise<CheckSubject>,
  without: Without = [],
): void {
  checkSuite(`monitor ${type}`, { options: plugin.options, ask: (context) => plugin.check(context) }, create, without);

  Deno.test(`monitor ${type}: its own timing is complete and its timeout leaves time for a check`, () => {
    const { intervalMs = 0, timeoutMs = 0, retries, timing } = plugin.defaults ?? {};
    assert.ok(intervalMs >= 1_000);
    assert.ok(timeoutMs >= 1_000);
    assert.ok(retries !== undefined && timing !== undefined);
  });
}
