import { CLOCK_DRIFT, LOST_HEARTBEATS, ROUND_TRIP_MS, safeTakeoverMs, worstConfirmationMs } from "../cluster/timing.ts";
import { FENCE_SHARE } from "../cluster/self_fence.ts";
import { endMs, fenceBudget, fenceMs, powerMs, switchMs } from "../cluster/stop_budget.ts";
import { tryPauseMs } from "../cluster/try_pause.ts";
import type { ClusterConfig, GroupConfig, MonitorConfig } from "./config.ts";
import { LOOK_MS } from "../plugin/look.ts";
import { duration } from "./durations.ts";
import { describeStopLoad } from "./stop_load.ts";
import { describeWatchdog } from "./watchdog.ts";

/** The lines that `check` prints: every derived time of a configuration with its formula. */
export function describeTiming(config: ClusterConfig): string[] {
  const { intervalMs, permitMs, pauseMs, stopMs, takeoverMs } = config.timing;
  const holder = `permit ${duration(permitMs)} + pause ${duration(pauseMs)} + stop ${duration(stopMs)}`;
  return [
    `heartbeat interval: ${duration(intervalMs)}`,
    `permit: ${duration(permitMs)} after a heartbeat that a majority confirmed`,
    `detection: ${duration(takeoverMs)} of silence, then another server may take over`,
    `self-fencing: ${holder} = ${duration(permitMs + pauseMs + stopMs)} after the last confirmed heartbeat, then ` +
    `${config.selfFenceFinalAction} if something still runs`,
    `safety: (${holder}) * ${1 + CLOCK_DRIFT} / ${1 - CLOCK_DRIFT} = ${duration(safeTakeoverMs(config.timing))} <= ` +
    `detection ${duration(takeoverMs)}`,
    `liveness: interval ${duration(intervalMs)} * (2 + ${LOST_HEARTBEATS} lost) + round trip ${
      duration(ROUND_TRIP_MS)
    } = ${duration(worstConfirmationMs(config.timing))} < permit ${duration(permitMs)}`,
    ...config.quorum.map((device) =>
      `device ${device.name}: interval ${duration(device.intervalMs)} + timeout ${duration(device.timeoutMs)} + ` +
      `heartbeat interval ${duration(intervalMs)} = ${
        duration(device.intervalMs + device.timeoutMs + intervalMs)
      } < permit ${duration(permitMs)}`
    ),
    ...describeWitness(config),
    ...(config.watchdog === undefined ? [] : [describeWatchdog(config.timing, config.watchdog)]),
    describeFence(config),
    ...describeStopLoad(config),
    ...config.groups.flatMap(describeGroup),
    ...config.monitors.map(describeMonitor),
  ];
}

function describeWitness({ witness, timing: { permitMs } }: ClusterConfig): string[] {
  if (witness === undefined) return [];
  const { name, timeoutMs } = witness;
  return [
    `witness ${name}: a read and a write 2 * timeout ${duration(timeoutMs)} = ${duration(2 * timeoutMs)} < permit ${
      duration(permitMs)
    }`,
  ];
}

/** The shares of the stop time: what a stop script really gets when the permit has ended. */
function describeFence({ timing: { stopMs }, selfFenceFinalAction: action }: ClusterConfig): string {
  const wholeMs = fenceMs(Math.floor(stopMs * FENCE_SHARE), action);
  const { addressesMs, stopsMs, killMs, againMs } = fenceBudget(wholeMs);
  const rest = action === "stop-service"
    ? `end of the agent ${duration(endMs(stopMs))}, dead man's switch ${duration(switchMs(stopMs, action))}`
    : `${action} ${duration(powerMs(stopMs))}`;
  return `stop ${duration(stopMs)}: fence ${duration(wholeMs)} (addresses ${duration(addressesMs)}, stop scripts and ` +
    `services together ${duration(stopsMs)}, kill ${duration(killMs)}, once more ${duration(againMs)}), then ${rest}`;
}

function describeGroup(group: GroupConfig): string[] {
  const activation = group.resources.map((resource) => [resource.activateTimeoutMs, resource.activateRetries] as const);
  const deactivation = group.resources
    .map((resource) => [resource.deactivateTimeoutMs, resource.deactivateRetries] as const);
  return [
    `group ${group.name}: activation at most ${sumOfAttempts(activation)}`,
    `group ${group.name}: deactivation at most ${sumOfAttempts(deactivation)}`,
  ];
}

function sumOfAttempts(steps: readonly (readonly [timeoutMs: number, retries: number])[]): string {
  const total = steps.reduce((sum, [timeoutMs, retries]) => sum + timeoutMs * (retries + 1) + pausesMs(retries), 0);
  const sum = steps.map(([timeoutMs, retries]) => attempts(timeoutMs, retries)).join(" + ");
  return sum === duration(total) ? sum : `${sum} = ${duration(total)}`;
}

function attempts(timeoutMs: number, retries: number): string {
  if (retries === 0) return duration(timeoutMs);
  return `${duration(timeoutMs)} * (1 + ${retries} retries) + ${duration(pausesMs(retries))} between them`;
}

/** All pauses between the tries of one resource. */
function pausesMs(retries: number): number {
  return Array.from({ length: retries }, (_, index) => tryPauseMs(index + 2)).reduce((sum, ms) => sum + ms, 0);
}

function describeMonitor({ name, plugin, intervalMs, timeoutMs, retries, startDelayMs }: MonitorConfig): string {
  const longest = duration((intervalMs + timeoutMs) * (retries + 1));
  const often = plugin.look !== undefined && intervalMs > LOOK_MS;
  const look = often ? `; one on this machine after at most ${duration(2 * LOOK_MS * (retries + 1))}` : "";
  const start = startDelayMs === 0 ? "" : `, the first check after ${duration(startDelayMs)}`;
  return `monitor ${name}: an error is known after at most (interval ${duration(intervalMs)} + timeout ${
    duration(timeoutMs)
  }) * (1 + ${retries} retries) = ${longest}${start}${look}`;
}
