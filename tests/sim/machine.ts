/**
 * A simulated server: its own clock, a disk, resources that really are on or off, an engine while the agent lives, and
 * the dead man's switch. It carries out the engine's orders as the agent does, with times and failures drawn by the world.
 */
import { Engine } from "../../core/cluster/engine.ts";
import { type DurableState, emptyDurableState } from "../../core/cluster/durable.ts";
import type { Command, Event, Failure, Output } from "../../core/cluster/events.ts";
import type { World } from "./world.ts";

/** How long the work of resources takes and how often it fails; drawn for each order. */
export interface Manners {
  activateMs: [number, number];
  activateFails: number;
  deactivateMs: [number, number];
  deactivateFails: number;
  /** Share of the budget that a fence takes at most; above 1 it never ends in time. */
  fenceShare: [number, number];
}

/** Work of resources that fails the next few times, whatever the manners say: resource -> how often still. */
export interface Trouble {
  activate: Map<string, number>;
  deactivate: Map<string, number>;
  /** Group -> how often its sweep fails still. */
  sweep: Map<string, number>;
}

/** How long after a failed sweep the next one begins. */
const SWEEP_AGAIN_MS = 1_000;

/** One server of the simulated world. */
export class Machine {
  engine: Engine | null = null;
  /** Its clock: `rate` of true time since `originMs`, plus an offset that nobody else knows. */
  rate = 1;
  offsetMs = 0;
  /** Stopped (SIGSTOP, a VM pause) until this true time; -1: it runs. */
  pausedUntilMs = -1;
  disk: DurableState | null = null;
  powered = true;
  /** Group -> resources that are on. */
  readonly on = new Map<string, Set<string>>();
  manners: Manners;
  readonly trouble: Trouble = { activate: new Map(), deactivate: new Map(), sweep: new Map() };
  /** Monitors that the engine has started. */
  readonly monitors = new Set<string>();
  /** The latest order of each group; an earlier one is cancelled. */
  readonly #orders = new Map<string, number>();
  #orderCount = 0;
  #life = 0;
  #wakeMs = Infinity;
  #waiting: Event[] = [];

  constructor(readonly name: string, private readonly world: World, manners: Manners) {
    this.manners = manners;
  }

  /** This server's clock at the true time of the world. */
  get clockMs(): number {
    return this.offsetMs + this.world.nowMs * this.rate;
  }

  get running(): boolean {
    return this.engine !== null;
  }

  get paused(): boolean {
    return this.world.nowMs < this.pausedUntilMs;
  }

  active(group: string): boolean {
    return (this.on.get(group)?.size ?? 0) > 0;
  }

  /** Boots the machine where needed and starts the agent. */
  start(): void {
    if (this.engine) return;
    this.powered = true;
    this.#life += 1;
    this.#waiting = [];
    this.pausedUntilMs = -1;
    const life = this.#life;
    this.engine = new Engine({
      spec: this.world.spec,
      me: this.name,
      incarnation: `${this.name}-${this.#life}`,
      durable: this.disk ?? emptyDurableState(),
      remembers: this.disk !== null,
      nowMs: this.clockMs,
      seed: this.world.seeds.next() * 2 ** 32,
    });
    this.#wakeMs = Infinity;
    this.deliver({ type: "tick" });
    for (const { name } of this.world.spec.groups) this.#sweep(name, life, this.world.random.between(1, 120));
  }

  #sweep(group: string, life: number, inMs: number): void {
    this.world.after(inMs, () => {
      if (life !== this.#life || !this.engine) return;
      if (fails(this.trouble.sweep, group)) {
        this.#sweep(group, life, SWEEP_AGAIN_MS);
        this.deliver({ type: "swept", group, failure: { code: 5, message: "the address is still there" } });
        return;
      }
      this.#clear(group);
      this.deliver({ type: "swept", group });
    });
  }

