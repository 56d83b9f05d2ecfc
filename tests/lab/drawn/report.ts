/**
 * The outages of a long run: how many, how long, for each kind of fault.
 *
 * @module
 */
import { aligned } from "../table.ts";
import type { Episode } from "./episode.ts";
import { type Spread, spreadOf } from "./outages.ts";

/** One kind of fault. */
export interface Distribution {
  fault: string;
  faults: number;
  /** In how many of them there was an outage. */
  withOutage: number;
  /** Of all their outages; null when there were none. */
  outages: Spread | null;
}

/** The distribution of each kind, the most frequent first, and of all. Two faults at once are a kind of their own. */
export function distributions(episodes: readonly Episode[]): Distribution[] {
  const kinds = new Map<string, Episode[]>();
  for (const episode of episodes) {
    const name = episode.double ? "two at once" : episode.fault;
    kinds.set(name, [...kinds.get(name) ?? [], episode]);
  }
  const each = [...kinds].map(([name, those]) => distribution(name, those));
  return [...each.sort((a, b) => b.faults - a.faults || (a.fault < b.fault ? -1 : 1)), distribution("all", episodes)];
}

/** As a table. */
export function distributionTable(all: readonly Distribution[]): string {
  return aligned([
    ["fault", "faults", "with outage", "outages", "least", "median", "90 %", "99 %", "most"],
    ...all.map(({ fault, faults, withOutage, outages }) => [
      fault,
      String(faults),
      String(withOutage),
      String(outages?.count ?? 0),
      ...(["minMs", "medianMs", "p90Ms", "p99Ms", "maxMs"] as const).map((key) => outages ? `${outages[key]} ms` : "-"),
    ]),
  ]);
}

/** How busy the machine was, so that nobody takes its pauses for Baton's. */
export function busy(episodes: readonly Episode[]): string {
  const most = (of: (episode: Episode) => number) => Math.max(0, ...episodes.map(of));
  return `the service waited for a processor for up to ${most(({ starvedMs }) => starvedMs)} ms and for its disk for ` +
    `up to ${most(({ slowDiskMs }) => slowDiskMs)} ms, the observer did not look for up to ` +
    `${most(({ longestBlindMs }) => longestBlindMs)} ms`;
}

/** What went wrong in one fault, with all that is known of it. */
export function complaint(episode: Episode, seed: number): string {
  const { number, fault, drawn, carrier, carried, struck, outages, problems, journal } = episode;
  return [
    `fault ${number} of seed ${seed}: ${fault}`,
    ...problems.map((problem) => `  FAILED: ${problem}`),
    `  drawn: ${JSON.stringify(drawn)}`,
    `  ${carrier} carried before; from then on ${carried || "nobody"}`,
    ...struck.map(({ name, fromMs, toMs }) => `  ${name}: ${fromMs} to ${toMs} ms`),
    ...outages.map(({ fromMs, lastedMs, blindMs, ableMs }) =>
      `  outage from ${fromMs} ms on, ${lastedMs} ms (the machine was too busy for ${blindMs} ms; a server was able for ${ableMs} ms)`
    ),
    ...journal.map((line) => `    ${line}`),
  ].join("\n");
}

function distribution(fault: string, episodes: readonly Episode[]): Distribution {
  return {
    fault,
    faults: episodes.length,
    withOutage: episodes.filter(({ outages }) => outages.length > 0).length,
    outages: spreadOf(episodes.flatMap(({ outages }) => outages.map(({ lastedMs }) => lastedMs))),
  };
}
