/**
 * Who should carry a group: the guide's failover policy. First of all those whose disks would not make everybody wait. A
 * server that an operator asked for comes before the others. Then those that are well, then those that no exclusion rule
 * holds back, then what the group's policy says.
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
  /** Its disk is too slow to win a claim in good time. */
  slow?: string;
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
  const quick = prefer(able, ({ slow }) => slow === undefined);
  const asked = quick.find((candidate) => candidate.server === wish.wanted);
  if (asked) return { server: asked.server, reason: `${wish.by ?? "an operator"} asked for ${asked.server}` };
  if (able.length === 0) return { server: undefined, reason: `no server can carry it: ${excuses(candidates)}` };
  const choice = prefer(prefer(quick, ({ unwell }) => unwell === undefined), ({ crowded }) => crowded === undefined);
  const fewest = Math.min(...choice.map(({ errors }) => errors));
  const well = wish.policy === "priority" ? choice : choice.filter(({ errors }) => errors === fewest);
  const last = wish.policy === "last" ? well.find((candidate) => candidate.last) : undefined;
  if (last) return { server: last.server, reason: `${last.server} had it last` };
  // There is one: `choice` is not empty, and the fewest errors are somebody's.
  const best = well[0]!;
  const before = candidates.slice(0, candidates.indexOf(best));
  if (before.length === 0) return { server: best.server, reason: `${best.server} comes first in the group's servers` };
  return { server: best.server, reason: `${best.server} is next: ${excuses(before, best, fewest)}` };
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
