/**
 * Takes up what is written into the key file while the agent runs.
 *
 * @module
 */
import { info, list, type Reason, warning } from "../cluster/reasons.ts";
import { bounded, elapsed } from "./bounded.ts";
import { readKeys } from "./key.ts";
import type { KeyRing } from "./key_ring.ts";

/** Between two looks at the file, and at most for one, in milliseconds. */
const LOOK_MS = 2_000;

/** Looks at the file of `keys` until `signal` aborts. Rings without a file are left as they are. */
export async function watchKeys(
  keys: KeyRing,
  note: (reasons: Reason[]) => void,
  signal: AbortSignal,
  lookMs = LOOK_MS,
): Promise<void> {
  const { path } = keys;
  if (path === undefined) return;
  let problem = "";
  while (await elapsed(lookMs, signal)) {
    try {
      const read = await bounded(signal, LOOK_MS, () => readKeys(path));
      if (keys.replace(read)) note([told(keys)]);
      problem = "";
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (signal.aborted || why === problem) continue;
      problem = why;
      note([warning("key", `The agent goes on with the keys that it has: ${why}.`)]);
    }
  }
}

function told({ view: { accepted, waiting } }: KeyRing): Reason {
  const more = waiting.length === 0
    ? ""
    : `; ${list(waiting)} ${waiting.length === 1 ? "has" : "have"} the first one not yet`;
  const keys = accepted === 1 ? "one key" : `${accepted} keys`;
  return info("key", `The key file was changed: ${keys} ${accepted === 1 ? "is" : "are"} accepted now${more}.`);
}
