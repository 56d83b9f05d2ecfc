/** A few seeds of the simulator for each kind of cluster; `tests/sim` has hundreds, and asks more of them. */
import assert from "node:assert/strict";
import { history } from "../sim/history.ts";
import { KINDS } from "../sim/kinds.ts";

const SEEDS = 10;

for (const kind of KINDS) {
  Deno.test(`simulator, in short: no history of ${kind} breaks an invariant`, () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { violation } = history(seed, { kind });
      assert.equal(violation, undefined, `seed ${seed}: deno task sim --kind ${kind} --story ${seed}`);
    }
  });
}
