/**
 * Who should carry a group: the guide's failover policy. First of all those that don't make everybody wait for longer than
 * a permit lasts. A server that an operator asked for comes before the others, unless it is slow and one that is not has
 * no more recorded errors. Then those that are well, those that no exclusion rule holds back, those with the fewest
 * errors, those that are not slow at all, and then what the group's policy says.
 *
 * @module
 */
import type { Policy } from "./spec.ts";

/** A server as placement sees it. */
export interface Candidate {
  server: string;
  /** It is this server, or was heard recently. */
  alive: boolean;
  /** It could carry the group now. */
  ready: boolean;
  /** It was the last to carry it. */
  last?: boolean;
  /** Why it is not alive or not ready. */
  why?: string;
  /** An exclusion rule would rather have the group elsewhere. */
  crowded?: string;
  /** A monitor that should be well is in error there. */
  unwell?: string;
  /** Its disk, or its links, are too slow to win a claim in good time. */
  slow?: string;
  /** For so long that one with errors is better. */
  hangs?: true;
  errors: number;
}

/** Who should carry, and why. */
export interface Placement {
  server: string | undefined;
  reason: string;
}

/** What placement decides by. */
export interface Wish {
  policy?: Policy | undefined;
  /** The server that an operator asked for. */
  wanted?: string | undefined;
  /** Who asked. */
  by?: string;
}

/** Chooses among `candidates`, which are in the order of the group's servers. */
export function place(candidates: readonly Candidate[], wish: Wish = {}): Placement {
  const able = candidates.filter((candidate) => candidate.alive && candidate.ready);
  const living = prefer(able, ({ hangs }) => hangs === undefined);
  const asked = living.find((candidate) =>
    candidate.server === wish.wanted && (candidate.slow === undefined || !outrun(candidate, living))
  );
  if (asked) return { server: asked.server, reason: `${wish.by ?? "an operator"} asked for ${asked.server}` };
  if (able.length === 0) return { server: undefined, reason: `no server can carry it: ${excuses(candidates)}` };
  const choice = prefer(prefer(living, ({ unwell }) => unwell === undefined), ({ crowded }) => crowded === undefined);
  const fewest = Math.min(...choice.map(({ errors }) => errors));
  const sound = wish.policy === "priority" ? choice : choice.filter(({ errors }) => errors === fewest);
  const well = prefer(sound, ({ slow }) => slow === undefined);
  const last = wish.policy === "last" ? well.find((candidate) => candidate.last) : undefined;
  if (last) return { server: last.server, reason: `${last.server} had it last` };
  // There is one: `choice` is not empty, and the fewest errors are somebody's.
  const best = well[0]!;
  const before = candidates.slice(0, candidates.indexOf(best));
  if (before.length === 0) return { server: best.server, reason: `${best.server} comes first in the group's servers` };
  return { server: best.server, reason: `${best.server} is next: ${excuses(before, best, fewest)}` };
}

/** Another is not slow, and not worse. */
function outrun({ errors }: Candidate, candidates: readonly Candidate[]): boolean {
  return candidates.some((other) => other.slow === undefined && other.errors <= errors);
}

/** Those that `are`, or all when none is. */
function prefer(candidates: readonly Candidate[], are: (candidate: Candidate) => boolean): readonly Candidate[] {
  const some = candidates.filter(are);
  return some.length > 0 ? some : candidates;
}

function excuses(candidates: readonly Candidate[], best?: Candidate, fewestErrors = Infinity): string {
  return candidates.map((candidate) => {
    const { server, why, slow, unwell, crowded, errors } = candidate;
    if (why !== undefined) return `${server} ${why}`;
    if (slow !== undefined && best?.slow === undefined) return `${server} ${slow}`;
    if (unwell !== undefined && best?.unwell === undefined) return `${server} ${unwell}`;
    if (crowded !== undefined && best?.crowded === undefined) return `${server} ${crowded}`;
    if (errors > fewestErrors) return `${server} has ${errors} recorded error${errors === 1 ? "" : "s"}`;
    return `${server} is not ready`;
  }).join(", ");
}
