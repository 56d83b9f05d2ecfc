/**
 * Runs histories until one breaks an invariant; for a copy of the engine with a fault in it. Arguments: how many seeds,
 * the kind of cluster or `any`, and `shrink` to make the history short. Prints one line of JSON.
 */
import { formatPlan } from "../../core/simulation/plan.ts";
import { history } from "./history.ts";
import { isKind } from "./kinds.ts";
import { shrink } from "./shrink.ts";

const [seeds = "", kind = "", shrinking] = Deno.args;
let caught: { seed: number; how: string; plan?: string } | null = null;
for (let seed = 1; seed <= Number(seeds) && !caught; seed++) {
  const { violation, plan } = history(seed, isKind(kind) ? { kind } : {});
  if (violation === undefined) continue;
  if (shrinking === "shrink") {
    const { plan: shrunk, violation: how } = shrink(plan);
    caught = { seed, how, plan: formatPlan(shrunk) };
  } else caught = { seed, how: violation };
}
console.log(JSON.stringify(caught));
