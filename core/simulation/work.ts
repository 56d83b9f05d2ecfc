/**
 * The work of resources on one machine: what is really on, and the engine's orders carried out with times and failures
 * drawn from the machine's manners. For each group only the latest order counts.
 *
 * @module
 */
import type { Command, Event, Failure } from "../cluster/events.ts";
import type { Machine } from "./machine.ts";
import type { Random } from "./random.ts";
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

/** Nothing fails and everything is quick. */
export const CALM: Manners = {
  activateMs: [1, 20],
  activateFails: 0,
  deactivateMs: [1, 20],
  deactivateFails: 0,
  fenceShare: [0.05, 0.5],
};

/** Work of resources that fails the next few times, whatever the manners say: resource -> how often still. */
export interface Trouble {
  activate: Map<string, number>;
  deactivate: Map<string, number>;
  /** Group -> how often its sweep fails still. */
  sweep: Map<string, number>;
  /** Monitor -> how often the scripts of its recovery fail still. */
  script: Map<string, number>;
  /** Resource -> how often it does not end in time still. */
  stall: Map<string, number>;
}

/** How long a script of a monitor's recovery runs. */
const SCRIPT_MS: readonly [number, number] = [10, 90];
/** How long after a failed sweep the next one begins. */
const SWEEP_AGAIN_MS = 1_000;
/** Share of the stop time that a dead man's switch takes. */
const SWITCH_SHARE = [0.05, 0.9] as const;
/** By this share of the stop time a switch that hurries is through. */
const HURRIED_SHARE = 0.98;
/** How long after waking up a process looks again whether it may send. */
const LOOK_AGAIN_MS = 1;

type Answer = Extract<Event, { type: "activated" | "deactivated" | "fenced" }>;

/** What a machine's resources do. */
export class Work {
  /** Group -> resources that are on. */
  readonly on = new Map<string, Set<string>>();
  readonly trouble: Trouble = {
    activate: new Map(),
    deactivate: new Map(),
    sweep: new Map(),
    script: new Map(),
    stall: new Map(),
  };
  readonly #orders = new Map<string, number>();
  /** Group -> when the fence that is under way began, in true time. */
  readonly #fencingSinceMs = new Map<string, number>();
  #orderCount = 0;

  constructor(private readonly machine: Machine, private readonly world: World, private readonly random: Random) {}

  /** Nothing that was ordered is carried on. */
  abandon(): void {
    this.#orders.clear();
  }

  /** Everything is off at once. */
  powerOff(): void {
    for (const resources of this.on.values()) resources.clear();
    this.on.clear();
    this.#fencingSinceMs.clear();
  }

  /** What a predecessor may have left is removed. */
  sweep(group: string): void {
    this.#sweep(group, this.random.between(1, 120));
  }

