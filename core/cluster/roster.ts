/**
 * Who has a vote. Every beat says whose votes its sender counts, so that servers with different files notice it.
 *
 * A vote is added or taken away one at a time, file by file, while the cluster runs: a majority of n votes and one of
 * n + 1 share a vote, so for that moment both ways of counting keep each other from two carriers. Lists that differ by
 * more do not have that property. Servers with such lists hear each other, and neither takes over from the other, but
 * they don't count each other's votes.
 *
 * Every beat also says how long its sender waits for a silent holder. Who may go on serving for longer than that does not
 * count its votes: after another timing was written into one file, the two sides can't both have a majority.
 *
 * @module
 */
import type { Local } from "./local.ts";
import type { Beat } from "./message.ts";
import { info, list, warning } from "./reasons.ts";
import type { ClusterSpec } from "./spec.ts";
import { safeTakeoverMs } from "./timing.ts";
import { DEVICE_VOTE, WITNESS_VOTE } from "./vote_names.ts";

/** All votes that a cluster of this spec counts. */
export function rosterOf({ servers, tieBreaker, witness }: ClusterSpec): string[] {
  return [...servers, ...(tieBreaker ? [DEVICE_VOTE] : []), ...(witness ? [WITNESS_VOTE] : [])];
}

const NONE: readonly string[] = [];

/** Votes that only one of two lists has. Mostly they are the same, word by word. */
function difference(mine: readonly string[], theirs: readonly string[]) {
  if (mine.length === theirs.length && mine.every((vote, index) => vote === theirs[index])) {
    return { missing: NONE, surplus: NONE };
  }
  return {
    missing: mine.filter((vote) => !theirs.includes(vote)),
    surplus: theirs.filter((vote) => !mine.includes(vote)),
  };
}

/** The lists of all servers. */
export class Roster {
  readonly votes: readonly string[];
  readonly #warned = new Map<string, string>();
  /** Servers whose latest beat counted exactly the same votes. */
  readonly #same = new Map<string, boolean>();
  /** Servers that, by their latest beat, wait less for a silent holder than this one may go on serving. */
  readonly #impatient = new Set<string>();
  readonly #servesMs: number;

  constructor(private readonly local: Local) {
    this.votes = rosterOf(local.spec);
    this.#servesMs = safeTakeoverMs(local.spec.timing);
    for (const server of local.others) {
      if ((local.durable.theirPatienceMs[server] ?? Infinity) < this.#servesMs) this.#impatient.add(server);
    }
  }

  /** `beat` as far as it may be believed: its votes only when its sender counts as this server does, or nearly so. */
  admit(beat: Beat): Beat {
    const { missing, surplus } = difference(this.votes, beat.roster);
    this.#same.set(beat.from, missing.length + surplus.length === 0);
    const compatible = missing.length + surplus.length <= 1;
    const patient = beat.patienceMs >= this.#servesMs;
    if (this.local.durable.theirPatienceMs[beat.from] !== beat.patienceMs) {
      this.local.durable.theirPatienceMs[beat.from] = beat.patienceMs;
      this.local.dirty = true;
    }
    this.#tellTimes(beat, patient);
    this.#tell(beat.from, compatible, missing, surplus);
    const votes = compatible && patient ? beat.votes.filter((vote) => this.votes.includes(vote)) : [];
    return votes.length === beat.votes.length ? beat : { ...beat, votes };
  }

  /** `server` counts the same votes, as far as was heard: what it may do follows from this server's own file. */
  same(server: string): boolean {
    return this.#same.get(server) ?? true;
  }

  /** `server` waits less for a silent holder than this one may go on serving, as far as was heard. */
  impatient(server: string): boolean {
    return this.#impatient.has(server);
  }

  #tellTimes({ from, patienceMs }: Beat, patient: boolean): void {
    if (patient !== this.#impatient.has(from)) return;
    if (patient) {
      this.#impatient.delete(from);
      this.local.say(
        info("roster", `The votes of ${from} count again: it waits ${patienceMs} ms for a silent server.`),
      );
      return;
    }
    this.#impatient.add(from);
    this.local.say(warning(
      "roster",
      `${from} has other times in its cluster.yaml: it gives up a silent server after ${patienceMs} ms, and by the file ` +
        `of ${this.local.me} that has to be ${this.#servesMs} ms or more. Its votes do not count here.`,
    ));
  }

  /** Once for each difference. */
  #tell(from: string, compatible: boolean, missing: readonly string[], surplus: readonly string[]): void {
    const differences = [
      ...(surplus.length > 0 ? [`${from} also counts ${list(surplus)}`] : []),
      ...(missing.length > 0 ? [`${from} does not count ${list(missing)}`] : []),
    ].join(", ");
    const before = this.#warned.get(from) ?? "";
    if (differences === before) return;
    this.#warned.set(from, differences);
    if (differences === "") this.local.say(info("roster", `${from} counts the same votes again.`));
    else if (compatible) {
      this.local.say(warning("roster", `${from} has another cluster.yaml: ${differences}.`));
    } else {
      this.local.say(warning(
        "roster",
        `${from} has another cluster.yaml: ${differences}. Its votes do not count: votes are changed one at a time.`,
      ));
    }
  }
}
