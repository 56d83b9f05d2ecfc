/** Deliberate faults in what keeps load from moving with the groups, until no server is left. */
import type { Mutant } from "./mutants.ts";

export const MUTANTS_OF_LOAD: readonly Mutant[] = [
  {
    name: "the machine stays on although nobody has confirmed anything since its fence began",
    within: 300,
    file: "last_resort.ts",
    from: "if (confirmedMs < failed.sinceMs || nowMs >= failed.permitUntilMs) return undefined;",
    to: "if (nowMs >= failed.permitUntilMs + timing.takeoverMs) return undefined;",
  },
  {
    name: "the machine stays on after what was confirmed during its fence has ended",
    within: 3_000,
    file: "last_resort.ts",
    from: "if (confirmedMs < failed.sinceMs || nowMs >= failed.permitUntilMs) return undefined;",
    to: "if (confirmedMs < failed.sinceMs) return undefined;",
  },
  {
    name: "all groups begin at once",
    within: 300,
    file: "starts.ts",
    from: "const STARTS_AT_ONCE = 4;",
    to: "const STARTS_AT_ONCE = 100;",
  },
  {
    name: "groups that are up keep others from beginning",
    within: 300,
    file: "starts.ts",
    from: '(phase === "claiming" || phase === "activating") && nowMs - sinceMs < takeoverMs',
    to: 'phase !== "offline" && phase !== "sweeping" && sinceMs < Infinity',
  },
];
