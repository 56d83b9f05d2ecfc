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
/** Share of the overloaded ones in which the tie-breaker changes sides right before it is needed. */
const CHANGING = 0.6;
/** Groups where there are many. */
const MANY: readonly [number, number] = [10, 15];

/** What of it one history has. */
export class Overload {
  readonly #random: Random;
  readonly #overloaded: boolean;
  readonly #later: Random;
  /** Undefined: as many groups as ever. */
  readonly groups: number | undefined;

  constructor(seed: number) {
    this.#random = new Random(seed ^ 0x51ed270b);
    this.#later = new Random(seed ^ 0x2c1b3c6d);
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
    if (this.#later.chance(CHANGING)) this.#changeSides(servers, timing, network, draft);
    for (const server of servers) draft.act("manners", { server });
  }

  /**
   * A carrier that can't stop is cut off; when its permit has ended the tie-breaker is reached from its side and not from
   * the other, where nobody runs until a claim is due.
   */
  #changeSides(servers: readonly string[], timing: Timing, network: NetworkFaults, draft: Draft): void {
    const random = this.#later;
    draft.act("start", { server: "all" });
    draft.wait(4 * timing.takeoverMs);
    const server = random.pick(servers);
    network.isolate(server);
    const changesMs = Math.round(timing.permitMs + random.between(0, timing.stopMs));
    draft.wait(changesMs);
    network.changeSides(server);
    const pauseMs = timing.takeoverMs - changesMs + Math.round(random.between(-50, 150));
    for (const other of servers) {
      if (other !== server && pauseMs < timing.permitMs) draft.act("pause", { server: other, for: pauseMs }, 1);
    }
    draft.wait(2 * timing.takeoverMs);
    network.heal();
    draft.wait(timing.takeoverMs);
  }
}
