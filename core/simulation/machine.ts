/**
 * A simulated server: its own clock, a disk, power, its work, and an engine while the agent lives. It carries out the
 * engine's orders as the agent does. Each of it can be slow for a while: a write to the disk takes its time, and what
 * happens is looked at one after the other (`slow_processor.ts`).
 *
 * @module
 */
import { Engine } from "../cluster/engine.ts";
import { type DurableState, emptyDurableState } from "../cluster/durable.ts";
import type { Write } from "../cluster/disk.ts";
import type { Command, Event, Output } from "../cluster/events.ts";
import type { ClusterSpec } from "../cluster/spec.ts";
import { Pace } from "./pace.ts";
import type { Random } from "./random.ts";
import { SlowProcessor } from "./slow_processor.ts";
import { type Manners, type Trouble, Work } from "./work.ts";
import type { World } from "./world.ts";

/** Events that a process which does not run finds waiting at most: a socket's receive buffer has an end as well. */
const MAX_WAITING = 200;
/** For so long a shutdown or reboot by a final action counts, in milliseconds. */
const POWER_WINDOW_MS = 3_600_000;
/** A disk that takes no time. */
const AT_ONCE: readonly [number, number] = [0, 0];
/** No process is woken up sooner than after this, in milliseconds. */
const LEAST_SLEEP_MS = 0.01;

/** One server of the simulated world. */
export class Machine {
  engine: Engine | null = null;
  /** Its clock: `rate` of true time, plus an offset that nobody else knows. */
  rate = 1;
  offsetMs = 0;
  /** Stopped (SIGSTOP, a VM pause) until this true time; -1: it runs. */
  pausedUntilMs = -1;
  disk: DurableState | null = null;
  /** How long a write takes, drawn for each, in milliseconds. */
  syncMs: readonly [number, number] = AT_ONCE;
  powered = true;
  /** The key that its agent runs with, and the one in its key file. */
  key = 0;
  keyFile = 0;
  /** What its agent calls itself: the name of another server, when somebody gave it that. */
  as: string;
  /** Its agent is started with `--no-power`. */
  noPower = false;
  /** It is gone for good. */
  retired = false;
  /** Monitors that the engine has started. */
  readonly monitors = new Set<string>();
  /** The file that its agent reads when it starts. */
  file: ClusterSpec;
  /** The file that it runs with. */
  spec: ClusterSpec;
  readonly #work: Work;
  readonly #disks: Random;
  readonly #pace = new Pace();
  /** How long it has stood still in all. */
  #standstillMs = 0;
  #life = 0;
  /** When final actions turned the machine off or rebooted it; on its disk. True time. */
  #powerActionsMs: number[] = [];
  #wakeMs = Infinity;
  #waiting: Event[] = [];
  readonly #processor: SlowProcessor;
  /** The write that is under way on a disk that takes its time. */
  #writing: Write | null = null;

  constructor(readonly name: string, private readonly world: World, public manners: Manners, file = world.spec) {
    this.file = file;
    this.spec = file;
    this.as = name;
    this.#work = new Work(this, world, world.streams(`work ${name}`));
    this.#disks = world.streams(`disk ${name}`);
    this.#processor = new SlowProcessor(this, (event) => this.#step(event));
  }

  /** Changes when the process starts and when it ends: answers to an earlier one are for nobody. */
  get life(): number {
    return this.#life;
  }

  /** Group -> resources that are on. */
  get on(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#work.on;
  }

  /** Work that is to fail. */
  get trouble(): Trouble {
    return this.#work.trouble;
  }

  /** This server's clock at the true time of the world. */
  get clockMs(): number {
    return this.offsetMs + this.world.nowMs * this.rate;
  }

  /** How long each step of the agent takes, in milliseconds. It counts for its pauses. */
  get stepMs(): number {
    return this.#processor.stepMs;
  }

  set stepMs(ms: number) {
    this.#processor.stepMs = ms;
  }

  get running(): boolean {
    return this.engine !== null;
  }

  get paused(): boolean {
    return this.world.nowMs < this.pausedUntilMs;
  }

  /** For how long it will not run, in milliseconds. */
  get pausedForMs(): number {
    return Math.max(0, this.pausedUntilMs - this.world.nowMs);
  }

  active(group: string): boolean {
    return (this.on.get(group)?.size ?? 0) > 0;
  }

  /** It has the name of another server. */
  get poses(): boolean {
    return this.as !== this.name;
  }

