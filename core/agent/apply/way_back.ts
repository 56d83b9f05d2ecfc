/**
 * When a server that can't start with a new file may have all servers go back to the one before. Nobody else knows that
 * something is wrong, and those before it in the order run the new file already: the same question as any apply, asked by
 * the server itself, brings back one file for all.
 *
 * @module
 */
import type { View } from "../../cluster/view.ts";
import type { Applied } from "./config_store.ts";
import type { ApplyRequest } from "./coordinator.ts";
import type { Rejected } from "./trial.ts";

/** What the server asks all others for. */
export type WayBack = ApplyRequest & { back: true };

/** Who is left out, or what it waits for. */
export function wayBack(applied: Applied, view: View): { without: string[] } | { waits: string } {
  // Two servers that each can't start with the other's file would go on for ever.
  if (applied.back) return { waits: "it goes on with the file before; apply one with which all servers can start" };
  const silent = view.servers.filter(({ status }) => status !== "online").map(({ name }) => name);
  // Who was dead when the file was applied, or is taken out by it, does not keep the others from going back.
  const missed = silent.filter((name) => applied.order.includes(name));
  if (missed.length > 0) {
    return { waits: `for all servers to go back to the file before, ${missed[0]} has to be heard` };
  }
  if (!view.votes.quorum) return { waits: "for all servers to go back, a majority of votes has to be in sight" };
  return { without: silent };
}

/** What is wrong with the file, for the status. */
export function cannotStart({ why }: Rejected): string {
  return `no agent can start here with it (${why})`;
}
