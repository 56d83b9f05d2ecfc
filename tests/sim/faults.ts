/**
 * What goes wrong in a history. Everything here stays within what the engine promises to survive: pauses up to
 * `pauseMs`, clock rates within the drift, and with a tie-breaker never two servers that reach it and don't hear each
 * other in either direction.
 */
import { CLOCK_DRIFT } from "../../core/cluster/timing.ts";
import { Campaigns } from "./campaigns.ts";
import type { Machine } from "./machine.ts";
import type { Random } from "./random.ts";
import { CALM, CLEAR, type World } from "./world.ts";

/** Faults of one history: which kinds there are at all is drawn first, so that histories differ in character. */
export class Faults {
  count = 0;
  /** Campaigns, one after the other, instead of single blows. */
  readonly planned: boolean;
  readonly #kinds: (() => void)[];
  readonly #steady: boolean;
  #diskLost = false;

  constructor(private readonly world: World, private readonly random: Random) {
    // Processes that have heard each other and live on: then even a link that is cut in one direction, while both of its
    // ends reach the tie-breaker, must not lead to two carriers.
    this.#steady = world.spec.tieBreaker && random.chance(0.3);
    const steady: (() => void)[] = [
      () => this.#someone((machine) => this.#pause(machine)),
      () => this.#oneWay(),
      () => world.heal(),
      () => this.#weather(),
      () => this.#operator(),
    ];
    const all: (() => void)[] = this.#steady ? steady : [
      ...steady,
      () => this.#someone((machine) => machine.kill(), true),
      () => this.#someone((machine) => machine.crash(), true),
      () => this.#outage(),
      () => this.#loseDisk(),
      () => this.#pauseAtTheEnd(),
      () => this.#partition(),
      () => this.#partial(),
      () => this.#manners(),
      () => this.#leave(),
      () => this.#procession(),
      () => this.#jitterDevice(),
    ];
    this.planned = !world.spec.tieBreaker && world.spec.servers.length === 3 && random.chance(0.35);
    this.#kinds = this.planned ? new Campaigns(world, random).all : all.filter(() => random.chance(0.6));
    if (this.#kinds.length === 0) this.#kinds.push(all[0]!);
  }

  prepare(): void {
    const { world, random } = this;
    world.downMs = this.planned ? null : [50, 4_000];
    world.tearing = !this.#steady && !this.planned && random.chance(0.3) ? 0.02 : 0;
    const slowToStop = random.chance(0.5);
    for (const machine of world.machines) {
      machine.rate = 1 +
        (random.chance(0.5) ? random.pick([-CLOCK_DRIFT, CLOCK_DRIFT]) : random.between(-CLOCK_DRIFT, CLOCK_DRIFT));
      machine.offsetMs = random.between(0, 1e6);
      if (slowToStop) machine.manners.fenceShare = [0.8, 0.99];
    }
  }

  strike(): void {
    this.count += 1;
    this.random.pick(this.#kinds)();
  }

  /** All faults stop. */
  quiet(): void {
    const { world } = this;
    world.heal();
    world.weather = { ...CLEAR };
    world.tearing = 0;
    for (const machine of world.machines) {
      machine.manners = { ...CALM };
      machine.start();
    }
  }

  #someone(act: (machine: Machine) => void, comesBack = false): void {
    const machine = this.random.pick(this.world.machines);
    act(machine);
    if (comesBack) this.world.restartLater(machine);
  }

