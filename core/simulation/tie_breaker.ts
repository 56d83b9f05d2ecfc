/**
 * The acknowledgement device as the servers see it: asked each so often, it answers who reaches it.
 *
 * @module
 */
import type { Machine } from "./machine.ts";
import { Reach } from "./reach.ts";
import type { World } from "./world.ts";

/** Longest time between two questions, in milliseconds. */
const MAX_INTERVAL_MS = 1_000;

/** The device and who reaches it. */
export class TieBreaker extends Reach {
  constructor(private readonly world: World) {
    super();
  }

  /** Asks for `machine`, again and again. */
  askFor(machine: Machine): void {
    const { world } = this;
    const everyMs = Math.min(MAX_INTERVAL_MS, world.spec.timing.permitMs / 4);
    const random = world.streams(`tie-breaker ${machine.name}`);
    const ask = () => {
      if (machine.retired) return;
      world.after(everyMs, ask);
      const tookMs = random.between(0.5, 5);
      if (!machine.running || machine.paused) return;
      const startedMs = machine.clockMs;
      const { life } = machine;
      const reached = this.reachedBy(machine.name);
      world.after(tookMs, () => {
        if (machine.life !== life) return;
        machine.deliver({ type: "device", startedMs, reached, message: reached ? "it answered" : "no answer" });
      });
    };
    world.after(random.between(0, everyMs), ask);
  }
}
