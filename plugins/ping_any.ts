import type { PluginContext } from "../core/plugin/contract.ts";
import { FAULT_CODES } from "../core/plugin/fault.ts";
import { unknownVerdict } from "../core/plugin/fault_verdict.ts";
import { normal, type Verdict } from "../core/plugin/verdict.ts";

/**
 * Pings all addresses at the same time, each for at most `timeoutMs`. Normal when any answers, an error only when every
 * one was asked and none answered, unknown when none answered and some could not be asked.
 */
export async function pingAny(
  context: PluginContext,
  addresses: readonly string[],
  timeoutMs: number,
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
  if (answers.size > 0) {
    return normal(`${[...answers.keys()].join(", ")} answered${quiet}`, { roundTripMs: Math.min(...answers.values()) });
  }
  if (failure !== undefined) return unknownVerdict(failure);
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
}
