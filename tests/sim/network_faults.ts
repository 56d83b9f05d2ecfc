/**
 * Faults of the network. The network is always set as a whole. With a tie-breaker exactly one side of a partition reaches
 * it, from one end of the partition to the other: that is what a weak vote assumes. A fence makes up for it.
 */
import type { ClusterSpec } from "../../core/cluster/spec.ts";
import type { Random } from "../../core/simulation/random.ts";
import type { Draft } from "./draft.ts";

/** Draws what happens to the network. */
export class NetworkFaults {
  readonly #servers: readonly string[];
  readonly #tieBreaker: boolean;
  /** Nothing has to be assumed about who reaches the tie-breaker: a takeover waits until the other is off. */
  readonly #sound: boolean;

  constructor(spec: ClusterSpec, private readonly random: Random, private readonly draft: Draft) {
    this.#servers = spec.servers;
    this.#tieBreaker = spec.tieBreaker;
    this.#sound = spec.fence !== undefined;
  }

  heal(): void {
    this.draft.act("heal");
  }

  /** Two sides that don't hear each other. */
  partition(inMs = 0): void {
    const { random } = this;
    const left = this.#servers.filter(() => random.chance(0.5));
    const right = this.#servers.filter((name) => !left.includes(name));
    const side = left.length === 0 || right.length === 0 ? this.#servers : random.chance(0.5) ? left : right;
    this.#set(ways(left, right, true), side, inMs);
  }

  isolate(server: string): void {
    const others = this.#servers.filter((other) => other !== server);
    this.#set(ways([server], others, true), others);
  }

  /** The same cut, but now it is the other side that reaches the tie-breaker. */
  changeSides(server: string): void {
    this.#set(ways([server], this.#servers.filter((other) => other !== server), true), [server]);
  }

  /** Single directions are cut here and there. Of those who may not hear each other at all only one reaches the device. */
  partial(): void {
    const { random } = this;
    const cut = ways(this.#servers, this.#servers).filter(() => random.chance(0.35));
    this.#set(cut, random.chance(0.2) ? [] : [random.pick(this.#servers)]);
  }

  /** One server is heard by nobody, or hears nobody. With `steady` processes all may reach the device. */
  oneWay(steady: boolean): void {
    const { random } = this;
    const victim = random.pick(this.#servers);
    const others = this.#servers.filter((name) => name !== victim);
    const cut = random.chance(0.5) ? ways([victim], others) : ways(others, [victim]);
    const side = random.pick([[victim], others]);
    this.#set(cut, side, 0, steady && random.chance(0.33));
  }

  /** The link is cut and everybody reaches the device: what a tie-breaker alone can't survive. */
  linkCut(): void {
    this.#set(ways(this.#servers, this.#servers), this.#servers);
  }

  weather(): void {
    const { random, draft } = this;
    // With a weak vote a network that loses everything for a while is a partition in which both reach the device.
    const weak = this.#tieBreaker && !this.#sound;
    draft.act("weather", {
      loss: random.chance(0.5) ? 0 : draft.between(0, weak ? 0.15 : 0.6),
      duplicates: draft.between(0, 0.3),
      delay: [0.1, draft.between(1, weak ? 300 : 1_500)],
    });
  }

  /** The device is gone for everybody, or all is well again. */
  deviceComesAndGoes(): void {
    if (this.random.chance(0.5)) this.draft.act("device-dead");
    else this.heal();
  }

  #set(cut: readonly string[], reach: readonly string[], inMs = 0, orAll = false): void {
    const everybody = this.#sound && this.random.chance(0.4);
    this.draft.act("network", {
      cut: names(cut),
      reach: names(everybody ? this.#servers : reach),
      "or-all-if-acquainted": orAll || undefined,
    }, inMs);
  }
}

function ways(from: readonly string[], to: readonly string[], both = false): string[] {
  return from.flatMap((a) =>
    to.filter((b) => a !== b).flatMap((b) => both ? [`${a}>${b}`, `${b}>${a}`] : [`${a}>${b}`])
  );
}

function names(list: readonly string[]): string {
  return list.length === 0 ? "none" : list.join(",");
}
