/**
 * What an agent does with a group when it starts: it removes what a predecessor may have left, then warms up.
 *
 * @module
 */
import type { Event, Failure } from "../cluster/events.ts";
import type { Timing } from "../cluster/timing.ts";
import { elapsed } from "./bounded.ts";
import type { GroupOrders } from "./group_orders.ts";
import type { SwitchRegister } from "./switch_register.ts";

/** What a predecessor's dead man's switch gets on top of the time it needs by the timing. In milliseconds. */
const SWITCH_MARGIN_MS = 1_000;
/** A group whose leftovers could not be removed is tried again after this. In milliseconds. */
const SWEEP_AGAIN_MS = 5_000;

/** What it works with. */
export interface WelcomeParts {
  switches: SwitchRegister;
  timing: Pick<Timing, "pauseMs" | "stopMs">;
  signal: AbortSignal;
  handle(event: Event): void;
  /** Tells what could not be prepared. */
  tell(group: string, text: string): void;
}

/** Welcomes one group; ends with the signal. */
export async function welcome(group: string, orders: GroupOrders, parts: WelcomeParts): Promise<void> {
  const { signal, timing: { pauseMs, stopMs } } = parts;
  // A predecessor's switch that is still at work would stop what this agent starts.
  await parts.switches.outlived(group, pauseMs + stopMs + SWITCH_MARGIN_MS, signal);
  while (!signal.aborted) {
    const failure: Failure | undefined = await orders.sweep(signal);
    if (signal.aborted) return;
    parts.handle({ type: "swept", group, ...(failure ? { failure } : {}) });
    if (!failure) break;
    if (!await elapsed(SWEEP_AGAIN_MS, signal)) return;
  }
  await orders.prepare(signal, (text) => parts.tell(group, text));
}
