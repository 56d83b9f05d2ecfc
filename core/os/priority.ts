/**
 * The agent goes before whoever only computes: what renews its leases needs little time, but needs it at once. On a
 * machine with more to do than it has processors an ordinary process waits for its turn far longer than a lease lasts.
 *
 * What the agent starts for a group stays ordinary: a service is not more urgent because Baton has started it. Only the
 * dead man's switch keeps the agent's place.
 *
 * @module
 */
import os from "node:os";

let ahead = false;

/** Puts this process ahead of ordinary ones. Returns false where it may not do that (it takes root). */
export function goAhead(): boolean {
  ahead = set(os.constants.priority.PRIORITY_HIGH);
  return ahead;
}

/** Starts a child process that is an ordinary one: children have the priority that their parent has at that moment. */
export function startOrdinary<T>(start: () => T): T {
  if (!ahead) return start();
  set(os.constants.priority.PRIORITY_NORMAL);
  try {
    return start();
  } finally {
    ahead = set(os.constants.priority.PRIORITY_HIGH);
  }
}

// 0: the thread that calls, which is also the one that starts programs.
function set(priority: number): boolean {
  try {
    os.setPriority(0, priority);
    return true;
  } catch {
    return false;
  }
}
