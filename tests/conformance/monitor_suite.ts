import { monitorDeclaration, questionOf } from "../../core/plugin/conformance/check.ts";
import type { PluginOf } from "../../core/plugin/registry.ts";
import { type CheckSubject, checkSuite, type Without } from "./check_suite.ts";

/** Registers the tests that every monitor type passes. */
export function monitorSuite(
  type: string,
  plugin: PluginOf<"monitor">,
  create: () => Promise<CheckSubject>,
  without: Without = [],
): void {
  checkSuite(`monitor ${type}`, questionOf(plugin), create, without);

  Deno.test(`monitor ${type}: its own timing is complete and its timeout leaves time for a check`, () => {
    monitorDeclaration(plugin);
  });
}
