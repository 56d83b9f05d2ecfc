import { createHash } from "node:crypto";

/**
 * The mark that everything carries which this server runs for a group. The state folder belongs to one agent only, so two
 * agents on one machine never take each other's processes for their own. It begins and ends with a colon: no mark is the
 * beginning of another.
 */
export function markOf(stateDir: string, server: string, group: string): string {
  return `:${createHash("sha256").update([stateDir, server, group].join("\0")).digest("hex").slice(0, 32)}:`;
}
