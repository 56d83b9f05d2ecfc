/**
 * A whole cluster in one thread and in virtual time: the real engines, and everything around them simulated. The world
 * knows the truth (what is really on, where) and asserts the invariants whenever it changes.
 */
import type { Output } from "../../core/cluster/events.ts";
import type { Beat } from "../../core/cluster/message.ts";
import type { Reason } from "../../core/cluster/reasons.ts";
import type { ClusterSpec } from "../../core/cluster/spec.ts";
import { Machine, type Manners } from "./machine.ts";
import { Random } from "./random.ts";
import { Schedule } from "./schedule.ts";

/** An invariant does not hold. */
export class Violation extends Error {
  override name = "Violation";
}

/** What the network does to a beat. */
export interface Weather {
  loss: number;
  duplicates: number;
  delayMs: [number, number];
}

/** A line of the story: what an engine said, or what happened to its machine. */
export interface Line {
  ms: number;
  server: string;
  reason: Pick<Reason, "level" | "text"> & { code: Reason["code"] | "world" };
}

/** Nothing fails and everything is quick. */
export const CALM: Manners = {
  activateMs: [1, 20],
  activateFails: 0,
  deactivateMs: [1, 20],
  deactivateFails: 0,
  fenceShare: [0.05, 0.5],
};

/** The weather of a good network. */
export const CLEAR: Weather = { loss: 0, duplicates: 0, delayMs: [0.2, 2] };

/** The simulated world. */
export class World {
  nowMs = 0;
  /** Of the engines' own seeds: apart from the rest, so that they differ in a world where nothing else is random. */
  readonly seeds: Random;
  readonly machines: Machine[];
  weather: Weather = { ...CLEAR };
  /** How often a write to disk is the last thing a machine does. */
  tearing = 0;
  /** How long a machine that went down stays down. Null: until somebody starts it. */
  downMs: [number, number] | null = null;
  /** A disk was lost: an epoch may have been forgotten with it. */
  forgetful = false;
  /** The story so far, kept only when it is wanted. */
  readonly story: Line[] = [];
  keepStory = false;
  /** Two carriers at once are noted here instead of thrown, for the history that a weak vote can't prevent. */
  tolerated: string[] | null = null;
  readonly #schedule = new Schedule();
  readonly #cut = new Set<string>();
  readonly #deviceUnreached = new Set<string>();
  readonly #epochs = new Map<string, { epoch: number; server: string }>();
  beats = 0;

  constructor(
    readonly spec: ClusterSpec,
    seed: number,
    manners: Manners = CALM,
    readonly random: Random = new Random(seed),
  ) {
    this.seeds = new Random(seed ^ 0x51ed270b);
    this.machines = spec.servers.map((name) => new Machine(name, this, { ...manners }));
    if (spec.tieBreaker) { for (const machine of this.machines) this.#askDevice(machine); }
  }

  machine(name: string): Machine {
    const machine = this.machines.find((candidate) => candidate.name === name);
    if (!machine) throw new Error(`there is no server ${name} in this world`);
    return machine;
  }

  after(ms: number, run: () => void): void {
    this.#schedule.at(this.nowMs + ms, run);
  }

  /** Lets `ms` pass. */
  run(ms: number): void {
    const untilMs = this.nowMs + ms;
    while (this.#schedule.nextMs <= untilMs) {
      const next = this.#schedule.pop();
      if (!next) break;
      this.nowMs = Math.max(this.nowMs, next.ms);
      next.run();
      this.check();
    }
    this.nowMs = untilMs;
  }

  startAll(): void {
    for (const machine of this.machines) machine.start();
  }

  /** Nothing that `from` sends reaches `to`. */
  cut(from: string, to: string): void {
    this.#cut.add(`${from}>${to}`);
  }

  /** What `from` sends reaches `to` again. */
  mend(from: string, to: string): void {
    this.#cut.delete(`${from}>${to}`);
  }

  /** All is connected, and everybody reaches the device. */
  heal(): void {
    this.#cut.clear();
    this.#deviceUnreached.clear();
  }

  /** Whether `server` reaches the acknowledgement device. */
  deviceReach(server: string, reached: boolean): void {
    if (reached) this.#deviceUnreached.delete(server);
    else this.#deviceUnreached.add(server);
  }

  broadcast(from: Machine, beat: Beat): void {
    for (const to of this.machines) if (to !== from) this.#send(from.name, to, beat);
  }

  #send(from: string, to: Machine, beat: Beat): void {
    this.beats += 1;
    if (this.#cut.has(`${from}>${to.name}`) || this.random.chance(this.weather.loss)) return;
    const copies = this.random.chance(this.weather.duplicates) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      this.after(this.random.between(...this.weather.delayMs), () => to.deliver({ type: "beat", beat }));
    }
  }