  /** Boots the machine where needed and starts the agent. */
  start(): void {
    if (this.engine || this.retired) return;
    this.powered = true;
    this.spec = this.file;
    this.key = this.keyFile;
    this.#life += 1;
    this.#waiting = [];
    this.pausedUntilMs = -1;
    this.engine = new Engine({
      spec: this.spec,
      me: this.as,
      incarnation: `${this.name}-${this.#life}`,
      durable: this.disk ?? emptyDurableState(),
      remembers: this.disk !== null,
      nowMs: this.clockMs,
      seed: this.world.seedFor(`${this.name} ${this.#life}`),
      powerActions: this.#countPowerActions(),
      noPower: this.noPower,
    });
    this.#wakeMs = Infinity;
    this.deliver({ type: "tick" });
    for (const { name } of this.spec.groups) this.#work.sweep(name);
  }

  /** The agent that runs goes on with its file. */
  adopt(): void {
    const before = this.spec.groups;
    this.spec = this.file;
    this.deliver({ type: "file", spec: this.file });
    for (const { name } of this.file.groups) if (!before.some((group) => group.name === name)) this.#work.sweep(name);
  }

  /** The agent dies at once (kill -9); the dead man's switch takes the groups down within the stop time. */
  kill(): void {
    if (!this.engine) return;
    this.#die();
    this.#loseWrite();
    this.#work.deadMansSwitch();
  }

  /** The machine loses its power: nothing on it lives on. */
  crash(keepDisk = true): void {
    this.#die();
    this.powered = false;
    this.#work.powerOff();
    this.#loseWrite();
    if (!keepDisk) this.disk = null;
  }

