/**
 * Load that moves with the groups: many of them, stops that don't end in time, and a carrier that is out of touch for just
 * about as long as its permit lasts, back for a moment, and away again. Drawn from numbers of its own, so that a history
 * that has none of it is what it was before.
 */
import type { Timing } from "../../core/cluster/timing.ts";
import { Random } from "../../core/simulation/random.ts";
import type { Draft } from "./draft.ts";
import type { NetworkFaults } from "./network_faults.ts";

/** Share of the histories with many groups, and of those that end with a carrier that is too busy to stop in time. */
const CROWDED = 0.03;
const OVERLOADED = 0.12;
/** Groups where there are many. */
const MANY: readonly [number, number] = [10, 15];

/** What of it one history has. */
export class Overload {
  readonly #random: Random;
  readonly #overloaded: boolean;
  /** Undefined: as many groups as ever. */
  readonly groups: number | undefined;

  constructor(seed: number) {
    this.#random = new Random(seed ^ 0x51ed270b);
    this.#overloaded = this.#random.chance(OVERLOADED);
    this.groups = this.#random.chance(CROWDED) ? Math.floor(this.#random.between(...MANY)) : undefined;
  }

  /** Adds to what has been drawn up. Stops that never end are within what is promised: the machine then ends. */
  draw(servers: readonly string[], timing: Timing, network: NetworkFaults, draft: Draft): void {
    if (!this.#overloaded) return;
    const random = this.#random;
    const between = (from: number, to: number) => Math.round(random.between(from, to));
    network.heal();
    draft.act("weather");
    draft.act("start", { server: "all" });
    draft.wait(3 * timing.takeoverMs);
    const slow: readonly [number, number] = random.chance(0.5) ? [1.02, 1.6] : [2, 4];
    for (const server of servers) draft.act("manners", { server, fence: slow });
    const server = random.pick(servers);
    network.isolate(server);
    draft.wait(timing.permitMs + between(-100, timing.stopMs));
    network.heal();
    draft.wait(between(20, timing.permitMs + timing.stopMs));
    if (random.chance(0.7)) network.isolate(server);
    draft.wait(between(timing.takeoverMs, 2 * timing.takeoverMs));
    network.heal();
    for (const server of servers) draft.act("manners", { server });
  }
}
