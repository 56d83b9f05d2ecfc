/**
 * One lane of the lab: a network of its own and everything that is done on it. It runs in the "aws" namespace of that
 * network, so that the sandbox is where the servers look for EC2; `main.ts` starts it, and cleans up behind it.
 *
 *     lane.ts JSON
 */
import { join } from "node:path";
import { LabCluster } from "./cluster.ts";
import { FAULTS } from "./faults.ts";
import { keepalived } from "./keepalived.ts";
import { type Kill, killOnce } from "./kills.ts";
import type { Kind } from "./kinds.ts";
import { drawnFaults } from "./drawn/lane.ts";
import type { Episode } from "./drawn/episode.ts";
import type { Network } from "./network.ts";
import { randomOf } from "./random.ts";
import { type Row, trial } from "./trial.ts";

/** What a lane is to do. */
export type Work =
  | { kind: "faults"; cluster: Kind; faults: readonly string[]; runs: number }
  | { kind: "kills"; seed: number; count: number }
  | { kind: "drawn"; seed: number; numbers: readonly number[] }
  | { kind: "keepalived"; runs: number };

/** What a lane is told. */
export interface LaneOrder {
  network: ReturnType<Network["plan"]>;
  folder: string;
  work: Work;
  executable?: string;
}

/** What a lane tells, a line of JSON each. */
export type LaneNews = { row: Row } | { episode: Episode } | { kill: Kill } | { failure: string } | { looks: number };

/** The cluster that a lane works on. */
export function kindOf(work: Exclude<Work, { kind: "keepalived" }>): Kind {
  if (work.kind === "faults") return work.cluster;
  return work.kind === "kills" ? "three" : "witness";
}

/** Does it, and tells. */
async function runLane(network: Network, order: LaneOrder, tell: (news: LaneNews) => void): Promise<void> {
  const { work, folder } = order;
  if (work.kind === "keepalived") {
    return await keepalived(network, folder, work.runs, (row) => tell({ row }));
  }
  const cluster = await LabCluster.make(network, kindOf(work), folder, order.executable);
  try {
    await cluster.start();
    if (work.kind === "faults") await faults(cluster, work, tell);
    else if (work.kind === "drawn") await drawnFaults(cluster, folder, work, tell);
    else {
      const random = randomOf(work.seed);
      for (let count = 0; count < work.count; count++) tell({ kill: await killOnce(cluster, random) });
    }
    tell({ looks: cluster.observer.looks });
  } finally {
    await cluster.close();
  }
}

async function faults(
  cluster: LabCluster,
  work: Extract<Work, { kind: "faults" }>,
  tell: (news: LaneNews) => void,
): Promise<void> {
  for (let round = 0; round < work.runs; round++) {
    for (
      const fault of FAULTS.filter(({ name, clusters }) =>
        clusters.includes(work.cluster) && work.faults.includes(name)
      )
    ) {
      const row = await trial(cluster, fault);
      tell({ row });
      if (row.problems.length > 0) console.error(`${fault.name}, ${row.system}:\n${await cluster.logs(25)}`);
    }
  }
}

if (import.meta.main) {
  const { Network } = await import("./network.ts");
  const order = JSON.parse(Deno.args[0] ?? "{}") as LaneOrder;
  const tell = (news: LaneNews) => Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(news)}\n`));
  let status = 0;
  try {
    await runLane(Network.of(order.network), order, tell);
  } catch (error) {
    status = 1;
    tell({ failure: `${join(order.folder)}: ${error instanceof Error ? error.message : String(error)}` });
  }
  Deno.exit(status);
}
