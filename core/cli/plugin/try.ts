/**
 * One run of a plugin, as an agent would do it, for people who want to see what it says.
 *
 * @module
 */
import { bounded } from "../../agent/bounded.ts";
import { told } from "../../agent/told.ts";
import { activateContext, deactivateContext } from "../../plugin/context.ts";
import type { ResourcePlugin } from "../../plugin/contract.ts";
import { FAULT_CODES } from "../../plugin/fault.ts";
import { unknownVerdict } from "../../plugin/fault_verdict.ts";
import { soundVerdict } from "../../plugin/sound_verdict.ts";
import type { Verdict } from "../../plugin/verdict.ts";
import type { PluginBench } from "./bench.ts";

/** One call and what came of it. */
export interface Tried {
  call: string;
  elapsedMs: number;
  /** Of a check, a probe or a fence's readiness. */
  verdict?: Verdict;
  /** Of an activation or deactivation: how it failed; left out when it did not. */
  failure?: string;
}

/** Deadlines where the plugin names none, as in an agent. In milliseconds. */
const CHECK_MS = 30_000;
const STEP_MS = 120_000;

/** The name of the server that a fence is asked about. */
export const TARGET = "server2";

/** Calls the plugin once; a resource is activated and deactivated, each twice. A fence stops nobody. */
export async function tryOut(bench: PluginBench, options: Record<string, unknown>): Promise<Tried[]> {
  const { plugin } = bench;
  const within = (plugin.defaults as { timeoutMs?: number } | undefined)?.timeoutMs ?? CHECK_MS;
  const judge = async (call: string, ask: (signal: AbortSignal) => Promise<Verdict>): Promise<Tried[]> => {
    const startedMs = performance.now();
    const verdict = await bounded(new AbortController().signal, within, ask)
      .then((said) => soundVerdict(call, said)).catch(verdictOf);
    return [{ call, elapsedMs: performance.now() - startedMs, verdict }];
  };
  switch (plugin.kind) {
    case "monitor":
      return await judge("check", (signal) => plugin.check(bench.context(options, signal)));
    case "quorum":
      if (plugin.vote === "weak") return await judge("probe", (signal) => plugin.probe(bench.context(options, signal)));
      return await judge("read", async (signal) => {
        const record = await plugin.read(bench.context(options, signal), "baton-plugin-test");
        return { status: "normal", message: record === null ? "there is no record" : `version ${record.version}` };
      });
    case "fence":
      return await judge("ready", (signal) => plugin.ready(bench.fenceContext(options, TARGET, options, signal)));
    case "resource":
      return await tryResource(bench, plugin, options);
  }
}

async function tryResource(
  bench: PluginBench,
  { activate, deactivate, defaults = {} }: ResourcePlugin,
  options: Record<string, unknown>,
): Promise<Tried[]> {
  const { activateTimeoutMs = STEP_MS, deactivateTimeoutMs = STEP_MS } = defaults;
  const tried: Tried[] = [];
  const step = async (call: string, ms: number, work: (signal: AbortSignal) => Promise<void>) => {
    const startedMs = performance.now();
    let failure: string | undefined;
    try {
      await bounded(new AbortController().signal, ms, work);
    } catch (error) {
      failure = error instanceof Error ? told(error) : String(error);
    }
    const elapsedMs = performance.now() - startedMs;
    tried.push({ call, elapsedMs, ...(failure === undefined ? {} : { failure }) });
  };
  for (const round of ["", " again"]) {
    const up = (signal: AbortSignal) => activate(activateContext(bench.context(options, signal), "start", 1));
    await step(`activate${round}`, activateTimeoutMs, up);
  }
  for (const round of ["", " again"]) {
    const down = (signal: AbortSignal) => deactivate(deactivateContext(bench.context(options, signal), "stop"));
    await step(`deactivate${round}`, deactivateTimeoutMs, down);
  }
  return tried;
}

function verdictOf(error: unknown): Verdict {
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return { status: "unknown", code: FAULT_CODES.timeout, message: `Timeout occurred: ${error.message}` };
  }
  return unknownVerdict(error);
}
