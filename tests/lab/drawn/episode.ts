/**
 * One drawn fault: from all well to all well, and what the client, the observer and the disks say about the time between.
 *
 * @module
 */
import { OUTAGE_MS, RECOVERY_MS } from "../bounds.ts";
import type { LabCluster } from "../cluster.ts";
import { nowMs, sleep, until } from "../commands.ts";
import { type Interval, pairwiseMs } from "../intervals.ts";
import { WITNESS } from "../kinds.ts";
import { story } from "../trial.ts";
import { longestAbleMs } from "./ability.ts";
import { type Drawn, nameOf } from "./draw.ts";
import type { Counted, Ledger } from "./ledger.ts";
import type { Logs } from "./logs.ts";
import { lengthMs, type Outage, outagesOf } from "./outages.ts";
import type { Cast, Striker, Struck } from "./strike.ts";

/** What was seen of one drawn fault. Times in milliseconds, those of moments since the fault began. */
export interface Episode {
  number: number;
  /** Both names, where there are two faults. */
  fault: string;
  double: boolean;
  drawn: Drawn;
  carrier: string;
  carried: string;
  struck: Struck[];
  /** `lastedMs` is all of it, also what the machine was too busy for (`blindMs`); what is judged is without that. */
  outages: { fromMs: number; lastedMs: number; blindMs: number; ableMs: number }[];
  /** From the last mending until everything was well again. */
  wellMs: number;
  twoCarriedMs: number;
  twoAnsweredMs: number;
  /** The longest time in which the observer did not look. */
  longestBlindMs: number;
  /** The longest time in which the service waited for a processor: how busy the machine was. */
  starvedMs: number;
  /** The longest time in which it waited for its disk, or for a client that said nothing. */
  slowDiskMs: number;
  problems: string[];
  /** Journals of both servers, when there is a problem. */
  journal: string[];
}

/** All is well within this after the last mending: recovery, and a server that has just come back. In milliseconds. */
const WELL_MS = 2 * RECOVERY_MS;
/** So many looks in a row must find all well. */
const WELL_LOOKS = 5;
/** What is asked once more before the run is given up. In milliseconds. */
const HOPELESS_MS = 60_000;
/** A beginning and an end as the lab notes them, and as the client sees them, differ by this at most. In milliseconds. */
const SLACK_MS = 100;
/** Lines of it that are shown when a fault is never over. */
const MAX_LINES = 200;
/** The journal from so long before a fault is shown, and until so long after it. In milliseconds. */
const AROUND_MS = 3_000;

/** What an episode needs. */
export interface Scene {
  cluster: LabCluster;
  striker: Striker;
  ledger: Ledger;
  logs: Logs;
}

/** Waits until a cluster is well; false when it is not within `ms`. Servers that ended are in `ended`. */
export async function becomesWell(cluster: LabCluster, ms: number, ended: Set<string>): Promise<boolean> {
  let looks = 0;
  return await until(ms, async () => {
    for (const server of cluster.servers) if (server.died) ended.add(server.name);
    await cluster.revive();
    looks = await cluster.settled() ? looks + 1 : 0;
    return looks >= WELL_LOOKS;
  });
}

/**
 * Carries out what was drawn on a cluster that is well.
 *
 * @param sinceMs the end of the episode before: nothing between the two goes unseen
 */
export async function episode(scene: Scene, drawn: Drawn, sinceMs: number): Promise<{ seen: Episode; endMs: number }> {
  const { cluster, striker } = scene;
  cluster.client.forget(sinceMs - 1_000);
  striker.forget();
  await sleep(drawn.calmMs);
  const carrier = cluster.server(cluster.observer.carriers()[0] ?? cluster.servers[0]!.name);
  const standby = cluster.servers.find((server) => server !== carrier)!;
  const cast: Cast = { carrier, standby };
  const startMs = nowMs();
  const struck = await Promise.all(drawn.strikes.map((strike) => striker.strike(strike, cast, startMs)));
  const mendedMs = nowMs();
  const ended = new Set<string>();
  const problems: string[] = [];
  if (!await becomesWell(cluster, WELL_MS, ended)) {
    problems.push(`not well ${WELL_MS} ms after the last mending`);
    if (!await becomesWell(cluster, HOPELESS_MS, ended)) {
      const names = drawn.strikes.map(nameOf).join(" + ");
      const lines = (await journals(cluster, startMs, nowMs())).slice(-MAX_LINES).join("\n");
      throw new Error(`fault ${drawn.number} (${names}) is never over\n${await cluster.logs(30)}\n${lines}`);
    }
  }
  const endMs = nowMs();
  const wellMs = Math.round(endMs - mendedMs);
  for (const name of ended) problems.push(`the agent of ${name} ended by itself`);
  // What the client has seen up to now is read by then.
  await sleep(SLACK_MS);
  const carried = story(cluster, startMs, endMs);
  const lines = await scene.logs.next();
  const slow = slowDisks(scene);
  const outages = outagesSeen(scene, slow, sinceMs, endMs);
  const judged = outages.map((outage) => judgeOutage(scene, outage, drawn, startMs, mendedMs));
  problems.push(...judged.flatMap(({ problems }) => problems));
  const carriers = await judgeCarriers(scene, lines, sinceMs, endMs);
  problems.push(...carriers.problems);
  const journal = problems.length === 0 ? [] : await journals(cluster, startMs, endMs);
  return {
    endMs,
    seen: {
      number: drawn.number,
      fault: drawn.strikes.map(nameOf).join(" + "),
      double: drawn.strikes.length > 1,
      drawn,
      carrier: carrier.name,
      carried,
      struck: struck.map(({ name, fromMs, toMs }) => ({
        name,
        fromMs: Math.round(fromMs - startMs),
        toMs: Math.round(toMs - startMs),
      })),
      outages: outages.map((outage, index) => ({
        fromMs: Math.round(outage.fromMs - startMs),
        lastedMs: Math.round(outage.toMs - outage.fromMs),
        blindMs: Math.round(outage.blindMs),
        ableMs: judged[index]!.ableMs,
      })),
      wellMs,
      ...carriers.measured,
      slowDiskMs: longestMs(slow),
      problems,
      journal,
    },
  };
}

