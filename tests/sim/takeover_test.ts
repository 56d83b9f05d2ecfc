/** One fault at a time: the next carrier is online within the bound that follows from the timing, and no sooner than it may. */
import { strict as assert } from "node:assert";
import { TIMING_PRESETS } from "../../core/cluster/timing.ts";
import { KINDS } from "./kinds.ts";
import { type Blow, takeover } from "./takeover.ts";

const BLOWS: readonly Blow[] = ["crash", "cut", "freeze"];
const SEEDS = 12;

// Two servers and no further vote: one alone takes nothing over.
for (const kind of KINDS.filter((kind) => kind !== "two")) {
  for (const blow of BLOWS) {
    Deno.test(`takeover: ${kind}, ${blow} of the carrier`, () => {
      for (let seed = 1; seed <= SEEDS; seed++) {
        const { tookMs, boundMs } = takeover(kind, blow, seed);
        assert.ok(tookMs <= boundMs, `seed ${seed}: ${tookMs} ms is more than ${boundMs} ms`);
        // It was heard an interval ago at the latest.
        const { takeoverMs, intervalMs } = TIMING_PRESETS.fast;
        assert.ok(
          tookMs >= 0.99 * (takeoverMs - intervalMs),
          `seed ${seed}: ${tookMs} ms is before the silence is over`,
        );
      }
    });
  }
}