  #sweep(group: string, inMs: number): void {
    const { life } = this.machine;
    this.machine.after(inMs, () => {
      if (life !== this.machine.life || !this.machine.engine) return;
      if (fails(this.trouble.sweep, group)) {
        this.#sweep(group, SWEEP_AGAIN_MS);
        this.machine.deliver({ type: "swept", group, failure: { code: 5, message: "the address is still there" } });
        return;
      }
      this.#clear(group);
      this.machine.deliver({ type: "swept", group });
    });
  }

  /** Everything of the group is off. What is raised later is out of reach of a dead man's switch of an earlier life. */
  #clear(group: string): void {
    this.on.delete(group);
    this.#fencingSinceMs.delete(group);
  }

  /** The dead man's switch of each group takes it down within the stop time. */
  deadMansSwitch(): void {
    for (const group of this.on.keys()) this.switchOff(group, 0);
  }

  /** The dead man's switch of `group` fires after `inMs`. It takes down what was on when it was told of it last. */
  switchOff(group: string, inMs: number): void {
    const resources = this.on.get(group);
    if (!resources || resources.size === 0) return;
    const { stopMs } = this.machine.spec.timing;
    // One that fires while the agent was fencing knows that the stop time runs already, and hurries.
    const leftMs = (this.#fencingSinceMs.get(group) ?? Infinity) + HURRIED_SHARE * stopMs - this.world.nowMs - inMs;
    const workMs = Math.min(this.random.between(...SWITCH_SHARE) * stopMs, Math.max(0, leftMs));
    this.machine.after(inMs + workMs, () => {
      if (resources.size > 0) this.world.note(this.machine, `The dead man's switch takes down ${group}.`);
      resources.clear();
    });
  }

  activate(command: Extract<Command, { do: "activate" }>): void {
    const { group, resource, epoch } = command;
    this.world.truth.claimed(this.machine, group, epoch);
    const resources = this.on.get(group) ?? new Set();
    this.on.set(group, resources);
    if (resources.size === 0 && command.attempt === 1) {
      this.world.truth.begins(this.machine, group, command.cause);
    }
    // It may be active from the moment it is ordered.
    resources.add(resource);
    this.world.truth.check();
    const failure = this.#failure(this.trouble.activate, resource, this.machine.manners.activateFails);
    const answer = (problem?: Failure) => this.#answer({ type: "activated", group, resource, epoch }, problem);
    const { cloud } = this.world;
    const address = this.machine.spec.groups.find(({ name }) => name === group)?.resources
      .some(({ name, address }) => name === resource && address);
    this.#later(group, this.machine.manners.activateMs, (current) => {
      if (failure || !cloud || !address) return answer(failure);
      this.#whenPermitted(group, current, () => {
        cloud.point(this.machine, resource, (problem) => {
          if (current()) answer(problem === undefined ? undefined : { code: 5, message: problem });
        });
      }, () => answer({ code: 5, message: "the permit has ended" }));
    });
  }

  /** Looks at the permit right before the request is sent; a process that does not run sends nothing. */
  #whenPermitted(group: string, current: () => boolean, send: () => void, refuse: () => void): void {
    if (!current()) return;
    const { machine } = this;
    if (machine.paused) {
      const inMs = machine.pausedUntilMs - this.world.nowMs + LOOK_AGAIN_MS;
      this.world.after(inMs, () => this.#whenPermitted(group, current, send, refuse));
      return;
    }
    if (machine.clockMs < (machine.engine?.permitUntilMs(group) ?? -Infinity)) send();
    else refuse();
  }

  deactivate(command: Extract<Command, { do: "deactivate" }>): void {
    const { group, resource, epoch } = command;
    const failure = this.#failure(this.trouble.deactivate, resource, this.machine.manners.deactivateFails);
    this.#later(group, this.machine.manners.deactivateMs, () => {
      if (!failure) this.on.get(group)?.delete(resource);
      this.#answer({ type: "deactivated", group, resource, epoch }, failure);
    });
  }

  fence(command: Extract<Command, { do: "fence" }>): void {
    const { group, epoch, budgetMs } = command;
    const [from, to] = this.machine.manners.fenceShare;
    this.#fencingSinceMs.set(group, this.world.nowMs);
    this.#later(group, [from * budgetMs, to * budgetMs], () => {
      this.#clear(group);
      this.#answer({ type: "fenced", group, epoch });
    });
  }

  /** A script of a monitor's recovery. */
  script({ monitor, request, step, count }: Extract<Command, { do: "script" }>): void {
    const { life } = this.machine;
    this.world.note(this.machine, `The script of ${monitor} runs (${step}, ${count}).`);
    const failure = fails(this.trouble.script, monitor) ? { code: 1, message: "it ended with status 3" } : undefined;
    this.machine.after(this.random.between(...SCRIPT_MS), () => {
      if (life !== this.machine.life) return;
      this.machine.deliver({ type: "script-done", monitor, request, ...(failure ? { failure } : {}) });
    });
  }

  #failure(trouble: Map<string, number>, resource: string, probability: number): Failure | undefined {
    if (fails(this.trouble.stall, resource)) return { code: 6, message: "no answer in time", timedOut: true };
    if (fails(trouble, resource)) return { code: 5, message: "the AWS CLI command failed" };
    return this.random.chance(probability) ? { code: 5, message: "drawn" } : undefined;
  }

  #answer(event: Answer, failure?: Failure): void {
    this.machine.deliver(failure ? { ...event, failure } : event);
  }

  /** Does it after a drawn time, unless a later order of the same group has come. */
  #later(group: string, [from, to]: [number, number], act: (current: () => boolean) => void): void {
    const order = ++this.#orderCount;
    const { life } = this.machine;
    this.#orders.set(group, order);
    const current = () => life === this.machine.life && this.#orders.get(group) === order;
    this.machine.after(this.random.between(from, to), () => {
      if (current()) act(current);
    });
  }
}

/** Takes one of the failures that `name` still has ahead of it. */
function fails(trouble: Map<string, number>, name: string): boolean {
  const left = trouble.get(name) ?? 0;
  if (left > 0) trouble.set(name, left - 1);
  return left > 0;
}
