/**
 * The simulated cluster of a question: started, brought to rest, and struck.
 *
 * @module
 */
import type { OperatorRequest } from "../cluster/events.ts";
import { COOL_DOWN_MS } from "../cluster/group.ts";
import { FENCE_SHARE } from "../cluster/self_fence.ts";
import type { ClusterSpec } from "../cluster/spec.ts";
import { SURE } from "../simulation/fence.ts";
import { CALM, type Manners } from "../simulation/work.ts";
import { World } from "../simulation/world.ts";
import { Ledger } from "./ledger.ts";
import { type Fault, MONITOR_INTERVAL_MS, type Question, wordsOf } from "./question.ts";

/** Between two looks while the cluster comes up, in milliseconds. */
const LOOK_MS = 100;

/** One simulated cluster. */
export class Stage {
  readonly world: World;
  readonly ledger: Ledger;
  /** Groups that an operator had to start, with what they waited for. */
  readonly startedByHand = new Map<string, string>();
  readonly #isolated = new Set<string>();
  readonly #frozenUntilMs = new Map<string, number>();
  /** Monitor and server -> the number of the fault that speaks for it. */
  readonly #speaks = new Map<string, number>();
  #faults = 0;

  constructor(private readonly question: Question) {
    const { spec, seed, times } = question;
    this.world = new World(spec, seed, mannersOf(question));
    this.world.keepStory = true;
    this.world.tolerated = [];
    this.world.rebootMs = times.rebootMs;
    this.#mendFence();
    this.ledger = new Ledger(this.world, {
      cutOff: ({ name }) => this.#isolated.has(name),
      // Where only the agent does not run, the rest goes on.
      still: ({ name, paused }) => paused && this.world.nowMs >= (this.#frozenUntilMs.get(name) ?? -Infinity),
    });
    this.world.observer = () => this.ledger.follow();
  }

  /** Starts everything and lets time pass until nothing changes any more. Begins the ledger; returns when that was. */
  settle(): number {
    const { world } = this;
    const { timing, groups } = world.spec;
    world.startAll();
    this.#untilServed(groups.filter(({ startup }) => startup === "auto").map(({ name }) => name));
    const byHand = groups.filter(({ name, startup }) => startup === "manual" && this.ledger.serving(name).length === 0);
    if (byHand.length > 0) world.run(2 * timing.takeoverMs);
    for (const { name } of byHand) {
      this.startedByHand.set(name, this.waiting(name)[0]?.text ?? "");
      this.#ask({ op: "start", group: name, by: "operator" });
    }
    this.#untilServed(byHand.map(({ name }) => name));
    // A tie-breaker counts once it has been reached for the detection time; a failback waits as long.
    world.run(2 * timing.takeoverMs + world.streams("beginning").between(0, timing.intervalMs));
    this.ledger.begin();
    return world.nowMs;
  }

  /** Does it. */
  strike(fault: Fault): void {
    this.world.tell(sentence(wordsOf(fault)));
    this.#strike(fault);
    this.ledger.follow();
  }

  /** Mends everything that was done: links, reach, fence, monitors, and servers that are down. */
  heal(): void {
    this.world.tell("Everything is mended.");
    this.world.heal();
    this.#mendFence();
    this.#isolated.clear();
    for (const key of this.#speaks.keys()) {
      const [monitor = "", server = ""] = key.split("\n");
      this.#strike({ kind: "monitor", monitor, server, status: "normal" });
    }
    this.world.startAll();
    this.ledger.follow();
  }

  /** What each server that runs waits for before it carries the group, those of the group first, in its order. */
  waiting(group: string): { server: string; text: string }[] {
    const order = this.world.spec.groups.find(({ name }) => name === group)?.servers ?? [];
    const rank = (server: string) => order.includes(server) ? order.indexOf(server) : order.length;
    return this.world.machines.flatMap(({ name, engine }) => {
      const text = engine?.view().groups.find((view) => view.name === group)?.waiting;
      return text ? [{ server: name, text }] : [];
    }).sort((a, b) => rank(a.server) - rank(b.server));
  }

  #strike(fault: Fault): void {
    const { world } = this;
    switch (fault.kind) {
      case "kill":
        return world.machine(fault.server).kill();
      case "crash":
        return fault.servers.forEach((server) => world.machine(server).crash());
      case "cut":
        world.cut(fault.from, fault.to);
        return fault.both ? world.cut(fault.to, fault.from) : undefined;
      case "isolate":
        return this.#isolate(fault.server);
      case "pause":
        return world.machine(fault.server).pause(fault.forMs);
      case "suspend":
        return world.machine(fault.server).suspend(fault.forMs);
      case "freeze":
        return this.#freeze(fault.server, fault.forMs);
      case "device":
        return (fault.servers ?? world.spec.servers).forEach((server) => this.#loseVote(server));
      case "witness-outage":
        world.witness.outage = true;
        return;
      case "fence-fails":
        world.fence.manners = { ...world.fence.manners, fails: 1, stopMs: [...SURE.stopMs] };
        return;
      case "monitor":
        return this.#report(fault);
      case "move":
        return this.#ask({ op: "move", group: fault.group, to: fault.to, by: "operator" });
      case "stop":
        return this.#ask({ op: "stop", group: fault.group, by: "operator" });
      case "leave":
        world.machine(fault.server).deliver({ type: "operator", request: { op: "leave", by: "operator" } });
    }
  }

  #isolate(server: string): void {
    const { world } = this;
    for (const { name } of world.machines) {
      if (name === server) continue;
      world.cut(server, name);
      world.cut(name, server);
    }
    this.#loseVote(server);
    world.fence.reach(server, false);
    this.#isolated.add(server);
  }

