/**
 * Plugins in any language: a program that is started once for each verb.
 *
 * It gets its verb as the last argument, facts and options as environment variables `BATON_*`, and the same as one JSON
 * document on its standard input.
 *
 * @module
 */
import { isAbsolute } from "node:path";
import type { ExecResult } from "../core/os/os.ts";
import type { PluginContext } from "../core/plugin/contract.ts";
import { STATUS_OPTIONS, type StatusLists, statusProblems } from "./program_verdict.ts";
import type { OptionSpecs } from "../core/plugin/options.ts";

/** What such a program is asked to do. */
export type Verb = "start" | "stop" | "monitor";

/** Options of the type `exec`. */
export interface ExecOptions extends StatusLists {
  command: string[];
  with?: Record<string, string>;
}

/** What only some verbs know. */
export type ExecFacts = Readonly<Record<string, string | number>>;

/** The declaration of the options. */
export const EXEC_OPTIONS: OptionSpecs = {
  command: {
    type: "strings",
    required: true,
    description: "program and its first arguments; the verb (start, stop or monitor) is put behind them",
  },
  with: {
    type: "map",
    description: "options of the program: it finds queue as BATON_OPTION_QUEUE, and in the JSON on its standard input",
  },
  ...STATUS_OPTIONS,
};

/** What is wrong with options, one sentence each. */
export function execProblems({ command: [program = ""], with: own = {}, ...lists }: ExecOptions): string[] {
  const problems: string[] = statusProblems(lists);
  if (!isAbsolute(program) && /[/\\]/.test(program)) {
    problems.push(`command begins with the relative path ${program}: write the absolute path, or a name in PATH`);
  }
  const names = new Map<string, string>();
  for (const name of Object.keys(own)) {
    const variable = optionVariable(name);
    const other = names.get(variable);
    if (other !== undefined) problems.push(`with: ${other} and ${name} are the same variable ${variable}; rename one`);
    names.set(variable, name);
  }
  return problems;
}

/** The environment of the program. */
export function execEnvironment(
  context: PluginContext<ExecOptions>,
  verb: Verb,
  more: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const own = Object.entries(context.options.with ?? {}).map(([name, value]) => [optionVariable(name), value]);
  return {
    ...Object.fromEntries(own),
    BATON_VERB: verb,
    BATON_NAME: context.name,
    BATON_SERVER: context.server,
    BATON_GROUP: context.group ?? "",
    ...more,
  };
}

/** Runs the program; how it ended is a result, that it could not be started is thrown. */
export function runExec(
  context: PluginContext<ExecOptions>,
  verb: Verb,
  facts: ExecFacts = {},
  env: Readonly<Record<string, string>> = {},
): Promise<ExecResult> {
  const { options, name, server, group, servers } = context;
  const own = options.with ?? {};
  const document = { verb, name, server, group: group ?? null, servers: servers ?? [], ...facts, options: own };
  return context.exec([...options.command, verb] as unknown as [string, ...string[]], {
    env: execEnvironment(context, verb, env),
    stdin: `${JSON.stringify(document)}\n`,
  });
}

function optionVariable(name: string): string {
  return `BATON_OPTION_${name.toUpperCase().replaceAll("-", "_")}`;
}