  #pause(machine: Machine): void {
    const { pauseMs } = this.world.spec.timing;
    machine.pause(this.random.chance(0.3) ? pauseMs : this.random.between(1, pauseMs), this.random.chance(0.5));
  }

  /** A server is cut off and then sleeps just when its permit ends. */
  #pauseAtTheEnd(): void {
    const { world, random } = this;
    const { permitMs } = world.spec.timing;
    const machine = random.pick(world.machines);
    this.#isolate(machine.name);
    world.after(permitMs - random.between(0, 400), () => this.#pause(machine));
  }

  /** Some machines lose their power together and are soon back. */
  #outage(): void {
    const { world, random } = this;
    const everybody = random.chance(0.3);
    for (const machine of world.machines) {
      if (!everybody && random.chance(0.5)) continue;
      machine.crash();
      world.after(random.between(20, 800), () => machine.start());
    }
  }

  /**
   * A machine comes back without its disk, once in a history. Votes on the move are lost with a disk, and a tie-breaker
   * remembers no epoch; that is not expected to survive. Nor is an epoch that only that disk and a server now out of reach
   * remembered: from then on epochs may repeat. Carriers must not.
   */
  #loseDisk(): void {
    const { world, random } = this;
    const machine = random.pick(world.machines);
    const handover = machine.disk?.handover;
    if (
      this.#diskLost || world.spec.tieBreaker || !handover || handover.given !== null ||
      Object.keys(handover.held).length > 0
    ) return;
    this.#diskLost = true;
    world.forgetful = true;
    machine.crash(false);
    world.after(random.between(20, 1_500), () => machine.start());
  }

  /** One after the other leaves in order, and returns after a while. */
  #procession(): void {
    const { world, random } = this;
    let atMs = 0;
    for (const machine of world.machines) {
      if (random.chance(0.3)) continue;
      world.after(atMs, () => {
        machine.deliver({ type: "operator", request: { op: "leave", by: "operator" } });
      });
      atMs += random.between(50, 900);
    }
  }

  /**
   * Two sides that don't hear each other. With a tie-breaker exactly one of them reaches it, from one end of the
   * partition to the other: that is what a weak vote assumes.
   */
  #partition(): void {
    const { world, random } = this;
    world.heal();
    const names = world.spec.servers;
    const left = names.filter(() => random.chance(0.5));
    const right = names.filter((name) => !left.includes(name));
    for (const a of left) {
      for (const b of right) {
        world.cut(a, b);
        world.cut(b, a);
      }
    }
    if (left.length > 0 && right.length > 0) this.#oneSideReaches(random.chance(0.5) ? left : right);
  }

  #isolate(name: string): void {
    const { world } = this;
    world.heal();
    const others = world.spec.servers.filter((other) => other !== name);
    for (const other of others) {
      world.cut(name, other);
      world.cut(other, name);
    }
    this.#oneSideReaches(others);
  }

  /** Single directions are cut here and there. Of those who may not hear each other at all only one reaches the device. */
  #partial(): void {
    const { world, random } = this;
    world.heal();
    for (const a of world.spec.servers) {
      for (const b of world.spec.servers) if (a !== b && random.chance(0.35)) world.cut(a, b);
    }
    this.#oneSideReaches(random.chance(0.2) ? [] : [random.pick(world.spec.servers)]);
  }

  /** One server is heard by nobody, or hears nobody. */
  #oneWay(): void {
    const { world, random } = this;
    world.heal();
    const victim = random.pick(world.spec.servers);
    const mute = random.chance(0.5);
    const others = world.spec.servers.filter((name) => name !== victim);
    for (const other of others) {
      if (mute) world.cut(victim, other);
      else world.cut(other, victim);
    }
    const all = this.#steady && world.acquainted() ? [world.spec.servers] : [];
    this.#oneSideReaches(random.pick([[victim], others, ...all]));
  }

  #oneSideReaches(side: readonly string[]): void {
    for (const name of this.world.spec.servers) this.world.deviceReach(name, side.includes(name));
  }

  #weather(): void {
    const { world, random } = this;
    // With a weak vote a network that loses everything for a while is a partition in which both reach the device.
    const worst = world.spec.tieBreaker ? 0.15 : 0.6;
    world.weather = {
      loss: random.chance(0.5) ? 0 : random.between(0, worst),
      duplicates: random.between(0, 0.3),
      delayMs: [0.1, random.between(1, world.spec.tieBreaker ? 300 : 1_500)],
    };
  }

  #manners(): void {
    const { random } = this;
    this.random.pick(this.world.machines).manners = {
      activateMs: [1, random.between(10, 4_000)],
      activateFails: random.chance(0.5) ? 0 : random.between(0, 0.7),
      deactivateMs: [1, random.between(10, 3_000)],
      deactivateFails: random.chance(0.7) ? 0 : random.between(0, 0.5),
      fenceShare: random.chance(0.8) ? [0.1, 0.95] : [1.1, 1.3],
    };
  }

  #operator(): void {
    const { world, random } = this;
    const group = random.pick(world.spec.groups).name;
    const op = random.pick(["start", "stop", "move"] as const);
    const request = op === "move"
      ? { op, group, to: random.pick(world.spec.servers), by: "operator" }
      : { op, group, by: "operator" };
    random.pick(world.machines).deliver({ type: "operator", request });
  }

  #leave(): void {
    this.#someone((machine) => machine.deliver({ type: "operator", request: { op: "leave", by: "operator" } }));
  }

  /** The device is gone for everybody, or back. */
  #jitterDevice(): void {
    const { world, random } = this;
    if (random.chance(0.5)) { for (const name of world.spec.servers) world.deviceReach(name, false); }
    else world.heal();
  }
}
