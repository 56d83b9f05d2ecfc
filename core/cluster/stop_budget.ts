/**
 * What the stop time is spent on, share by share. It begins when the permit has ended (at the latest `pauseMs` later), and
 * when it is over another server may begin.
 *
 * A server that runs fences itself within {@linkcode fenceMs}:
 *
 *     addresses  1/8    all at once; nothing else is begun before, or waited for. Too short: a stop script begins while
 *                       clients still come in. It goes on beside the rest.
 *     stops      23/40  stop scripts and services, in reverse order; each gets its part of what is left, so that one that
 *                       hangs leaves the others theirs. Too short: a stop that needs longer is cut off.
 *     kill       1/10   SIGKILL for what was cut off, and for whatever processes of the group still run. Too short: what
 *                       is left is not counted as down.
 *     again      3/20   what was cut off, or failed, is asked once more, now that nothing of it runs: only its own word
 *                       counts as down. Too short: a final action although everything is down.
 *     grace      1/20   for plugins that notice late that their time is over.
 *
 * What is left then is answered by the final action, which has the rest of the stop time. The dead man's switch, which
 * does the same work where the agent can't, has the same shares of {@linkcode switchMs}.
 *
 * `stop-service` has no power to turn to: it ends the agent, and the switch begins anew. So there the agent has half its
 * fence, then its end, and the switch half of the stop time:
 *
 *     shutdown, reboot   fence 6/8, final action 2/8   switch (agent dead or frozen) 6/8, starting it 2/8
 *     stop-service       fence 3/8, end of the agent 1/8, switch 4/8
 *
 * An agent that dies while it fences has used up to 6/8 already. It has told the switch so, which then kills before it
 * asks anything to stop, within the last 2/8. (With `stop-service` what is left is enough for all.)
 *
 * @module
 */
import { FENCE_SHARE } from "./self_fence.ts";
import type { ClusterSpec } from "./spec.ts";

/** What answers a fence that left something. */
export type SelfFenceAction = ClusterSpec["selfFenceAction"];

/** The parts of a fence, in milliseconds, in their order. */
export interface FenceBudget {
  addressesMs: number;
  stopsMs: number;
  killMs: number;
  againMs: number;
  graceMs: number;
}

/** Shares of a fence; together 1. */
const SHARES: Readonly<Record<keyof FenceBudget, number>> = {
  addressesMs: 0.125,
  stopsMs: 0.575,
  killMs: 0.1,
  againMs: 0.15,
  graceMs: 0.05,
};

/** Share of the fence's own budget that the agent takes before `stop-service` hands over to the switch. */
const HANDED_OVER = 0.5;
/** Share of the stop time for the end of an agent that hands over. */
const END_SHARE = 0.125;
/** Share of the stop time for the switch that takes over from it. */
const HEIR_SHARE = 0.5;

/** The parts of a fence that has `budgetMs`. */
export function fenceBudget(budgetMs: number): FenceBudget {
  const part = (key: keyof FenceBudget) => Math.floor(Math.max(0, budgetMs) * SHARES[key]);
  return {
    addressesMs: part("addressesMs"),
    stopsMs: part("stopsMs"),
    killMs: part("killMs"),
    againMs: part("againMs"),
    graceMs: part("graceMs"),
  };
}

/** How long the agent itself fences, of the `budgetMs` that the engine gives it. In milliseconds. */
export function fenceMs(budgetMs: number, action: SelfFenceAction): number {
  return action === "stop-service" ? Math.floor(budgetMs * HANDED_OVER) : budgetMs;
}

/** How long an agent that leaves something up may take to end. In milliseconds. */
export function endMs(stopMs: number): number {
  return Math.floor(stopMs * END_SHARE);
}

/**
 * What each of `stops` stop commands gets from a switch that fires while the agent was fencing: of the rest of the stop
 * time (2/8, see above) addresses and kill have had theirs by then. In milliseconds.
 */
export function hurriedMs(stopMs: number, stops: number): number {
  const { addressesMs, killMs } = fenceBudget(switchMs(stopMs, "shutdown"));
  return Math.max(1, Math.floor((powerMs(stopMs) - addressesMs - killMs) / Math.max(1, stops)));
}

/** How long the dead man's switch may work. In milliseconds. */
export function switchMs(stopMs: number, action: SelfFenceAction): number {
  return Math.floor(stopMs * (action === "stop-service" ? HEIR_SHARE : FENCE_SHARE));
}

/** What is left of the stop time when a fence has failed: the final action's. In milliseconds. */
export function powerMs(stopMs: number): number {
  return stopMs - Math.floor(stopMs * FENCE_SHARE);
}
