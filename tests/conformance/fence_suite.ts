import { fenceCases, fenceDeclaration, type FenceSubject as Subject } from "../../core/plugin/conformance/fence.ts";
import type { PluginOf } from "../../core/plugin/registry.ts";
import { register } from "./register.ts";

/** One fence type in one environment, of which all can be seen. */
export type FenceSubject = Required<Subject>;

/** Registers the tests that every fence type passes. */
export function fenceSuite(type: string, plugin: PluginOf<"fence">, create: () => Promise<FenceSubject>): void {
  register<Subject>(`fence ${type}`, fenceCases(plugin), create);

  Deno.test(`fence ${type}: looks more often than never, and an attempt has time to be confirmed`, () => {
    fenceDeclaration(plugin);
  });
}
