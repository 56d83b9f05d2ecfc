/**
 * `baton plugin test`: a plugin, run as an agent would run it.
 *
 * @module
 */
import type { Allow } from "../../plugin/settings.ts";
import { print, UsageError } from "../command.ts";
import { type Options, readOptions } from "../options.ts";
import { type Style, styleFor } from "../style.ts";
import { PluginBench } from "./bench.ts";
import { type CaseResult, conformance, type Hands } from "./conformance.ts";
import { writtenOptions } from "./option_text.ts";
import { type Tried, tryOut } from "./try.ts";

const HANDS = ["active", "break", "restore", "hide", "hang"] as const;
const ALLOWED = ["net", "run", "read", "env"] as const;

/** Runs the plugin once, or through its suite. Resolves with 0 when all was well. */
export async function testPlugin(argv: string[]): Promise<number> {
  const options = readOptions("plugin", argv, {
    string: ["server", ...HANDS],
    boolean: ["conformance", "json"],
    list: ["option", "allow"],
    args: ["FILE"],
  });
  const bench = new PluginBench(options.string("server") ?? "server1");
  try {
    await bench.load(options.args[0]!, allowOf(options.list("allow")));
    const { plugin } = bench;
    const written = writtenOptions(plugin.options, options.list("option"));
    const values = bench.parse(written);
    const problems = await (plugin.remote ?? plugin).validate?.(values) ?? [];
    if (problems.length > 0) throw new UsageError(problems.join("\n"));
    const style = styleFor(Deno.stdout.isTerminal());
    const show = options.boolean("json")
      ? (result: unknown) => print(JSON.stringify(result, null, 2))
      : (_: unknown, lines: string[]) => print(lines.join("\n"));
    if (options.boolean("conformance")) {
      const results = await conformance(bench, written, handsOf(options));
      const lines = [...results.map((each) => caseLine(each, style)), summary(results)];
      if (plugin.kind === "resource" && options.string("active") === undefined) {
        lines.push("Whether it was really here and gone was not looked at: that takes --active PROGRAM.");
      }
      show({ results, log: bench.logged }, lines);
      return results.some(({ status }) => status === "broken") ? 1 : 0;
    }
    const tried = await tryOut(bench, values);
    const log = bench.logged.map((line) => style.dim(`log  ${line}`));
    show({ tried, log: bench.logged }, [...tried.flatMap((each) => triedLines(each, style)), ...log]);
    return tried.every(({ verdict, failure }) => failure === undefined && (verdict?.status ?? "normal") === "normal")
      ? 0
      : 1;
  } finally {
    await bench.close();
  }
}

function handsOf(options: Options): Hands {
  return Object.fromEntries(HANDS.flatMap((name) => {
    const program = options.string(name);
    return program === undefined ? [] : [[name, program]];
  }));
}

/** `run=df,mount` as under `plugins.TYPE.allow` of cluster.yaml. */
function allowOf(given: readonly string[]): Allow {
  const allow: { -readonly [Key in keyof Allow]: Allow[Key] } = {};
  for (const text of given) {
    const [name = "", list = ""] = text.split(/=(.*)/s);
    const known = ALLOWED.find((each) => each === name);
    if (known === undefined || list === "") {
      throw new UsageError(`--allow ${text}: write it as run=df,mount; what can be allowed is ${ALLOWED.join(", ")}`);
    }
    allow[known] = list === "all" ? true : list === "none" ? false : list.split(",");
  }
  return allow;
}

function triedLines({ call, elapsedMs, verdict, failure }: Tried, style: Style): string[] {
  const time = `${elapsedMs.toFixed(0)} ms`;
  if (verdict === undefined) {
    const what = failure === undefined ? style.good("done") : style.bad(`failed ${failure}`);
    return [`${call}  ${time}  ${what}`];
  }
  const { status, code, message, measurements = {} } = verdict;
  const shade = status === "normal" ? style.good : status === "error" ? style.bad : style.warn;
  const number = code === undefined ? "" : ` (${code})`;
  return [
    `${call}  ${time}  ${shade(status)}${number}  ${message}`,
    ...Object.entries(measurements).map(([name, value]) => `  ${name} ${Number(value.toFixed(3))}`),
  ];
}

function caseLine({ title, status, why, elapsedMs }: CaseResult, style: Style): string {
  const shade = status === "held" ? style.good : status === "broken" ? style.bad : style.dim;
  const behind = why === undefined ? "" : status === "left out" ? ` (needs ${why})` : `: ${why}`;
  const time = status === "left out" ? "" : style.dim(`  ${elapsedMs.toFixed(0)} ms`);
  return `${shade(status.padEnd(8))}  ${title}${behind}${time}`;
}

function summary(results: readonly CaseResult[]): string {
  const count = (status: CaseResult["status"]) => results.filter((each) => each.status === status).length;
  return `${count("held")} held, ${count("broken")} broken, ${count("left out")} left out`;
}
