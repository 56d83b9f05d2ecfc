import type { SwitchPlan } from "../../../core/os/os.ts";

/** A plan of a switch that only has stop commands, `ms` for each. */
export function stops(stop: SwitchPlan["stop"], ms: number, more: Partial<SwitchPlan> = {}): SwitchPlan {
  return {
    group: "g",
    off: [],
    offMs: ms,
    stop,
    stopMs: ms,
    kill: [],
    killMs: ms,
    againMs: ms,
    hurriedMs: ms,
    ...more,
  };
}
