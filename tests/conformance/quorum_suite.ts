import { questionOf, tieBreakerDeclaration } from "../../core/plugin/conformance/check.ts";
import type { TieBreakerPlugin } from "../../core/plugin/contract.ts";
import { type CheckSubject, checkSuite, type Without } from "./check_suite.ts";

/** Registers the tests that every acknowledgement device passes. */
export function quorumSuite(
  type: string,
  // deno-lint-ignore no-explicit-any -- option types differ from plugin to plugin
  plugin: TieBreakerPlugin<any>,
  create: () => Promise<CheckSubject>,
  without: Without = [],
): void {
  checkSuite(`quorum ${type}`, questionOf(plugin), create, without);

  Deno.test(`quorum ${type}: says that its vote is weak, and one probe ends before the next begins`, () => {
    tieBreakerDeclaration(plugin);
  });
}
