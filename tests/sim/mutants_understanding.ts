/** Deliberate faults in what is made of heartbeats that can't be true, and of servers that are not understood. */
import type { Mutant } from "./mutants.ts";

/** All of them. */
export const UNDERSTANDING: readonly Mutant[] = [
  {
    name: "an acknowledgement of what was not sent yet is believed",
    within: 1_000,
    file: "peers.ts",
    from: "if (!ack || ack.incarnation !== incarnation || ack.sentMs <= sentMs) return false;",
    to: "return false;",
  },
  {
    name: "the device stands in for a server that is there but not understood",
    within: 300,
    kind: "two-and-tie-breaker",
    file: "device.ts",
    from: "if (obscure !== undefined) return obscure;",
    to: "",
  },
  {
    name: "signs of a server that was never understood count for nothing without a proof",
    within: 1_000,
    kind: "two-and-tie-breaker",
    file: "presence.ts",
    from: "const sinceMs = lately ? sign.provenMs : sign.latestMs;",
    to: "const sinceMs = sign.provenMs;",
  },
  {
    name: "proven signs of a server that was understood before count for nothing",
    within: 1_000,
    kind: "two-and-tie-breaker",
    file: "presence.ts",
    from: "const sinceMs = lately ? sign.provenMs : sign.latestMs;",
    to: "const sinceMs = lately ? -Infinity : sign.latestMs;",
  },
  {
    name: "a server that was not understood is taken for silent sooner than one that was",
    within: 3_000,
    kind: "two-and-tie-breaker",
    file: "presence.ts",
    from: "return nowMs - sinceMs < timing.takeoverMs ? sign.message : undefined;",
    to: "return nowMs - sinceMs < timing.intervalMs / 2 ? sign.message : undefined;",
  },
  {
    name: "signs that anybody could make never count for a server that was understood once",
    within: 6_000,
    kind: "two-and-tie-breaker",
    file: "presence.ts",
    from:
      "const lately = this.peers.understoodMs(server) < (2 * timing.takeoverMs - timing.permitMs) * (1 - 2 * CLOCK_DRIFT);",
    to: "const lately = this.peers.everHeard(server);",
  },
];
