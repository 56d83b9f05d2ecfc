/**
 * The suites that the built-in types pass, for a plugin of somebody else. What has to be seen or broken from outside is
 * done by programs that the author names; without them those cases are left out, and said to be.
 *
 * @module
 */
import { dirname, resolve } from "node:path";
import { type ConformanceCase, lacking } from "../../plugin/conformance/case.ts";
import {
  checkCases,
  type CheckSubject,
  monitorDeclaration,
  questionOf,
  tieBreakerDeclaration,
} from "../../plugin/conformance/check.ts";
import { fenceCases, fenceDeclaration, type FenceSubject } from "../../plugin/conformance/fence.ts";
import { resourceCases, type ResourceSubject } from "../../plugin/conformance/resource.ts";
import type { PluginContext } from "../../plugin/contract.ts";
import { createOs } from "../../os/mod.ts";
import type { PluginBench } from "./bench.ts";
import { TARGET } from "./try.ts";

/** Programs that see and break what the plugin is about, by their paths. */
export interface Hands {
  /** Ends with 0 when the resource is here. */
  active?: string;
  /** Breaks what a monitor watches, or takes it away. */
  break?: string;
  /** Makes it whole again; run after each case. */
  restore?: string;
  /** Makes it impossible to find out. */
  hide?: string;
  /** Makes a call take for ever. */
  hang?: string;
}

/** What came of a case. */
export interface CaseResult {
  title: string;
  status: "held" | "broken" | "left out";
  /** Why it does not hold, or what was missing. */
  why?: string;
  elapsedMs: number;
}

/** A case, with all its calls, takes no longer. In milliseconds. */
const CASE_MS = 120_000;

/** Runs all cases of the plugin's kind, one after the other. */
export async function conformance(
  bench: PluginBench,
  options: Record<string, unknown>,
  hands: Hands,
): Promise<CaseResult[]> {
  const { plugin } = bench;
  const context = (values: Record<string, unknown>, signal?: AbortSignal): PluginContext<Record<string, unknown>> =>
    bench.context(values, signal ?? AbortSignal.timeout(CASE_MS));
  const hand = (name: keyof Hands) => hands[name] === undefined ? undefined : () => runHand(hands[name]!, name);
  const dispose = async () => await hand("restore")?.();
  const check = (): CheckSubject => ({
    options,
    context,
    ...given("breakIt", hand("break")),
    ...given("hideIt", hand("hide")),
    ...given("hang", hand("hang")),
    [Symbol.asyncDispose]: dispose,
  });
  switch (plugin.kind) {
    case "monitor":
      return [declared(() => monitorDeclaration(plugin)), ...await runAll(checkCases(questionOf(plugin)), check)];
    case "quorum": {
      if (plugin.vote === "sound") return [leftOut("what a witness keeps", "a store that may be filled and cut off")];
      return [declared(() => tieBreakerDeclaration(plugin)), ...await runAll(checkCases(questionOf(plugin)), check)];
    }
    case "resource": {
      const subject = (): ResourceSubject => ({
        options,
        context,
        localDeactivation: plugin.guard !== undefined,
        ...given("isActive", hands.active === undefined ? undefined : () => isZero(hands.active!)),
        ...given("hang", hand("hang")),
        [Symbol.asyncDispose]: async () => {
          await plugin.deactivate({ ...context(bench.parse(options)), reason: "sweep" }).catch(() => {});
          await dispose();
        },
      });
      return await runAll(resourceCases(plugin), subject);
    }
    case "fence": {
      const subject = (): FenceSubject => ({
        options,
        targetOptions: options,
        context: (values, targetValues, signal) =>
          bench.fenceContext(values, TARGET, targetValues, signal ?? AbortSignal.timeout(CASE_MS)),
        foresees: true,
        [Symbol.asyncDispose]: dispose,
      });
      return [declared(() => fenceDeclaration(plugin)), ...await runAll(fenceCases(plugin), subject)];
    }
  }
}

async function runAll<Subject extends AsyncDisposable>(
  cases: readonly ConformanceCase<Subject>[],
  create: () => Subject,
): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const one of cases) {
    const startedMs = performance.now();
    const ended = (status: CaseResult["status"], why?: string) =>
      results.push({
        title: one.title,
        status,
        ...(why === undefined ? {} : { why }),
        elapsedMs: performance.now() - startedMs,
      });
    try {
      await using subject = create();
      const missing = lacking(one, subject);
      if (missing !== undefined) {
        ended("left out", MISSING[missing] ?? missing);
        continue;
      }
      await one.run(subject);
      ended("held");
    } catch (error) {
      ended("broken", (error instanceof Error ? error.message : String(error)).split("\n")[0]!);
    }
  }
  return results;
}

const MISSING: Readonly<Record<string, string>> = {
  breakIt: "--break PROGRAM",
  hideIt: "--hide PROGRAM",
  hang: "--hang PROGRAM",
  crashHalfway: "a test of your own: only you know what half an activation is",
  isOff: "a target that may be stopped",
  turnOff: "a target that may be stopped",
  neverStops: "a target that may be stopped",
  forbid: "a target that may be stopped",
};

function declared(look: () => void): CaseResult {
  const title = "its own timing is complete and leaves time for a call";
  try {
    look();
    return { title, status: "held", elapsedMs: 0 };
  } catch (error) {
    return { title, status: "broken", why: (error as Error).message.split("\n")[0]!, elapsedMs: 0 };
  }
}

function leftOut(title: string, why: string): CaseResult {
  return { title, status: "left out", why, elapsedMs: 0 };
}

function given<Name extends string, Value>(name: Name, value: Value | undefined): { [name in Name]?: Value } {
  return value === undefined ? {} : { [name]: value } as { [name in Name]?: Value };
}

async function isZero(program: string): Promise<boolean> {
  const path = resolve(program);
  const signal = AbortSignal.timeout(CASE_MS);
  return (await createOs().exec([path], { cwd: dirname(path), signal })).status === 0;
}

async function runHand(program: string, name: string): Promise<void> {
  if (!await isZero(program)) throw new Error(`--${name} ${program} did not end with status 0`);
}