  /** Does not run for `ms`. What piled up meanwhile may be looked at before the clock is. */
  pause(forMs: number, eventsFirst = false): void {
    if (!this.engine || this.paused) return;
    const ms = this.#beside(forMs);
    this.pausedUntilMs = this.world.nowMs + ms;
    const life = this.#life;
    this.world.after(ms, () => {
      if (life !== this.#life) return;
      const waiting = this.#waiting;
      this.#waiting = [];
      this.pausedUntilMs = -1;
      if (!eventsFirst) this.deliver({ type: "tick" });
      for (const event of waiting) if (life === this.#life) this.deliver(event);
      if (eventsFirst && life === this.#life) this.deliver({ type: "tick" });
    });
  }

  /**
   * Only the agent is stopped, for any time: the machine goes on, and its dead man's switches take down what the agent does
   * not answer for once its permit is over by `pauseMs`.
   */
  freeze(ms: number): void {
    if (!this.engine || this.paused) return;
    for (const { name } of this.spec.groups) {
      const untilMs = this.engine.permitUntilMs(name);
      if (!this.active(name) || untilMs === Infinity) continue;
      const inMs = Math.max(0, untilMs - this.clockMs + this.spec.timing.pauseMs) / this.rate;
      if (inMs < ms + this.stepMs) this.#work.switchOff(name, inMs);
    }
    this.pause(ms);
  }

  /** The machine stands still, and so does its clock, while true time goes on. */
  suspend(forMs: number): void {
    if (!this.engine || this.paused) return;
    const ms = this.#beside(forMs);
    this.pausedUntilMs = this.world.nowMs + ms;
    this.#standstillMs += ms;
    const life = this.#life;
    this.world.after(ms, () => {
      if (life !== this.#life) return;
      // What came over the network is lost.
      const waiting = this.#waiting.filter(({ type }) => type !== "beat");
      this.#waiting = [];
      this.pausedUntilMs = -1;
      this.offsetMs -= ms * this.rate;
      this.deliver({ type: "suspended", forMs: ms });
      for (const event of waiting) if (life === this.#life) this.deliver(event);
    });
  }

  /** Runs something when this machine has run for `ms`; true time, clocks apart. */
  after(ms: number, run: () => void): void {
    const stoodMs = this.#standstillMs;
    this.world.after(ms, () => {
      const moreMs = this.#standstillMs - stoodMs;
      if (moreMs > 0) this.after(moreMs, run);
      else run();
    });
  }

  /** Hands an event to the engine and carries out what comes of it. */
  deliver(event: Event): Output | undefined {
    if (!this.engine) return undefined;
    if (this.paused) {
      if (event.type !== "beat" || this.#waiting.length < MAX_WAITING) this.#waiting.push(event);
      return undefined;
    }
    return this.#processor.busy ? this.#processor.take(event) : this.#step(event);
  }

  #step(event: Event): Output | undefined {
    if (!this.engine) return undefined;
    const output = this.engine.step(event, this.clockMs);
    this.#pace.stepped(this.name, output, this.clockMs);
    this.world.observe(this, output);
    const life = this.#life;
    const { persist } = output;
    // The power may fail while it is written, when all that did not wait for the disk is out.
    const torn = persist !== undefined && this.world.tearing > 0 && this.#disks.chance(this.world.tearing);
    const atOnce = persist !== undefined && !torn && this.syncMs[1] <= 0;
    if (atOnce) this.disk = persist.state;
    else if (persist) this.#writing = persist;
    if (output.beat) this.world.broadcast(this, output.beat);
    for (const command of output.commands) this.#carryOut(command);
    if (life !== this.#life) return output;
    this.#wakeAt(output.wakeMs);
    if (torn) this.#tear();
    else if (atOnce) this.deliver({ type: "written", number: persist.number });
    else if (persist) this.#sync(persist);
    return output;
  }

  /** A write that takes its time. */
  #sync(write: Write): void {
    const life = this.#life;
    this.after(this.#disks.between(...this.syncMs), () => {
      if (life !== this.#life || this.#writing !== write) return;
      this.disk = write.state;
      this.#writing = null;
      this.deliver({ type: "written", number: write.number });
    });
  }

  /** The disk is well again: what waits for it has to wait no longer. */
  relieve(): void {
    this.syncMs = AT_ONCE;
    const write = this.#writing;
    if (!write || !this.engine) return;
    this.disk = write.state;
    this.#writing = null;
    this.deliver({ type: "written", number: write.number });
  }

  /** What was being written may be on the disk or not. */
  #loseWrite(): void {
    if (this.#writing && this.#disks.chance(0.5)) this.disk = this.#writing.state;
    this.#writing = null;
  }

  /** What remains of a pause on a server that is slow in any case: both together are one pause. */
  #beside(ms: number): number {
    return Math.max(LEAST_SLEEP_MS, ms - this.stepMs);
  }

  /** Those of the last hour; the engine hears of it when there are fewer. */
  #countPowerActions(): number {
    const recent = this.#powerActionsMs.filter((ms) => this.world.nowMs - ms < POWER_WINDOW_MS);
    this.#powerActionsMs = recent;
    const [oldest] = recent;
    const life = this.#life;
    if (oldest !== undefined) {
      this.world.after(oldest + POWER_WINDOW_MS - this.world.nowMs, () => {
        if (life === this.#life) this.deliver({ type: "power-actions", count: this.#countPowerActions() });
      });
    }
    return recent.length;
  }

  #tear(): void {
    this.crash();
    this.world.restartLater(this);
  }

  #die(): void {
    this.engine = null;
    this.#life += 1;
    this.#work.abandon();
    this.#waiting = [];
    this.#processor.abandon();
    this.monitors.clear();
    this.pausedUntilMs = -1;
  }

  #wakeAt(clockMs: number): void {
    const dueMs = Math.max(this.world.nowMs + LEAST_SLEEP_MS, (clockMs - this.offsetMs) / this.rate);
    if (dueMs >= this.#wakeMs && this.#wakeMs > this.world.nowMs) return;
    this.#wakeMs = dueMs;
    const life = this.#life;
    this.world.after(dueMs - this.world.nowMs, () => {
      if (life !== this.#life || this.#wakeMs !== dueMs) return;
      this.#wakeMs = Infinity;
      this.deliver({ type: "tick" });
    });
  }

  #carryOut(command: Command): void {
    switch (command.do) {
      case "activate":
        return this.#work.activate(command);
      case "deactivate":
        return this.#work.deactivate(command);
      case "fence":
        return this.#work.fence(command);
      case "witness-read":
      case "witness-write":
        return this.world.witness.ask(this, command);
      case "shoot":
        return this.world.fence.shoot(this, command);
      case "monitor":
        return this.#monitor(command);
      case "script":
        return this.#work.script(command);
      case "power":
        this.world.note(this, `The machine goes down (${command.action}).`);
        if (command.counts) this.#powerActionsMs.push(this.world.nowMs);
        this.crash();
        if (command.action === "reboot" && this.world.rebootMs !== null) {
          this.world.after(this.world.rebootMs, () => this.start());
        } else this.world.restartLater(this);
        return;
      case "exit":
        if (this.engine) {
          this.world.note(this, "The agent ends.");
          this.kill();
          this.world.restartLater(this);
        }
        return;
    }
  }

  #monitor({ monitor, run }: Extract<Command, { do: "monitor" }>): void {
    if (!run) return void this.monitors.delete(monitor);
    this.monitors.add(monitor);
    const spec = this.spec.monitors.find(({ name }) => name === monitor);
    if (spec && this.world.cloud) this.world.cloud.watch(this, spec);
  }
}