  /** Everything of the group is off. What is raised later is out of reach of a dead man's switch of an earlier life. */
  #clear(group: string): void {
    this.on.delete(group);
  }

  /** The agent dies at once (kill -9); the dead man's switch takes the groups down within the stop time. */
  kill(): void {
    if (!this.engine) return;
    this.#die();
    const { stopMs } = this.world.spec.timing;
    for (const [group, resources] of this.on) {
      if (resources.size === 0) continue;
      this.world.after(this.world.random.between(0.05, 0.9) * stopMs, () => {
        if (resources.size > 0) this.world.note(this, `The dead man's switch takes down ${group}.`);
        resources.clear();
      });
    }
  }

  /** The machine loses its power: nothing on it lives on. */
  crash(keepDisk = true): void {
    this.#die();
    this.powered = false;
    for (const resources of this.on.values()) resources.clear();
    this.on.clear();
    if (!keepDisk) this.disk = null;
  }

  /** Does not run for `ms`. What piled up meanwhile may be looked at before the clock is. */
  pause(ms: number, eventsFirst = false): void {
    if (!this.engine || this.paused) return;
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

  /** The machine stands still, and so does its clock, while true time goes on. */
  suspend(ms: number): void {
    if (!this.engine || this.paused) return;
    this.pausedUntilMs = this.world.nowMs + ms;
    const life = this.#life;
    this.world.after(ms, () => {
      if (life !== this.#life) return;
      this.#waiting = [];
      this.pausedUntilMs = -1;
      this.offsetMs -= ms * this.rate;
      this.deliver({ type: "suspended", forMs: ms });
    });
  }

  /** Hands an event to the engine and carries out what comes of it. */
  deliver(event: Event): Output | undefined {
    if (!this.engine) return undefined;
    if (this.paused) {
      // A socket's receive buffer has an end as well.
      if (this.#waiting.length < 200) this.#waiting.push(event);
      return undefined;
    }
    const output = this.engine.step(event, this.clockMs);
    this.world.observe(this, output);
    if (output.persist) {
      // The power may fail between writing and saying.
      if (this.world.tears()) return this.#tear(output.persist), output;
      this.disk = output.persist;
    }
    if (output.beat) this.world.broadcast(this, output.beat);
    for (const command of output.commands) this.#carryOut(command);
    this.#wakeAt(output.wakeMs);
    return output;
  }

  #tear(persist: DurableState): void {
    if (this.world.random.chance(0.5)) this.disk = persist;
    this.crash();
    this.world.restartLater(this);
  }

  #die(): void {
    this.engine = null;
    this.#life += 1;
    this.#orders.clear();
    this.#waiting = [];
    this.monitors.clear();
    this.pausedUntilMs = -1;
  }

  #wakeAt(clockMs: number): void {
    const dueMs = Math.max(this.world.nowMs + 0.01, (clockMs - this.offsetMs) / this.rate);
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
        return this.#activate(command);
      case "deactivate":
        return this.#deactivate(command);
      case "fence":
        return this.#fence(command);
      case "monitor":
        if (command.run) this.monitors.add(command.monitor);
        else this.monitors.delete(command.monitor);
        return;
      case "power":
        this.world.note(this, `The machine goes down (${command.action}).`);
        this.crash();
        this.world.restartLater(this);
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

  #activate(command: Extract<Command, { do: "activate" }>): void {
    const { group, resource, epoch } = command;
    this.world.claimed(this, group, epoch);
    const resources = this.on.get(group) ?? new Set();
    this.on.set(group, resources);
    // It may be active from the moment it is ordered.
    resources.add(resource);
    this.world.check();
    const failure = this.#failure(this.trouble.activate, resource, this.manners.activateFails);
    this.#later(
      group,
      this.manners.activateMs,
      () => this.#answer({ type: "activated", group, resource, epoch }, failure),
    );
  }

  #deactivate(command: Extract<Command, { do: "deactivate" }>): void {
    const { group, resource, epoch } = command;
    const failure = this.#failure(this.trouble.deactivate, resource, this.manners.deactivateFails);
    this.#later(group, this.manners.deactivateMs, () => {
      if (!failure) this.on.get(group)?.delete(resource);
      this.#answer({ type: "deactivated", group, resource, epoch }, failure);
    });
  }

  #fence(command: Extract<Command, { do: "fence" }>): void {
    const { group, epoch, budgetMs } = command;
    const [from, to] = this.manners.fenceShare;
    this.#later(group, [from * budgetMs, to * budgetMs], () => {
      this.#clear(group);
      this.#answer({ type: "fenced", group, epoch });
    });
  }

  #failure(trouble: Map<string, number>, resource: string, probability: number): Failure | undefined {
    if (fails(trouble, resource)) return { code: 5, message: "the AWS CLI command failed" };
    return this.world.random.chance(probability) ? { code: 5, message: "drawn" } : undefined;
  }

  #answer(event: Extract<Event, { type: "activated" | "deactivated" | "fenced" }>, failure?: Failure): void {
    this.deliver(failure ? { ...event, failure } : event);
  }

  /** Does it after a drawn time, unless a later order of the same group has come. */
  #later(group: string, [from, to]: [number, number], act: () => void): void {
    const order = ++this.#orderCount;
    const life = this.#life;
    this.#orders.set(group, order);
    this.world.after(this.world.random.between(from, to), () => {
      if (life === this.#life && this.#orders.get(group) === order) act();
    });
  }
}

/** Takes one of the failures that `name` still has ahead of it. */
function fails(trouble: Map<string, number>, name: string): boolean {
  const left = trouble.get(name) ?? 0;
  if (left > 0) trouble.set(name, left - 1);
  return left > 0;
}
