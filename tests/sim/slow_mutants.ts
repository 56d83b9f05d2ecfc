/** Deliberate faults in what keeps slow things from mattering, and in what a disk that lags behind must not change. */
import type { Mutant } from "./mutants.ts";

/** All of them. */
export const SLOW_MUTANTS: readonly Mutant[] = [
  {
    name: "a yes is said before it is written down",
    within: 2_000,
    file: "claims.ts",
    from: "const register = this.disk.register(run.name);",
    to: "const register = memory;",
  },
  {
    name: "a promise that is not on the disk yet counts as a vote",
    within: 2_000,
    file: "permit.ts",
    from: "    if (!names(news.register, this.local.me, this.epoch)) return;\n    this.#agreeing",
    to: "    this.#agreeing",
  },
  {
    name: "the holder on the disk is confirmed though the memory has gone on",
    within: 6_000,
    file: "permit.ts",
    from: "if (!names(decided(news), this.local.me, this.epoch)) return;",
    to: "if (!names(news.register, this.local.me, this.epoch)) return;",
  },
  {
    name: "votes count before they are on the disk",
    within: 6_000,
    file: "engine.ts",
    from: "votes: this.#disk.votes(this.#handover.votes),",
    to: "votes: this.#handover.votes,",
  },
  {
    name: "votes on the move are told before they are on the disk",
    within: 6_000,
    file: "handover.ts",
    from: "const { held, closed, unsure, given } = this.disk.handover;",
    to: "const { held, closed, unsure, given } = this.#state;",
  },
  {
    name: "a group is won before its claim is on the disk",
    within: 2_000,
    file: "claims.ts",
    from: "} else if (!this.#asked(run)) continue;",
    to: "} else if (run.epoch < 0) continue;",
  },
  {
    name: "heartbeats wait for the disk",
    within: 500,
    file: "engine.ts",
    from: "if (due && !this.#awakening.groggy && !this.#disk.brief) {",
    to: "if (due && !this.#awakening.groggy && this.#disk.waitingMs === null) {",
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
    from: "if (this.local.nowMs - this.#latestMs >= this.local.spec.timing.takeoverMs) return undefined;",
    to: "if (this.local.nowMs - this.#latestMs >= 0) return undefined;",
  },
];
