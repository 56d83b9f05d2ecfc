import { resourceCases, type ResourceSubject as Subject } from "../../core/plugin/conformance/resource.ts";
import type { PluginOf } from "../../core/plugin/registry.ts";
import { register } from "./register.ts";

/** One resource type in one environment, of which all can be seen. */
export type ResourceSubject = Subject & Required<Pick<Subject, "isActive" | "crashHalfway">>;

/** Registers the tests that every resource type passes. */
export function resourceSuite(
  type: string,
  plugin: PluginOf<"resource">,
  create: () => Promise<ResourceSubject>,
  without: readonly "hang"[] = [],
): void {
  register<Subject>(`resource ${type}`, resourceCases(plugin), create, without);
}
