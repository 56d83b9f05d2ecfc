/**
 * Who should carry a group: the guide's failover policy. Fewest recorded errors first (its *Stable* target), then the
 * order of the group's servers; a server that an operator asked for comes before all.
 *
 * @module
 */

/** A server as placement sees it. */
export interface Candidate {
  server: string;
  /** It is this server, or was heard recently. */
  alive: boolean;
  /** It could carry the group now. */
  ready: boolean;
  /** Why it is not alive or not ready. */
  why?: string;
  errors: number;
}

/** Who should carry, and why. */
export interface Placement {
  server: string | undefined;
  reason: string;
}

/** Chooses among `candidates`, which are in the order of the group's servers. `by` asked for `wanted`. */
export function place(candidates: readonly Candidate[], wanted?: string, by = "an operator"): Placement {
  const able = candidates.filter((candidate) => candidate.alive && candidate.ready);
  const asked = able.find((candidate) => candidate.server === wanted);
  if (asked) return { server: asked.server, reason: `${by} asked for ${asked.server}` };
  const fewest = Math.min(...able.map((candidate) => candidate.errors));
  const best = able.find((candidate) => candidate.errors === fewest);
  if (!best) return { server: undefined, reason: `no server can carry it: ${excuses(candidates)}` };
  const better = candidates.slice(0, candidates.indexOf(best));
  if (better.length === 0) return { server: best.server, reason: `${best.server} comes first in the group's servers` };
  return { server: best.server, reason: `${best.server} is next: ${excuses(better, fewest)}` };
}

function excuses(candidates: readonly Candidate[], fewestErrors = Infinity): string {
  return candidates.map((candidate) => {
    if (candidate.why !== undefined) return `${candidate.server} ${candidate.why}`;
    if (candidate.errors > fewestErrors) {
      return `${candidate.server} has ${candidate.errors} recorded error${candidate.errors === 1 ? "" : "s"}`;
    }
    return `${candidate.server} is not ready`;
  }).join(", ");
}
