/**
 * The invariants that hold at every moment, judged by somebody who sees everything.
 *
 * @module
 */
import type { Cause } from "../cluster/events.ts";
import type { Machine } from "./machine.ts";
import { Violation } from "./story.ts";
import type { World } from "./world.ts";

/** Groups that may be on their way up on one server, whatever the engine takes for its bound. */
const MOST_AT_ONCE = 4;
/** Two carriers that are tolerated are noted at most so often. */
const MAX_TOLERATED = 100;

/** What must never happen. */
export class Truth {
  /** Two carriers at once are noted here instead of thrown, for the history that a weak vote can't prevent. */
  tolerated: string[] | null = null;
  /** A disk was lost: an epoch may have been forgotten with it. */
  forgetful = false;
  readonly #epochs = new Map<string, { epoch: number; server: string }>();
  /** Server -> group -> when its first resource was ordered up last, on the server's clock. */
  readonly #begun = new Map<string, Map<string, number>>();
  #broken = false;

  constructor(private readonly world: World) {}

  /**
   * Epochs only grow: no two servers activate under the same one, and none under an earlier one. A weak vote remembers
   * no epoch, so with it that holds for each server by itself.
   */
  claimed(machine: Machine, group: string, epoch: number): void {
    const key = machine.spec.tieBreaker || this.forgetful ? `${group} on ${machine.name}` : group;
    const latest = this.#epochs.get(key);
    if (latest && (epoch < latest.epoch || (epoch === latest.epoch && latest.server !== machine.name))) {
      this.#break(
        `${machine.name} activates ${group} under epoch ${epoch} after ${latest.server} did under ${latest.epoch}`,
      );
    }
    this.#epochs.set(key, { epoch, server: machine.name });
    const untilMs = machine.engine?.permitUntilMs(group) ?? -Infinity;
    if (untilMs <= machine.clockMs) this.#break(`${machine.name} activates ${group} without a permit`);
  }

  /**
   * A server begins with a few groups at a time. One that does not come up counts for the detection time, so that it can't
   * keep the others from coming up for ever.
   */
  begins(machine: Machine, group: string, cause: Cause): void {
    const times = this.#begun.get(machine.name) ?? new Map<string, number>();
    this.#begun.set(machine.name, times);
    // What is recovered where it is brings no load that was not there.
    if (cause === "recover") return void times.delete(group);
    times.set(group, machine.clockMs);
    const rising = [...times].filter(([name, ms]) =>
      machine.engine?.glance.status(name) === "online-pending" && machine.clockMs - ms < machine.spec.timing.takeoverMs
    );
    if (rising.length > MOST_AT_ONCE) {
      this.#break(`${rising.length} groups are on their way up on ${machine.name} at once`);
    }
  }

  /** One carrier. Only an activation can break it, so that is when it is looked at. */
  check(): void {
    this.#broken = false;
    for (const { name } of this.world.spec.groups) {
      let carrier: Machine | null = null;
      for (const machine of this.world.machines) {
        if (!machine.active(name)) continue;
        if (carrier) {
          this.#broken = true;
          return this.#break(`${name} is active on ${carrier.name} and ${machine.name} at once`);
        }
        carrier = machine;
      }
    }
  }

  /** What is tolerated is noted as long as it lasts. */
  follow(): void {
    if (this.#broken) this.check();
  }

  #break(what: string): void {
    const text = `${what}, at ${this.world.nowMs.toFixed(1)} ms`;
    if (this.tolerated === null) throw new Violation(text);
    if (this.tolerated.length < MAX_TOLERATED) this.tolerated.push(text);
  }
}