/** Never two: by the observer, by the client's acknowledgements and the disks, by each server's own address. */
async function judgeCarriers(
  { cluster, ledger }: Scene,
  lines: readonly Counted[],
  sinceMs: number,
  endMs: number,
): Promise<{
  problems: string[];
  measured: Pick<Episode, "twoCarriedMs" | "twoAnsweredMs" | "longestBlindMs" | "starvedMs">;
}> {
  const problems: string[] = [];
  const twoCarriedMs = Math.round(cluster.observer.twoMs(0, Infinity).any);
  const longestBlindMs = longestMs(cluster.observer.pauses);
  const starvedMs = longestMs(cluster.observer.starved);
  // At once, so that nothing is forgotten that was not looked at.
  cluster.observer.forget();
  if (twoCarriedMs > 0) problems.push(`two carried for ${twoCarriedMs} ms`);
  const there = cluster.servers.map(({ name }) => cluster.client.answeringThere(name));
  const twoAnsweredMs = Math.round(pairwiseMs(there, 0, Infinity));
  if (twoAnsweredMs > 0) problems.push(`two answered at their own addresses for ${twoAnsweredMs} ms`);
  const answers = cluster.client.acknowledged.filter(({ atMs }) => atMs > sinceMs && atMs <= endMs);
  problems.push(...ledger.inOrder(answers), ...ledger.onDisk(answers, lines));
  for (const server of cluster.servers) {
    const power = await server.power();
    if (power !== "") problems.push(`${server.name} had to be turned off: ${power}`);
  }
  return { problems, measured: { twoCarriedMs, twoAnsweredMs, longestBlindMs, starvedMs } };
}

function longestMs(intervals: readonly Interval[]): number {
  return Math.round(Math.max(0, ...intervals.map(({ fromMs, toMs }) => toMs - fromMs)));
}

/** When its disk or one client kept the service waiting, on the clock of the lab. */
function slowDisks({ cluster, logs }: Scene): Interval[] {
  // The answer that was read soonest shows how the clocks differ.
  const aheadMs = Math.min(...cluster.client.acknowledged.map(({ atMs, givenMs }) => atMs - givenMs));
  return logs.slow.map(({ fromMs, toMs }) => ({ fromMs: fromMs + aheadMs, toMs: toMs + aheadMs }));
}

function outagesSeen(
  { cluster: { client, observer } }: Scene,
  slow: readonly Interval[],
  sinceMs: number,
  endMs: number,
): Outage[] {
  const moments = client.acknowledged.map(({ atMs }) => atMs);
  const pauses = [...client.pauses, ...observer.pauses, ...observer.starved, ...slow];
  return outagesOf(moments, pauses, sinceMs, endMs, OUTAGE_MS);
}

/** An outage has a fault as its reason, and ends when somebody could have ended it. */
function judgeOutage(
  { cluster, striker: { broken } }: Scene,
  outage: Outage,
  drawn: Drawn,
  startMs: number,
  mendedMs: number,
): { ableMs: number; problems: string[] } {
  const servers = cluster.servers.map(({ name }) => name);
  const voters = [...servers, WITNESS.name];
  const ableMs = Math.max(0, Math.round(longestAbleMs(servers, voters, broken, outage) - outage.blindMs));
  const at = `an outage of ${Math.round(lengthMs(outage))} ms, ${
    Math.round(outage.fromMs - startMs)
  } ms into the fault,`;
  const problems: string[] = [];
  if (outage.fromMs < startMs - SLACK_MS || outage.fromMs > mendedMs + RECOVERY_MS) {
    problems.push(`${at} had no fault as its reason`);
  }
  if (ableMs > RECOVERY_MS) {
    problems.push(`${at} went on although a server could have carried for ${ableMs} ms; ${RECOVERY_MS} are the most`);
  }
  // Of two faults the second may come before the carrier has turned to the other of its voters.
  const who = cluster.client.acknowledged.findLast(({ atMs }) => atMs <= outage.fromMs)?.who;
  const wholeMs = outage.toMs - startMs;
  const within = { fromMs: startMs, toMs: outage.toMs };
  if (drawn.strikes.length === 1 && who !== undefined && longestAbleMs([who], voters, broken, within) >= wholeMs) {
    problems.push(`${at} although ${who} carried and kept its majority`);
  }
  return { ableMs, problems };
}

async function journals(cluster: LabCluster, startMs: number, endMs: number): Promise<string[]> {
  const all = await Promise.all(
    cluster.servers.map((server) => server.journal(startMs - AROUND_MS, endMs + AROUND_MS, startMs)),
  );
  return all.flat().sort((a, b) => Number.parseInt(a) - Number.parseInt(b));
}
