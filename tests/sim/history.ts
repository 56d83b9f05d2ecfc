/**
 * One seed, one history: a cluster, a mix of faults drawn from the seed, safety asserted at every event, then quiet, and
 * liveness asserted after a bound computed from the timing.
 */
import { COOL_DOWN_MS } from "../../core/cluster/group.ts";
import type { ClusterSpec, GroupSpec } from "../../core/cluster/spec.ts";
import { type Timing, TIMING_PRESETS } from "../../core/cluster/timing.ts";
import type { Machine } from "./machine.ts";
import { Random } from "./random.ts";
import { CALM, CLEAR, Violation, World } from "./world.ts";

/** The kinds of clusters a history is drawn from. */
export type Kind = "two-and-tie-breaker" | "two" | "three" | "four-and-tie-breaker" | "five";

/** All kinds. */
export const KINDS: readonly Kind[] = ["two-and-tie-breaker", "two", "three", "four-and-tie-breaker", "five"];

const SERVERS: Record<Kind, number> = {
  "two-and-tie-breaker": 2,
  two: 2,
  three: 3,
  "four-and-tie-breaker": 4,
  five: 5,
};

/** What a history came to. */
export interface HistoryResult {
  seed: number;
  kind: Kind;
  simulatedMs: number;
  beats: number;
  faults: number;
  /** Undefined: all invariants held. */
  violation?: string;
  world: World;
}

/** A cluster of `kind` with `groups` groups. */
export function clusterOf(kind: Kind, groups: number, timing: Timing = TIMING_PRESETS.fast): ClusterSpec {
  const servers = Array.from({ length: SERVERS[kind] }, (_, i) => `server${i + 1}`);
  return {
    servers,
    tieBreaker: kind.endsWith("tie-breaker"),
    timing,
    selfFenceAction: "shutdown",
    monitors: [],
    groups: Array.from({ length: groups }, (_, i): GroupSpec => ({
      name: `failover${i + 1}`,
      servers: i % 2 === 0 ? servers : [...servers].reverse(),
      startup: "auto",
      failover: "auto",
      failback: i % 3 === 2 ? "auto" : "manual",
      resources: ["vip", "app"].map((name) => ({
        name: `${name}${i + 1}`,
        address: name === "vip",
        activateRetries: 1,
        deactivateRetries: 1,
        deactivateFinalAction: "shutdown",
      })),
    })),
  };
}

/** Runs the history of `seed`. */
export function history(seed: number, options: { kind?: Kind; keepStory?: boolean } = {}): HistoryResult {
  const random = new Random(seed ^ 0x9e3779b9);
  const kind = options.kind ?? random.pick(KINDS);
  const world = new World(clusterOf(kind, 1 + Math.floor(random.next() * 2)), seed);
  world.keepStory = options.keepStory ?? false;
  const faults = new Faults(world, random);
  const result = (violation?: string): HistoryResult => ({
    seed,
    kind,
    simulatedMs: world.nowMs,
    beats: world.beats,
    faults: faults.count,
    world,
    ...(violation === undefined ? {} : { violation }),
  });
  try {
    faults.prepare();
    for (const machine of world.machines) world.after(random.between(0, 2_000), () => machine.start());
    const rounds = 6 + Math.floor(random.next() * 8);
    for (let round = 0; round < rounds; round++) {
      world.run(random.between(100, 5_000));
      faults.strike();
    }
    world.run(random.between(0, 2_000));
    faults.quiet();
    settle(world);
    return result();
  } catch (thrown) {
    if (!(thrown instanceof Violation)) throw thrown;
    return result(thrown.message);
  }
}

/**
 * After the last fault everything that can run runs, within: the time to notice silence, a pause after failed
 * activations, and a few claims; doubled, as both may follow each other.
 */
export function settleMs(world: World): number {
  return 2 * (COOL_DOWN_MS + 4 * world.spec.timing.takeoverMs);
}

function settle(world: World): void {
  const boundMs = settleMs(world);
  const stepMs = 500;
  for (let passedMs = 0; passedMs < boundMs; passedMs += stepMs) {
    world.run(stepMs);
    if (passedMs === 10_000) restart(world);
    if (passedMs > 10_000 && world.spec.groups.every(({ name }) => world.online(name).length === 1)) {
      // And it stays so.
      world.run(world.spec.timing.takeoverMs * 2);
      break;
    }
  }
  for (const { name } of world.spec.groups) {
    const online = world.online(name);
    if (online.length !== 1) {
      const excuses = world.machines.map((machine) =>
        `${machine.name}: ${machine.engine?.view().groups.find((group) => group.name === name)?.waiting ?? "nothing"}`
      );
      throw new Violation(
        `${name} is online on ${online.length} servers after ${boundMs} ms of quiet; ${excuses.join("; ")}`,
      );
    }
  }
}

/** An operator starts whatever was stopped for good. */
function restart(world: World): void {
  const machine = world.machines.find(({ running }) => running);
  for (const { name } of world.spec.groups) {
    machine?.deliver({ type: "operator", request: { op: "start", group: name, by: "operator" } });
  }
}

/** Faults of one history: which kinds there are at all is drawn first, so that histories differ in character. */
class Faults {
  count = 0;
  readonly #kinds: (() => void)[];

  constructor(private readonly world: World, private readonly random: Random) {
    const all: (() => void)[] = [
      () => this.#someone((machine) => machine.kill(), true),
      () => this.#someone((machine) => machine.crash(), true),
      () => this.#someone((machine) => machine.pause(random.between(1, world.spec.timing.pauseMs))),
      () => this.#partition(),
      () => this.#oneWay(),
      () => world.heal(),
      () => this.#weather(),
      () => this.#manners(),
      () => this.#operator(),
      () => this.#leave(),
      () => this.#jitterDevice(),
    ];
    this.#kinds = all.filter(() => random.chance(0.6));
    if (this.#kinds.length === 0) this.#kinds.push(all[0]!);
  }

  prepare(): void {
    const { world, random } = this;
    world.downMs = [50, 4_000];
    world.tearing = random.chance(0.3) ? 0.02 : 0;
    for (const machine of world.machines) {
      machine.rate = 1 + random.between(-0.001, 0.001);
      machine.offsetMs = random.between(0, 1e6);
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
    this.#oneSideReaches(random.chance(0.5) ? [victim] : others);
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
