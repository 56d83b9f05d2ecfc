/**
 * A whole cluster in one thread and in virtual time: the real engines, and everything around them simulated. The world
 * knows the truth (what is really on, where) and asserts the invariants whenever it changes.
 *
 * @module
 */
import type { Output } from "../cluster/events.ts";
import type { Beat } from "../cluster/message.ts";
import type { ClusterSpec } from "../cluster/spec.ts";
import type { Ailment } from "./ailment.ts";
import { Cloud } from "./cloud.ts";
import { Fence } from "./fence.ts";
import { Machine } from "./machine.ts";
import { Network, type Weather } from "./network.ts";
import { type Random, seedOf, type Streams, streamsOf } from "./random.ts";
import { Schedule } from "./schedule.ts";
import type { Line } from "./story.ts";
import { TieBreaker } from "./tie_breaker.ts";
import { Truth } from "./truth.ts";
import { Understanding } from "./understanding.ts";
import { WitnessStore } from "./witness_store.ts";
import { CALM, type Manners } from "./work.ts";

/** The simulated world. */
export class World {
  nowMs = 0;
  machines: readonly Machine[];
  /** Where everything that is drawn comes from. */
  readonly streams: Streams;
  readonly network: Network;
  readonly tieBreaker: TieBreaker;
  readonly witness: WitnessStore;
  readonly fence: Fence;
  readonly understanding: Understanding = new Understanding();
  /** Null: the routes of addresses are nobody's concern. */
  cloud: Cloud | null = null;
  readonly truth: Truth;
  /** Services that are not well; without its entry one is well again. */
  readonly ailments = new Set<Ailment>();
  /** How often a write to disk is the last thing a machine does. */
  tearing = 0;
  /** How long a machine that went down stays down. Null: until somebody starts it. */
  downMs: [number, number] | null = null;
  /** How long after a reboot the agent runs again. Null: as after any other way down. */
  rebootMs: number | null = null;
  /** Looks at the world after everything that happens. */
  observer: (() => void) | null = null;
  /** The story so far, kept only when it is wanted. */
  readonly story: Line[] = [];
  keepStory = false;
  readonly #schedule = new Schedule();
  readonly #downs: Random;

  /**
   * `manners` are those of every machine in the beginning. All chance comes from `seed`, or from `random` alone when it is
   * given; the engines' own seeds come from `seed` in any case.
   */
  constructor(
    /** The latest file: what new machines run with, and whose groups are watched. */
    public spec: ClusterSpec,
    private readonly seed: number,
    private readonly manners: Manners = CALM,
    random?: Random,
  ) {
    this.streams = random ? () => random : streamsOf(seed);
    this.network = new Network(this.streams);
    this.tieBreaker = new TieBreaker(this);
    this.witness = new WitnessStore(this);
    this.fence = new Fence(this);
    this.truth = new Truth(this);
    this.#downs = this.streams("down");
    this.machines = [];
    for (const name of spec.servers) this.addMachine(name);
  }

  /** One more server, off until it is started. */
  addMachine(name: string, file: ClusterSpec = this.spec): Machine {
    const machine = new Machine(name, this, { ...this.manners }, file);
    this.machines = [...this.machines, machine];
    if (file.tieBreaker) this.tieBreaker.askFor(machine);
    return machine;
  }

  /** A server is switched off for good. */
  retire(name: string): void {
    const machine = this.machine(name);
    machine.crash();
    machine.retired = true;
    this.machines = this.machines.filter((other) => other !== machine);
  }

  /** From here on activating an address changes its route, and monitors whose target is an address look at it. */
  openCloud(): Cloud {
    return this.cloud ??= new Cloud(this);
  }

  machine(name: string): Machine {
    const machine = this.machines.find((candidate) => candidate.name === name);
    if (!machine) throw new Error(`there is no server ${name} in this world`);
    return machine;
  }

  /** Of the engine of one life: apart from the rest, so that they differ in a world where nothing else is random. */
  seedFor(life: string): number {
    return seedOf(this.seed, `engine ${life}`);
  }

  after(ms: number, run: () => void): void {
    this.#schedule.at(this.nowMs + ms, run);
  }

  /** Lets `ms` pass. */
  run(ms: number): void {
    this.runUntil(this.nowMs + ms);
  }

  /** Lets time pass until `untilMs`. */
  runUntil(untilMs: number): void {
    while (this.#schedule.nextMs <= untilMs) {
      const next = this.#schedule.pop();
      if (!next) break;
      this.nowMs = Math.max(this.nowMs, next.ms);
      next.run();
      this.truth.follow();
      this.observer?.();
    }
    this.nowMs = Math.max(this.nowMs, untilMs);
  }

  startAll(): void {
    for (const machine of this.machines) machine.start();
  }

  get weather(): Weather {
    return this.network.weather;
  }

  set weather(weather: Weather) {
    this.network.weather = weather;
  }

  /** Beats sent so far. */
  get beats(): number {
    return this.network.beats;
  }

  get tolerated(): string[] | null {
    return this.truth.tolerated;
  }

  set tolerated(tolerated: string[] | null) {
    this.truth.tolerated = tolerated;
  }

  /** Nothing that `from` sends reaches `to`. */
  cut(from: string, to: string): void {
    this.network.cut(from, to);
  }

  /** What `from` sends reaches `to` again. */
  mend(from: string, to: string): void {
    this.network.mend(from, to);
  }

  /** All is connected: the servers with each other, and with the device, the witness, the fence and the cloud. */
  heal(): void {
    this.network.heal();
    this.understanding.heal();
    this.tieBreaker.heal();
    this.witness.heal();
    this.fence.heal();
    this.cloud?.heal();
  }

  /** Whether `server` reaches the acknowledgement device. */
  deviceReach(server: string, reached: boolean): void {
    this.tieBreaker.reach(server, reached);
  }

  broadcast(from: Machine, beat: Beat): void {
    for (const to of this.machines) {
      if (to === from) continue;
      const arrive = this.understanding.sent(from, to, beat);
      if (arrive) this.network.send(from.name, to.name, (delayMs) => this.after(delayMs, arrive));
    }
  }

  restartLater(machine: Machine): void {
    if (this.downMs === null) return;
    this.after(this.#downs.between(...this.downMs), () => machine.start());
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

  /** Something that concerns the whole world. */
  tell(text: string): void {
    if (this.keepStory) this.story.push({ ms: this.nowMs, server: "", reason: { code: "world", level: "info", text } });
  }

  /** Everybody runs and has heard everybody. */
  acquainted(): boolean {
    return this.machines.every(({ name, engine }) =>
      engine?.view().servers.every((server) => server.name === name || server.silentMs !== null) ?? false
    );
  }

  /** Where the group is online, by the engines' own word. */
  online(group: string): string[] {
    return this.machines.filter(({ engine }) => engine?.glance.status(group) === "online").map(({ name }) => name);
  }
}
