/** Runs histories until one breaks an invariant; for a copy of the engine with a fault in it. Prints one line of JSON. */
import { history } from "./history.ts";

const seeds = Number(Deno.args[0] ?? 1_000);
let caught: { seed: number; how: string } | null = null;
for (let seed = 1; seed <= seeds && !caught; seed++) {
  try {
    const { violation } = history(seed);
    if (violation !== undefined) caught = { seed, how: violation };
  } catch (thrown) {
    // An assertion of the engine itself.
    caught = { seed, how: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}
console.log(JSON.stringify(caught));
