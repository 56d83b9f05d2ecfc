/**
 * kill -9 of agents at random instants of what they do: while a group goes up, while it goes down, while a server takes
 * over from a dead one. After each, before anything is restarted, nothing may be left on the server whose agent died.
 *
 * @module
 */
import { GROUP } from "./cluster_file.ts";
import type { LabCluster } from "./cluster.ts";
import { nowMs, sleep, until } from "./commands.ts";
import type { LabServer } from "./server.ts";
import { leftoversOf } from "./trial.ts";

const PHASES = ["activation", "deactivation", "takeover"] as const;

/** One kill and what was found after it. */
export interface Kill {
  phase: typeof PHASES[number];
  /** From the beginning of the phase to the kill, in milliseconds. */
  atMs: number;
  victim: string;
  /** What the victim had when it was killed. */
  had: string;
  problems: string[];
}

/** The dead man's switch is done within the stop time of `timing: fast`. In milliseconds. */
const SWITCH_MS = 1_500;
/** Within this after a kill another server carries: detection, takeover, and a restart in between. */
const CARRIED_MS = 15_000;

/** Kills an agent at an instant that `random` chooses. The cluster is settled before. */
export async function killOnce(cluster: LabCluster, random: () => number): Promise<Kill> {
  const carrier = await cluster.settle(10);
  const peers = cluster.servers.filter((server) => server !== carrier);
  const peer = peers[Math.floor(random() * peers.length)]!;
  const phase = PHASES[Math.floor(random() * PHASES.length)]!;
  cluster.observer.forget();
  const startMs = nowMs();
  const { victim, atMs } = await strike(cluster, phase, carrier, peer, random);
  const { address, service } = cluster.observer.sees(victim.name);
  await victim.kill();
  const problems: string[] = [];
  const had = [...(address ? ["VIP"] : []), ...(service ? ["service"] : [])].join(" and ") || "nothing";
  const clean = async () => {
    const left = cluster.observer.sees(victim.name);
    return !left.address && !left.service && (await victim.orphans()).length === 0;
  };
  if (!await until(SWITCH_MS, clean)) {
    const left = cluster.observer.sees(victim.name);
    problems.push(
      `${victim.name} still has ${JSON.stringify(left)} and ${(await victim.orphans()).join(", ") || "no process"} ` +
        `${SWITCH_MS} ms after the kill`,
    );
  }
  // What comes late: a program that went on, and ended only now.
  await sleep(300);
  if (!await clean()) problems.push(`something came back on ${victim.name}: ${(await victim.orphans()).join(", ")}`);
  await cluster.revive();
  const target = () =>
    cluster.observer.carriers().length === 1 && cluster.observer.carriers()[0] === cluster.mirror.target();
  if (!await until(CARRIED_MS, target)) problems.push(`nobody carries ${CARRIED_MS} ms later`);
  await cluster.settle(10);
  problems.push(...await leftoversOf(cluster));
  const { any } = cluster.observer.twoMs(startMs, nowMs());
  if (any > 0) problems.push(`two carried for ${Math.round(any)} ms`);
  return { phase, atMs: Math.round(atMs), victim: victim.name, had, problems };
}

/** Brings the phase about and waits for the instant. The victim is killed by the caller, at once. */
async function strike(
  cluster: LabCluster,
  phase: Kill["phase"],
  carrier: LabServer,
  peer: LabServer,
  random: () => number,
): Promise<{ victim: LabServer; atMs: number }> {
  if (phase === "deactivation") {
    const atMs = random() * 60;
    await carrier.move(GROUP, peer.name);
    await sleep(atMs);
    return { victim: carrier, atMs };
  }
  if (phase === "activation") {
    const atMs = random() * 450;
    await carrier.move(GROUP, peer.name);
    await until(CARRIED_MS, () => !cluster.observer.carriers().includes(carrier.name));
    await sleep(atMs);
    return { victim: peer, atMs };
  }
  await carrier.kill();
  const killedMs = nowMs();
  await sleep(SWITCH_MS);
  await cluster.revive();
  // Detection takes three seconds, going up a few hundred milliseconds; whoever it is, it is the one that has begun.
  const others = cluster.servers.filter((server) => server !== carrier);
  const begun = () => others.find(({ name }) => cluster.observer.sees(name).service);
  const early = random() < 0.5;
  const atMs = early ? 2_900 + random() * 300 : random() * 400;
  if (early) await sleep(killedMs + atMs - nowMs());
  else {
    await until(CARRIED_MS, () => begun() !== undefined);
    await sleep(atMs);
  }
  return { victim: begun() ?? others[0]!, atMs };
}
