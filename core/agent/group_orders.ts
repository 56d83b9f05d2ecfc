/**
 * Carries out the engine's orders for one group: one at a time, the latest wins. A new order aborts the one before it
 * and waits for its end; only the latest is answered.
 *
 * @module
 */
import type { Cause, Command, Event, Failure } from "../cluster/events.ts";
import type { GroupConfig, ResourceConfig } from "../config/config.ts";
import { activateContext, deactivateContext } from "../plugin/context.ts";
import type { DeactivationReason } from "../plugin/contract.ts";
import { Fault, FAULT_CODES } from "../plugin/fault.ts";
import { atMost, bounded, GRACE_MS } from "./bounded.ts";
import type { Contexts } from "./contexts.ts";
import type { SwitchRegister } from "./switch_register.ts";
import { Guard, type GuardTiming } from "./guard.ts";
import { Underway } from "./underway.ts";

/** An order that concerns one group. */
export type GroupOrder = Extract<Command, { do: "activate" | "deactivate" | "fence" }>;

/** Share of a fence's budget that addresses get before the rest begins to stop as well. */
const HEAD_START = 0.125;
/** How long one resource may take when leftovers of a predecessor are removed, in milliseconds. */
const SWEEP_TIMEOUT_MS = 30_000;

/**
 * Share of a fence's budget for what does not notice that its time is over: once for the order before it, once for the
 * resources.
 */
const FENCE_GRACE = 0.05;

/** The orders of one group. */
export class GroupOrders {
  readonly #guard: Guard;
  readonly #underway = new Underway();
  #ticket = 0;
  #current = new AbortController();
  #idle: Promise<unknown> = Promise.resolve();
  /** The disarming after a fence, which its answer does not wait for. */
  #disarming: Promise<void> = Promise.resolve();

  constructor(
    private readonly group: GroupConfig,
    private readonly contexts: Contexts,
    timing: GuardTiming,
    private readonly answer: (event: Event) => void,
    switches?: SwitchRegister,
  ) {
    this.#guard = new Guard(group, contexts, timing, switches);
  }

  /** Tells the dead man's switch that the agent runs, and for how long the permit lasts. Cheap; called at every step. */
  live(): void {
    this.#guard.live();
  }

  /** Takes the right to be the latest order. Called when the order is given, before anything is awaited. */
  ticket(): number {
    return ++this.#ticket;
  }

