/**
 * The time a server needs to boot against the time in which the others notice that it is away.
 *
 * @module
 */
import type { Timing } from "../cluster/timing.ts";
import { FAULT_CODES } from "../plugin/fault.ts";
import { doubtful, type Finding, fine } from "../plugin/finding.ts";

/** An agent that came up later after the boot was not started by it. In milliseconds. */
const LONGEST_BOOT_MS = 900_000;

/**
 * The time from the boot to the start of this agent; null when the agent was started by something else than the boot.
 * `uptimeMs` and `agentMs` say since when the machine and the agent run.
 */
export function bootTime(uptimeMs: number, agentMs: number): number | null {
  const bootMs = uptimeMs - agentMs;
  return bootMs >= 0 && bootMs <= LONGEST_BOOT_MS ? bootMs : null;
}

/**
 * A server that crashes and is back before the detection time has passed was never away for the others. That is safe,
 * because its new life is told from the old one; it is only not what people expect to see.
 */
export function bootFindings(server: string, { takeoverMs }: Timing, bootMs: number | null): Finding[] {
  if (bootMs === null) return [];
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
  if (bootMs >= takeoverMs) {
    return [fine(server, `it boots in ${seconds(bootMs)}, longer than the detection time ${seconds(takeoverMs)}`)];
  }
  return [doubtful(
    server,
    FAULT_CODES.boot,
    `it boots in ${seconds(bootMs)}, before the detection time ${seconds(takeoverMs)} is over: a crash may show as ` +
      "a restart of its groups there, and not as a failover",
    "shorten timing.detection, or let the agent start later after the boot",
  )];
}
