/**
 * When a server may start its agent again with a new file: one after the other, in the order that was decided with the
 * file, so that never more than one vote is away; who carries groups comes last, and only if that was allowed. Every
 * server decides it for itself from the heartbeats, so nobody has to lead, and nobody's end leaves it half done.
 *
 * @module
 */
import type { View } from "../../cluster/view.ts";
import type { Applied } from "./config_store.ts";
import type { FileNewsBoard } from "./file_news.ts";

/** What a turn is judged by. */
export interface TurnFacts {
  me: string;
  applied: Applied;
  view: View;
  board: FileNewsBoard;
  /** For how long everything but a ready server for the own groups has been in order. In milliseconds. */
  waitedMs: number;
  /** Groups that have to be down here; left out: all, because the agent starts again. */
  groups?: readonly string[];
  /**
   * Nothing may be carried anywhere until all run the file. So no vote is missed, and none is waited for: servers whose
   * times differ do not count each other's votes.
   */
  still?: boolean;
}

/** A carrier waits this long for another server that is ready to take its groups, then it goes all the same. In milliseconds. */
export const READY_MS = 30_000;

/** What this server waits for before it starts again; null: it is its turn. `patient`: it may go without it in a while. */
export function waitsFor(facts: TurnFacts): { why: string; patient?: true } | null {
  const { me, applied, view, board, still = false } = facts;
  const before = applied.order.slice(0, Math.max(0, applied.order.indexOf(me)));
  for (const server of before) {
    const seen = view.servers.find(({ name }) => name === server);
    // Not in the file that runs here: it is none of those whose votes count.
    if (!seen || server === me) continue;
    if (seen.status !== "online") return { why: `${server} comes before it and is not heard` };
    if (board.of(server)?.running !== applied.digest) return { why: `${server} comes before it` };
    if (!still && !seen.votes.includes(server)) return { why: `${server} has yet to get its vote back` };
  }
  if (!still && !view.votes.quorum) return { why: "no majority of votes is in sight" };
  const carried = view.groups.filter(({ name, carrier, status }) =>
    (carrier === me || status !== "offline") && (facts.groups?.includes(name) ?? true)
  );
  if (carried.length === 0) return null;
  const groups = carried.map(({ name }) => name).join(", ");
  if (!applied.mayMove) {
    return { why: `it carries ${groups}, and the file was applied without --allow-restart; move them away` };
  }
  const unready = carried.find(({ servers }) => !servers.some(({ name, ready }) => name !== me && ready));
  if (unready && facts.waitedMs < READY_MS) {
    return { why: `no other server is ready to take ${unready.name}`, patient: true };
  }
  return null;
}

/** Who takes a group while this server takes up the file: one that runs it already, where there is one. */
export function takerOf(name: string, { me, applied, view, board }: TurnFacts): string | undefined {
  const ready = view.groups.find((group) => group.name === name)?.servers.filter((one) => one.name !== me && one.ready);
  return (ready?.find((one) => board.of(one.name)?.running === applied.digest) ?? ready?.[0])?.name;
}

/** A group that has left this server is online on another one, or nobody wants it to be. */
export function settledElsewhere(view: View, name: string, me: string): boolean {
  const group = view.groups.find((one) => one.name === name);
  if (!group?.intent.run) return true;
  return group.carrier !== me && group.servers.some((one) => one.name === group.carrier && one.status === "online");
}