  /** Carries the order out unless a later one has been given meanwhile. */
  async carryOut(order: GroupOrder, ticket: number): Promise<void> {
    if (ticket !== this.#ticket) return;
    const startedMs = performance.now();
    this.#current.abort(new DOMException("a later order has come", "AbortError"));
    const current = this.#current = new AbortController();
    const before = this.#idle;
    let done = () => {};
    this.#idle = Promise.all([before, new Promise<void>((resolve) => done = resolve)]);
    try {
      // A fence has no time to lose on what was told to end and does not.
      if (order.do === "fence") await atMost(fenceGraceMs(order.budgetMs), before);
      else await before;
      if (ticket !== this.#ticket) return;
      const event = await this.#run(order, startedMs, current.signal);
      if (ticket === this.#ticket) this.answer(event);
    } finally {
      done();
    }
  }

  /** Removes what a predecessor of this process may have left. */
  async sweep(signal: AbortSignal): Promise<Failure | undefined> {
    const failures: string[] = [];
    for (const resource of this.#addressesFirst()) {
      try {
        await this.#deactivate(resource, "sweep", signal, Math.min(SWEEP_TIMEOUT_MS, resource.deactivateTimeoutMs));
      } catch (error) {
        failures.push(`${resource.name}: ${message(error)}`);
      }
    }
    if (failures.length === 0) return undefined;
    return { code: FAULT_CODES.internal, message: failures.join("; ") };
  }

  /** Loads what the resources need, so that a takeover need not wait for it. Failures are only told. */
  async prepare(signal: AbortSignal, tell: (text: string) => void): Promise<void> {
    for (const resource of this.group.resources) {
      if (!resource.plugin.prepare) continue;
      try {
        await bounded(
          signal,
          resource.activateTimeoutMs,
          (within) => resource.plugin.prepare!(this.contexts.of(this.#subject(resource), within)),
        );
      } catch (error) {
        if (!signal.aborted) tell(`${resource.name} could not be prepared on this server: ${message(error)}`);
      }
    }
  }

  /** Ends what is under way and the dead man's switch with it. Only for a group that is down. */
  async close(): Promise<void> {
    this.#ticket += 1;
    this.#current.abort(new DOMException("the agent stops", "AbortError"));
    await this.#idle;
    await this.#disarming;
  }

  /** Disarms the dead man's switch of a group that is known to be down. */
  disarm(): Promise<void> {
    return this.#guard.disarm();
  }

  async #run(order: GroupOrder, startedMs: number, signal: AbortSignal): Promise<Event> {
    const { group, epoch } = order;
    if (order.do === "fence") {
      const letGo = this.#guard.hold();
      const failure = await this.#fence(order.budgetMs, startedMs, signal).finally(letGo);
      return { type: "fenced", group, epoch, ...(failure ? { failure } : {}) };
    }
    const { resource } = order;
    const config = this.group.resources.find(({ name }) => name === resource)!;
    const failure = order.do === "activate"
      ? await this.#activate(config, order.cause, epoch, signal)
      : await this.#takeDown(config, order.cause, signal);
    return {
      type: order.do === "activate" ? "activated" : "deactivated",
      group,
      resource,
      epoch,
      ...(failure ? { failure } : {}),
    };
  }

  async #activate(
    resource: ResourceConfig,
    cause: Cause,
    epoch: number,
    signal: AbortSignal,
  ): Promise<Failure | undefined> {
    try {
      await bounded(signal, resource.activateTimeoutMs, async (within) => {
        await this.#underway.ended(resource.name, within);
        await this.#guard.arm(within);
        // What came too late must not begin.
        within.throwIfAborted();
        const context = this.contexts.of(this.#subject(resource), within);
        const reason = cause === "stop" || cause === "fence" ? "start" : cause;
        const work = (async () => await resource.plugin.activate(activateContext(context, reason, epoch)))();
        this.#underway.track(resource.name, work);
        await work;
      });
      return undefined;
    } catch (error) {
      return failureOf(error);
    }
  }

  async #takeDown(resource: ResourceConfig, cause: Cause, signal: AbortSignal): Promise<Failure | undefined> {
    try {
      const reason = cause === "start" ? "stop" : cause;
      await this.#deactivate(resource, reason, signal, resource.deactivateTimeoutMs);
      if (resource === this.group.resources[0]) await this.#guard.disarm();
      return undefined;
    } catch (error) {
      return failureOf(error);
    }
  }

  /** Everything down within the budget: addresses first and together, the rest in reverse order right behind them. */
  async #fence(budgetMs: number, startedMs: number, signal: AbortSignal): Promise<Failure | undefined> {
    const graceMs = fenceGraceMs(budgetMs);
    const untilMs = startedMs + budgetMs - graceMs;
    const failures: string[] = [];
    const down = async (resource: ResourceConfig) => {
      const leftMs = untilMs - performance.now();
      try {
        if (leftMs <= 0) throw new Error("no time was left for it");
        await this.#deactivate(resource, "fence", signal, leftMs, graceMs);
      } catch (error) {
        failures.push(`${resource.name}: ${message(error)}`);
      }
    };
    const order = this.#addressesFirst();
    const addresses = Promise.all(order.filter(({ plugin }) => plugin.address).map(down));
    // An address that needs an API to go must not keep the service alive that clients still reach through it.
    await atMost(budgetMs * HEAD_START, addresses);
    for (const resource of order.filter(({ plugin }) => !plugin.address)) await down(resource);
    await addresses;
    if (failures.length > 0) return { code: FAULT_CODES.internal, message: failures.join("; ") };
    this.#disarming = this.#guard.disarm().catch(() => {});
    return undefined;
  }

  #deactivate(
    resource: ResourceConfig,
    reason: DeactivationReason,
    signal: AbortSignal,
    timeoutMs: number,
    graceMs = GRACE_MS,
  ): Promise<void> {
    const down = async (within: AbortSignal) =>
      await resource.plugin.deactivate(deactivateContext(this.contexts.of(this.#subject(resource), within), reason));
    return bounded(signal, timeoutMs, async (within) => {
      const again = this.#underway.has(resource.name);
      await down(within);
      if (!again) return;
      // What was told to end and has not may have put it up again meanwhile.
      await this.#underway.ended(resource.name, within);
      within.throwIfAborted();
      await down(within);
    }, graceMs);
  }

  #addressesFirst(): ResourceConfig[] {
    const reversed = this.group.resources.toReversed();
    return [...reversed.filter(({ plugin }) => plugin.address), ...reversed.filter(({ plugin }) => !plugin.address)];
  }

  #subject(resource: ResourceConfig) {
    return { name: resource.name, options: resource.options, group: this.group.name };
  }
}

function fenceGraceMs(budgetMs: number): number {
  return Math.min(GRACE_MS, budgetMs * FENCE_GRACE);
}

function failureOf(error: unknown): Failure {
  if (error instanceof Fault) return { code: error.code, message: message(error) };
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return { code: FAULT_CODES.timeout, message: `Timeout occurred: ${error.message}` };
  }
  return { code: FAULT_CODES.internal, message: message(error) };
}

function message(error: unknown): string {
  if (error instanceof Fault) return error.remedy === "" ? error.message : `${error.message}; ${error.remedy}`;
  return error instanceof Error ? error.message : String(error);
}