  #freeze(server: string, forMs: number): void {
    const machine = this.world.machine(server);
    if (!machine.running || machine.paused) return;
    this.#frozenUntilMs.set(server, this.world.nowMs + forMs);
    machine.freeze(forMs);
  }

  #loseVote(server: string): void {
    this.world.deviceReach(server, false);
    this.world.witness.reach(server, false);
  }

  /** From now on the monitor says so at each of its checks, until another fault speaks for it. */
  #report({ monitor, server, status }: Extract<Fault, { kind: "monitor" }>): void {
    const key = `${monitor}\n${server}`;
    const number = ++this.#faults;
    this.#speaks.set(key, number);
    const everyMs = this.question.monitorIntervals.get(monitor) ?? MONITOR_INTERVAL_MS;
    const speak = () => {
      if (this.#speaks.get(key) !== number) return;
      this.world.after(everyMs, speak);
      const machine = this.world.machine(server);
      if (!machine.monitors.has(monitor)) return;
      machine.deliver({ type: "verdict", monitor, verdict: { status, message: "it was asked to say so" } });
    };
    // The worst case: the check before was just over.
    this.world.after(everyMs, speak);
  }

  /** An operator asks the server that carries the group, else the first one that runs. */
  #ask(request: Extract<OperatorRequest, { op: "start" | "stop" | "move" }>): void {
    const { machines } = this.world;
    const machine = machines.find((each) => each.running && each.active(request.group)) ??
      machines.find(({ running }) => running);
    const refused = machine
      ? machine.deliver({ type: "operator", request })?.refused
      : "no server runs that could be asked";
    if (refused !== undefined) this.world.tell(sentence(`refused: ${refused}`));
  }

  #untilServed(groups: readonly string[]): void {
    const boundMs = this.world.nowMs + settleMs(this.question);
    while (this.world.nowMs < boundMs && groups.some((group) => this.ledger.serving(group).length === 0)) {
      this.world.run(LOOK_MS);
    }
  }

  #mendFence(): void {
    const { fenceMs, fenceTimeoutMs } = this.question.times;
    this.world.fence.manners = { ...SURE, stopMs: [fenceMs, fenceMs], deadlineMs: fenceTimeoutMs, spares: true };
  }
}

/** After so long without a fault everything that can run must run, in milliseconds. */
export function settleMs({ spec, times }: Pick<Question, "spec" | "times">): number {
  const workMs = (times.activationMs ?? 0) + (times.deactivationMs ?? 0);
  const resources = Math.max(0, ...spec.groups.map((group) => group.resources.length));
  const fenceMs = spec.fence ? 3 * Math.min(times.fenceMs, times.fenceTimeoutMs) : 0;
  return 2 * (COOL_DOWN_MS + 2 * spec.timing.takeoverMs + workMs * resources) + fenceMs;
}

/** How long work takes. One stop time fits all groups of a server: that of the largest. */
function mannersOf({ spec, times }: Question): Manners {
  const manners = { ...CALM };
  if (times.activationMs !== null) manners.activateMs = [times.activationMs, times.activationMs];
  if (times.deactivationMs !== null) {
    manners.deactivateMs = [times.deactivationMs, times.deactivationMs];
    const share = longestStopMs(spec, times.deactivationMs) / (spec.timing.stopMs * FENCE_SHARE);
    manners.fenceShare = [share, share];
  }
  return manners;
}

/** How long the largest group takes to stop, one resource after the other, in milliseconds. */
export function longestStopMs(spec: ClusterSpec, deactivationMs: number): number {
  return deactivationMs * Math.max(0, ...spec.groups.map((group) => group.resources.length));
}

function sentence(words: string): string {
  return /[.!?]$/.test(words) ? words : `${words}.`;
}
