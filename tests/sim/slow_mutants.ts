/** Deliberate faults in what keeps slow things from mattering, and in what a disk that lags behind must not change. */
import type { Mutant } from "./mutants.ts";

/** All of them. */
export const SLOW_MUTANTS: readonly Mutant[] = [
  {
    name: "a yes is said before it is written down",
    within: 400,
    kind: "three",
    file: "claims.ts",
    from: "const register = this.disk.register(run.name);",
    to: "const register = memory;",
  },
  {
    name: "a promise that is not on the disk yet counts as a vote",
    within: 400,
    kind: "three",
    file: "permit.ts",
    from: "    if (!names(news.register, this.local.me, this.epoch)) return;\n    this.#agreeing",
    to: "    this.#agreeing",
  },
  {
    name: "heartbeats wait for the disk",
    within: 500,
    file: "disk.ts",
    from: "const HOLD_MS = 20;",
    to: "const HOLD_MS = 60_000;",
  },
  {
    name: "a server with a slow disk is named like any other",
    within: 500,
    file: "placement.ts",
    from: "const living = prefer(able, ({ hangs }) => hangs === undefined);",
    to: "const living = able;",
  },
  {
    name: "whose claim hangs at its disk does not step aside",
    within: 500,
    file: "claims.ts",
    from: "if (slow === undefined || this.#asked(run)) return;",
    to: "if (slow === undefined || run.epoch > 0) return;",
  },
  {
    name: "the tie-breaker does not stand in for a yes that waits for its disk",
    within: 500,
    kind: "two-and-tie-breaker",
    file: "permit.ts",
    from: "return waitedMs >= slowMs(this.local.spec.timing) ? this.#promising : this.#agreeing;",
    to: "return waitedMs >= Infinity ? this.#promising : this.#agreeing;",
  },
  {
    name: "the tie-breaker leaves a carrier whose peer's yes still waits for its disk",
    within: 500,
    kind: "two-and-tie-breaker",
    file: "permit.ts",
    from: "this.device.speaksUntilMs(this.#promising)",
    to: "this.device.speaksUntilMs(this.#agreeing)",
  },
  {
    name: "a server that is answered late is named again at once",
    within: 4_000,
    file: "lateness.ts",
    from:
      "if (!this.#lost && this.local.nowMs - this.#latestMs >= this.local.spec.timing.takeoverMs) return undefined;",
    to: "if (this.local.nowMs - this.#latestMs >= 0) return undefined;",
  },
];
