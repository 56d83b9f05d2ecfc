/**
 * A service that is not well: its monitor finds an error, again and again for a while, and then that all is well.
 *
 * @module
 */
import type { EngineVerdict } from "../cluster/events.ts";
import type { Machine } from "./machine.ts";
import type { World } from "./world.ts";

/** Between two verdicts, in milliseconds. */
const LOOK_MS = 400;
/** What a service fails with. */
const NO_ANSWER = 6;

/** How bad it is. */
export interface Ailment {
  /** Name of the monitor. */
  monitor: string;
  status: "error" | "unknown";
  /** How many verdicts in a row say so; 1 to 1,000. */
  times: number;
}

/** The monitor of `machine`, wherever and whenever it runs there, finds an error for so long. */
export function ail(world: World, machine: Machine, ailment: Ailment): void {
  const { monitor, status, times } = ailment;
  world.ailments.add(ailment);
  const verdictOf = (left: number): EngineVerdict =>
    left > 0
      ? { status, code: NO_ANSWER, message: "the service does not answer" }
      : { status: "normal", message: "the service answers" };
  const look = (planned: number): void => {
    const left = world.ailments.has(ailment) ? planned : 0;
    if (machine.running && machine.monitors.has(monitor)) {
      machine.deliver({ type: "verdict", monitor, verdict: verdictOf(left) });
    }
    if (left > 0) world.after(LOOK_MS, () => look(left - 1));
    else world.ailments.delete(ailment);
  };
  look(times);
}
