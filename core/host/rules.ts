/**
 * What a drop-in has to say about its options: its regular expressions and its `validate`. Both are its own code (a bad
 * expression takes for ever as well as a bad loop), so they run in its host and never in the agent.
 *
 * @module
 */
import type { Plugin } from "../plugin/contract.ts";
import { parseOption } from "../plugin/option_values.ts";
import type { OptionSpec } from "../plugin/options.ts";

/** What is wrong with options that were parsed: sentences. */
export async function brokenRules(plugin: Plugin, options: Record<string, unknown>): Promise<string[]> {
  const broken = Object.entries(plugin.options).flatMap(([name, spec]) =>
    spec.pattern !== undefined && Object.hasOwn(options, name) ? mismatches(name, spec, options[name]) : []
  );
  if (broken.length > 0) return broken;
  return await plugin.validate?.(options as never) ?? [];
}

function mismatches(name: string, spec: OptionSpec, value: unknown): string[] {
  const { pattern } = spec;
  // A path is absolute by now, whatever it is relative to.
  const text: OptionSpec = {
    type: "string",
    description: "",
    secret: spec.secret ?? false,
    ...(pattern ? { pattern } : {}),
  };
  return (Array.isArray(value) ? value : [value]).flatMap((each) => {
    if (typeof each !== "string") return [];
    const parsed = parseOption(text, each, { baseDir: "/" });
    return parsed.ok ? [] : [`option ${name} ${parsed.problem}`];
  });
}
