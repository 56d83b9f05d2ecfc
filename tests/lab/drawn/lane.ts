/**
 * Drawn faults on one network, one after the other.
 *
 * @module
 */
import type { LabCluster } from "../cluster.ts";
import { nowMs } from "../commands.ts";
import { draw } from "./draw.ts";
import { becomesWell, type Episode, episode } from "./episode.ts";
import { Ledger } from "./ledger.ts";
import { Logs } from "./logs.ts";
import { Striker } from "./strike.ts";

/** A cluster that has just settled is well at once. In milliseconds. */
const WELL_MS = 30_000;

/** Carries out the faults with these numbers of a seed, on a cluster that has settled. */
export async function drawnFaults(
  cluster: LabCluster,
  folder: string,
  { seed, numbers }: { seed: number; numbers: readonly number[] },
  tell: (news: { episode: Episode }) => void,
): Promise<void> {
  const scene = {
    cluster,
    striker: new Striker(cluster),
    ledger: new Ledger(),
    logs: new Logs(folder, cluster.servers.map(({ name }) => name)),
  };
  if (!await becomesWell(cluster, WELL_MS, new Set())) {
    throw new Error(`the cluster is not well\n${await cluster.logs(20)}`);
  }
  let sinceMs = nowMs();
  cluster.observer.forget();
  for (const number of numbers) {
    const { seen, endMs } = await episode(scene, draw(seed, number), sinceMs);
    tell({ episode: seen });
    sinceMs = endMs;
  }
}
