/**
 * What a stop time can bear. When a permit ends, everything that a server carries has to stop within one and the same
 * time, however many groups it are; and a server that fails hands all of them to the next one.
 *
 * @module
 */
import { fenceBudget, fenceMs } from "../cluster/stop_budget.ts";
import { FENCE_SHARE } from "../cluster/self_fence.ts";
import { MAX_TAKEOVER_MS, timingFor } from "../cluster/timing.ts";
import type { ClusterConfig } from "./config.ts";
import { duration } from "./durations.ts";

/**
 * What a stop command needs on a machine that is busy, in milliseconds: 20 shells at once on two cores took 5 to 10 ms
 * each when idle or under a load of 10, and 100 to 190 ms under a load of 25. What the stop itself needs comes on top.
 */
export const STOP_COMMAND_MS = 50;

/** The most that one server may have to stop. */
export interface StopLoad {
  server: string;
  groups: number;
  /** Stop commands of all its groups: one for each resource that is no address. */
  commands: number;
}

/** The server that would have the most to stop if it carried all of its groups; undefined where nothing is to be stopped. */
export function largestStopLoad({ servers, groups }: Pick<ClusterConfig, "servers" | "groups">): StopLoad | undefined {
  const loads = servers.map(({ name }): StopLoad => {
    const mine = groups.filter((group) => group.servers.includes(name));
    const commands = mine.flatMap(({ resources }) => resources.filter(({ plugin }) => !plugin.address)).length;
    return { server: name, groups: mine.length, commands };
  });
  const [largest] = loads.filter(({ commands }) => commands > 0).sort((a, b) => b.commands - a.commands);
  return largest;
}

/** The line of `check`. */
export function describeStopLoad(config: ClusterConfig): string[] {
  const load = largestStopLoad(config);
  if (load === undefined) return [];
  const haveMs = stopsMsOf(config, config.timing.stopMs);
  return [
    `stops: ${said(load)} * ${duration(STOP_COMMAND_MS)} on a busy machine = ` +
    `${duration(load.commands * STOP_COMMAND_MS)} of ${duration(haveMs)} (enough for ${
      Math.floor(haveMs / STOP_COMMAND_MS)
    })`,
  ];
}

/** Why the timing is too short for what one server may have to stop; sentences. */
export function stopLoadWarnings(config: ClusterConfig): string[] {
  const load = largestStopLoad(config);
  if (load === undefined) return [];
  const needMs = load.commands * STOP_COMMAND_MS;
  const haveMs = stopsMsOf(config, config.timing.stopMs);
  if (needMs <= haveMs) return [];
  const detectionMs = detectionFor(config, needMs);
  const remedy = detectionMs === undefined
    ? "put the groups on more servers"
    : `write timing: { detection: ${Math.ceil(detectionMs / 1_000)}s }, or put the groups on more servers`;
  return [
    `timing: too short for what one server may have to stop: ${said(load)} have ${duration(haveMs)} when the permit ` +
    `ends, ${duration(Math.floor(haveMs / load.commands))} each, and a busy machine needs some ` +
    `${duration(STOP_COMMAND_MS)} for each. What does not stop in time ends the machine (selfFence: ` +
    `${config.selfFenceFinalAction}), and the next server gets all of it; ${remedy}`,
  ];
}

function said({ server, groups, commands }: StopLoad): string {
  return `${groups} group${groups === 1 ? "" : "s"} on ${server} with ${commands} stop command${
    commands === 1 ? "" : "s"
  }`;
}

/** What stop scripts and services have together in a fence, in milliseconds. */
function stopsMsOf({ selfFenceFinalAction }: Pick<ClusterConfig, "selfFenceFinalAction">, stopMs: number): number {
  return fenceBudget(fenceMs(Math.floor(stopMs * FENCE_SHARE), selfFenceFinalAction)).stopsMs;
}

/** The shortest detection time, in whole seconds, with which `needMs` would do; undefined when there is none. */
function detectionFor(config: Pick<ClusterConfig, "selfFenceFinalAction">, needMs: number): number | undefined {
  for (let ms = 2_000; ms <= MAX_TAKEOVER_MS; ms += 1_000) {
    if (stopsMsOf(config, timingFor(ms).stopMs) >= needMs) return ms;
  }
  return undefined;
}
