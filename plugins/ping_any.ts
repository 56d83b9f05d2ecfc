import type { PluginContext } from "../core/plugin/contract.ts";
import { FAULT_CODES } from "../core/plugin/fault.ts";
import { unknownVerdict } from "../core/plugin/fault_verdict.ts";
import { normal, type Verdict } from "../core/plugin/verdict.ts";

/** How many of several addresses have to answer. */
export type PingNeed = "any" | "all";

/**
 * Pings all addresses at the same time, each for at most `timeoutMs`. With `any`: normal when one answers, an error only
 * when every one was asked and none answered. With `all`: an error as soon as one that was asked did not answer. Unknown
 * where the rest, which could not be asked, would decide.
 */
export async function pingAny(
  context: PluginContext,
  addresses: readonly string[],
  timeoutMs: number,
  need: PingNeed = "any",
): Promise<Verdict> {
  const { os, signal } = context;
  const silent: string[] = [];
  const answers = new Map<string, number>();
  let failure: unknown;
  await Promise.all(addresses.map(async (ip) => {
    try {
      const roundTripMs = await os.ping(ip, timeoutMs, signal);
      if (roundTripMs === null) silent.push(ip);
      else answers.set(ip, roundTripMs);
    } catch (error) {
      failure = error;
    }
  }));
  signal.throwIfAborted();
  const quiet = silent.length === 0 ? "" : `; no answer from ${silent.join(", ")}`;
  const enough = need === "any" ? answers.size > 0 : answers.size === addresses.length;
  if (enough) {
    return normal(`${[...answers.keys()].join(", ")} answered${quiet}`, { roundTripMs: Math.min(...answers.values()) });
  }
  if (failure !== undefined && (need === "any" || silent.length === 0)) return unknownVerdict(failure);
  return {
    status: "error",
    code: FAULT_CODES.timeout,
    message: `no answer to a ping within ${timeoutMs} ms from ${silent.join(", ")}`,
  };
}

/** The options of `pingAny`. */
export interface PingOptions {
  addresses: string[];
  pingTimeout: number;
  need?: PingNeed;
}
