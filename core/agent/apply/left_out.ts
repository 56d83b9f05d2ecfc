/**
 * What can't be applied while servers are left out (`--without`). A dead server comes back with the file that lies on its
 * disk, and serves and votes by it until it has heard of the newer one; it may come back where it hears nobody.
 *
 * @module
 */
import type { View } from "../../cluster/view.ts";
import type { Change } from "../../config/change.ts";

/** Why the change has to wait for the servers that are left out; sentences, none when it has not. */
export function waitsForAbsent(view: View, change: Change, without: readonly string[]): string[] {
  const absent = without.filter((server) => !change.gone.includes(server));
  if (absent.length === 0) return [];
  return [...twoAtATime(change, absent), ...votesThatAreMissing(view, change, absent)];
}

/** Groups that are down while it is applied are up again when such a server returns. */
function twoAtATime(change: Change, absent: readonly string[]): string[] {
  return change.down.filter(({ lasts }) => lasts).map(({ why }) =>
    `${why}, and ${
      absent.join(", ")
    } would come back with the old file: start it first, or take it out with a file of ` +
    "its own"
  );
}

/**
 * A new server has no memory, and votes once it has heard all of the others (`core/cluster/voter.ts`). Until then its
 * vote only makes the majority larger, and what is carried now would go down.
 */
function votesThatAreMissing(view: View, { added }: Change, absent: readonly string[]): string[] {
  // A tie-breaker remembers nothing: with it a new server only waits for the detection time.
  if (added.length === 0 || view.tieBreaker) return [];
  const total = view.votes.total + added.length;
  const majority = Math.floor(total / 2) + 1;
  const inSight = view.votes.visible.length;
  if (inSight >= majority) return [];
  return [
    `${added.join(", ")} can't vote before it has heard ${
      absent.join(", ")
    }, and of the ${majority} of ${total} votes ` +
    `that would be needed only ${inSight} are in sight, so every group would go down: start ${
      absent.join(", ")
    } first, ` +
    "or take it out with a file of its own",
  ];
}
