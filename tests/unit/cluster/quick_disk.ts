/** Engines on a disk that takes no time. */
import type { Engine } from "../../../core/cluster/engine.ts";
import type { Event, Output } from "../../../core/cluster/events.ts";

/** A step, and those that answer its writes; what all of them led to. */
export function step(engine: Engine, event: Event, nowMs: number): Output {
  const output = engine.step(event, nowMs);
  const { persist } = output;
  if (!persist) return output;
  const then = step(engine, { type: "written", number: persist.number }, nowMs);
  return {
    ...output,
    ...then,
    commands: [...output.commands, ...then.commands],
    reasons: [...output.reasons, ...then.reasons],
  };
}
