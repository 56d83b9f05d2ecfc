/**
 * A group that comes into a cluster that runs: each agent takes the file up as it goes, at a moment of its own. Drawn from
 * numbers of its own, so that a history that has none of it is what it was before.
 */
import { Random } from "../../core/simulation/random.ts";
import type { Draft } from "./draft.ts";

/** Share of the histories in which one comes. */
const SHARE = 0.06;
/** When, in milliseconds. */
const BETWEEN: readonly [number, number] = [2_500, 15_000];
/** The last server has it by then, in milliseconds. */
const WITHIN_MS = 5_000;

/** Adds to what has been drawn up. */
export function drawNewGroup(seed: number, servers: readonly string[], groups: number, draft: Draft): void {
  const random = new Random(seed ^ 0x7f4a7c15);
  if (!random.chance(SHARE)) return;
  const atMs = Math.round(random.between(...BETWEEN)) - draft.nowMs;
  // A change of the file waits for everybody.
  draft.act("start", { server: "all" }, atMs);
  draft.act("add-group", { group: `failover${groups + 1}` }, atMs + 1);
  for (const server of servers) {
    draft.act("take-file", { server }, atMs + 1 + Math.round(random.between(1, WITHIN_MS)));
  }
  // Whoever was away starts with the file it had: it takes the other one later.
  draft.act("take-file", { server: "all" }, Math.max(0, atMs + 2 * WITHIN_MS));
}