  #askDevice(machine: Machine): void {
    const everyMs = Math.min(1_000, this.spec.timing.permitMs / 4);
    const ask = () => {
      this.after(everyMs, ask);
      if (!machine.running || machine.paused) return;
      const startedMs = machine.clockMs;
      const reached = !this.#deviceUnreached.has(machine.name);
      this.after(this.random.between(0.5, 5), () => {
        machine.deliver({ type: "device", startedMs, reached, message: reached ? "it answered" : "no answer" });
      });
    };
    this.after(this.random.between(0, everyMs), ask);
  }

  /** True when the disk write that is being made is the machine's last. */
  tears(): boolean {
    return this.tearing > 0 && this.random.chance(this.tearing);
  }

  restartLater(machine: Machine): void {
    if (this.downMs === null) return;
    this.after(this.random.between(...this.downMs), () => machine.start());
  }

  observe(machine: Machine, output: Output): void {
    if (!this.keepStory) return;
    for (const reason of output.reasons) this.story.push({ ms: this.nowMs, server: machine.name, reason });
  }

  /** Something that happened to a machine and that no engine tells. */
  note(machine: Machine, text: string): void {
    if (this.keepStory) {
      this.story.push({ ms: this.nowMs, server: machine.name, reason: { code: "world", level: "info", text } });
    }
  }

  /**
   * Epochs only grow: no two servers activate under the same one, and none under an earlier one. A weak vote remembers
   * no epoch, so with it that holds for each server by itself.
   */
  claimed(machine: Machine, group: string, epoch: number): void {
    const key = this.spec.tieBreaker || this.forgetful ? `${group} on ${machine.name}` : group;
    const latest = this.#epochs.get(key);
    if (latest && (epoch < latest.epoch || (epoch === latest.epoch && latest.server !== machine.name))) {
      this.#broken(
        `${machine.name} activates ${group} under epoch ${epoch} after ${latest.server} did under ${latest.epoch}`,
      );
    }
    this.#epochs.set(key, { epoch, server: machine.name });
    const untilMs = machine.engine?.permitUntilMs(group) ?? -Infinity;
    if (untilMs <= machine.clockMs) this.#broken(`${machine.name} activates ${group} without a permit`);
  }

  /** One carrier. */
  check(): void {
    for (const { name } of this.spec.groups) {
      let carrier: Machine | null = null;
      for (const machine of this.machines) {
        if (!machine.active(name)) continue;
        if (carrier) return this.#broken(`${name} is active on ${carrier.name} and ${machine.name} at once`);
        carrier = machine;
      }
    }
  }

  #broken(what: string): void {
    const text = `${what}, at ${this.nowMs.toFixed(1)} ms`;
    if (this.tolerated === null) throw new Violation(text);
    if (this.tolerated.length < 100) this.tolerated.push(text);
  }

  /** Everybody runs and has heard everybody. */
  acquainted(): boolean {
    return this.machines.every(({ name, engine }) =>
      engine?.view().servers.every((server) => server.name === name || server.silentMs !== null) ?? false
    );
  }

  /** Where the group is online, by the engines' own word. */
  online(group: string): string[] {
    return this.machines.filter((machine) =>
      machine.engine?.view().groups.find(({ name }) => name === group)?.status === "online"
    ).map(({ name }) => name);
  }
}
