/**
 * One fault, from a settled cluster to a settled cluster, with everything that was seen in between.
 *
 * @module
 */
import { TAKEOVER_MS, WITNESS_TAKEOVER_MS } from "./bounds.ts";
import type { LabCluster } from "./cluster.ts";
import { nowMs, sleep, until } from "./commands.ts";
import type { Expected, LabFault } from "./faults.ts";
import { pairwiseMs } from "./intervals.ts";
import { LABELS } from "./kinds.ts";
import type { Observer } from "./observer.ts";

/** A row of the table. Times in milliseconds. */
export interface Row {
  /** `baton 3`, `baton 2`, `baton 2+w` or `keepalived`. */
  system: string;
  fault: string;
  expected: Expected;
  /** Who carried when, from the fault on. */
  carried: string;
  /** The longest time in which the client got no answer on the VIP while the fault lasted, and until it was over. */
  outageMs: number;
  /** From the fault to the first answer of another server on the VIP; null: none came. */
  otherMs: number | null;
  /** How long two servers answered the client at their own addresses. */
  twoAnsweredMs: number;
  /** How long two servers had the VIP on a NIC, or the service running. */
  twoCarriedMs: number;
  /** What was left where nothing should be, before anything was restarted. */
  leftovers: string[];
  /** Why it is not as it must be; empty: it is. */
  problems: string[];
}

/** What was left is looked for this long after the fault has ended, so that what fires late has fired. */
const CALM_MS = 700;
/** From a healed network to both having stopped. */
const REJOIN_MS = 5_000;
/** The client's addresses are asked every few milliseconds; two that answer in turn never do so for less than this. */
const ANSWER_NOISE_MS = 30;

/** Strikes, watches, heals, and judges. */
export async function trial(cluster: LabCluster, fault: LabFault): Promise<Row> {
  const carrier = await cluster.settle();
  const peers = cluster.servers.filter((server) => server !== carrier);
  const expected = fault.expected(cluster.kind);
  const problems: string[] = [];
  cluster.client.forget(nowMs() - 1_000);
  cluster.observer.forget();
  const scene = { cluster, carrier, peers };
  const startMs = nowMs();
  await fault.strike(scene);
  await sleep(fault.holdMs - (nowMs() - startMs));
  fault.end?.(scene);
  await sleep(CALM_MS);
  const lastMs = nowMs();
  const leftovers = await leftoversOf(cluster, expected);
  const holders = cluster.observer.carriers();
  const outageMs = cluster.client.outageMs(startMs, lastMs);
  let rejoined = "";
  await cluster.heal();
  if (expected === "splits") {
    if (holders.length < 2) problems.push("it did not split, so the table is wrong");
    const ended = await until(REJOIN_MS, () => cluster.observer.carriers().length < 2);
    if (!ended) problems.push(`${cluster.observer.carriers().join(" and ")} went on after the network was whole`);
    await sleep(CALM_MS);
    rejoined = `; together again: ${cluster.observer.carriers().map(short).join(" and ") || "nobody"}`;
    // Whoever was told to stay down does so until somebody has looked.
    await cluster.startGroup();
  }
  await cluster.settle();
  const endMs = nowMs();
  const two = cluster.observer.twoMs(startMs, endMs);
  const answering = cluster.servers.map(({ name }) => cluster.client.answering(name));
  const twoAnsweredMs = Math.round(pairwiseMs(answering, startMs, endMs));
  const mostMs = cluster.kind === "witness" ? WITNESS_TAKEOVER_MS : TAKEOVER_MS;
  problems.push(...judge(expected, carrier.name, holders, outageMs, mostMs));
  if (expected !== "splits") {
    if (two.any > 0) problems.push(`two carried for ${Math.round(two.any)} ms`);
    if (twoAnsweredMs > ANSWER_NOISE_MS) problems.push(`two answered for ${twoAnsweredMs} ms`);
  }
  for (const server of cluster.servers) {
    const power = await server.power();
    if (power !== "") problems.push(`${server.name} had to be turned off: ${power}`);
  }
  problems.push(...leftovers.map((left) => `left behind: ${left}`));
  return {
    system: LABELS[cluster.kind],
    fault: fault.name,
    expected,
    carried: `${story(cluster, startMs, lastMs)}${rejoined}`,
    outageMs: Math.round(outageMs),
    otherMs: rounded(cluster.client.firstOtherMs(carrier.name, startMs)),
    twoAnsweredMs: twoAnsweredMs > ANSWER_NOISE_MS ? twoAnsweredMs : 0,
    twoCarriedMs: Math.round(two.any),
    leftovers,
    problems,
  };
}

/** What a service that never stopped may look like through a client that asks every 5 ms on a busy machine. */
const NO_OUTAGE_MS = 250;

function judge(
  expected: Expected,
  carrier: string,
  holders: readonly string[],
  outageMs: number,
  mostMs: number,
): string[] {
  const found: string[] = [];
  if (expected === "stays" && holders.join() !== carrier) {
    found.push(`${holders.join(" and ") || "nobody"} carried at the end`);
  }
  if (expected === "stays" && outageMs > NO_OUTAGE_MS) found.push("the client was without an answer for no reason");
  if (expected === "either" && holders.length !== 1) {
    found.push(`${holders.join(" and ") || "nobody"} carried at the end`);
  }
  if (expected === "moves" && (holders.length !== 1 || holders[0] === carrier)) {
    found.push(`${holders.join(" and ") || "nobody"} carried at the end`);
  }
  if (expected === "stops" && holders.length > 0) found.push(`${holders.join(" and ")} carried without a majority`);
  if (expected !== "stops" && outageMs > mostMs) found.push(`the outage was longer than ${mostMs} ms`);
  return found;
}

/** Anything of the group on a server that does not carry it, processes without an agent, and routes to the wrong one. */
export async function leftoversOf(cluster: LabCluster, expected: Expected = "moves"): Promise<string[]> {
  const found: string[] = [];
  if (expected === "splits") return found;
  const target = cluster.mirror.target();
  for (const server of cluster.servers) {
    if (server.name === target) continue;
    const { address, service } = cluster.observer.sees(server.name);
    if (address) found.push(`the VIP on ${server.name}`);
    if (service) found.push(`the service on ${server.name}`);
    found.push(...(await server.orphans()).map((orphan) => `on ${server.name}: ${orphan}`));
  }
  if (target === undefined) found.push("route tables that disagree");
  else if (expected !== "stops" && !cluster.observer.sees(target).address) {
    found.push(`routes to ${target}, which has no VIP`);
  }
  return found;
}

/** Who carried when. */
export function story(
  seen: { observer: Observer; servers: readonly { name: string }[] },
  startMs: number,
  endMs: number,
  what: "any" | "address" = "any",
): string {
  const seconds = (ms: number) => ((ms - startMs) / 1_000).toFixed(2);
  const parts: { fromMs: number; text: string }[] = [];
  for (const { name } of seen.servers) {
    for (const { fromMs, toMs } of seen.observer.times(name, what)) {
      if (fromMs > endMs) continue;
      const from = fromMs <= startMs + 50 ? "0" : seconds(fromMs);
      const to = toMs >= endMs - 50 ? "" : seconds(toMs);
      parts.push({ fromMs, text: `${short(name)} ${from}-${to}` });
    }
  }
  return parts.sort((a, b) => a.fromMs - b.fromMs).map(({ text }) => text).join(", ") || "nobody";
}

function short(server: string): string {
  return server.replace("server", "s");
}

function rounded(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms);
}
