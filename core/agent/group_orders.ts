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
import { bounded } from "./bounded.ts";
import type { Contexts } from "./contexts.ts";
import { Guard } from "./guard.ts";

/** An order that concerns one group. */
export type GroupOrder = Extract<Command, { do: "activate" | "deactivate" | "fence" }>;

/** How long one resource may take when leftovers of a predecessor are removed, in milliseconds. */
const SWEEP_TIMEOUT_MS = 30_000;

/** The orders of one group. */
export class GroupOrders {
  readonly #guard: Guard;
  #ticket = 0;
  #current = new AbortController();
  #idle: Promise<void> = Promise.resolve();

  constructor(
    private readonly group: GroupConfig,
    private readonly contexts: Contexts,
    stopMs: number,
    private readonly answer: (event: Event) => void,
  ) {
    this.#guard = new Guard(group, contexts, stopMs);
  }

  /** Takes the right to be the latest order. Called when the order is given, before anything is awaited. */
  ticket(): number {
    return ++this.#ticket;
  }

  /** Carries the order out unless a later one has been given meanwhile. */
  async carryOut(order: GroupOrder, ticket: number): Promise<void> {
    if (ticket !== this.#ticket) return;
    this.#current.abort(new DOMException("a later order has come", "AbortError"));
    const current = this.#current = new AbortController();
    const before = this.#idle;
    let done = () => {};
    this.#idle = new Promise((resolve) => done = resolve);
    try {
      await before;
      if (ticket !== this.#ticket) return;
      const event = await this.#run(order, current.signal);
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
  }

  /** Disarms the dead man's switch of a group that is known to be down. */
  disarm(): Promise<void> {
    return this.#guard.disarm();
  }

  async #run(order: GroupOrder, signal: AbortSignal): Promise<Event> {
    const { group, epoch } = order;
    if (order.do === "fence") {
      const failure = await this.#fence(order.budgetMs, signal);
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
        await this.#guard.arm(within);
        const context = this.contexts.of(this.#subject(resource), within);
        const reason = cause === "stop" || cause === "fence" ? "start" : cause;
        await resource.plugin.activate(activateContext(context, reason, epoch));
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

  /** Everything down within the budget: addresses first and together, then the rest in reverse order. */
  async #fence(budgetMs: number, signal: AbortSignal): Promise<Failure | undefined> {
    const untilMs = performance.now() + budgetMs;
    const failures: string[] = [];
    const down = async (resource: ResourceConfig) => {
      try {
        await this.#deactivate(resource, "fence", signal, Math.max(1, untilMs - performance.now()));
      } catch (error) {
        failures.push(`${resource.name}: ${message(error)}`);
      }
    };
    const order = this.#addressesFirst();
    await Promise.all(order.filter(({ plugin }) => plugin.address).map(down));
    for (const resource of order.filter(({ plugin }) => !plugin.address)) await down(resource);
    if (failures.length > 0) return { code: FAULT_CODES.internal, message: failures.join("; ") };
    await this.#guard.disarm();
    return undefined;
  }

  #deactivate(
    resource: ResourceConfig,
    reason: DeactivationReason,
    signal: AbortSignal,
    timeoutMs: number,
  ): Promise<void> {
    return bounded(
      signal,
      timeoutMs,
      (within) =>
        resource.plugin.deactivate(deactivateContext(this.contexts.of(this.#subject(resource), within), reason)),
    );
  }

  #addressesFirst(): ResourceConfig[] {
    const reversed = this.group.resources.toReversed();
    return [...reversed.filter(({ plugin }) => plugin.address), ...reversed.filter(({ plugin }) => !plugin.address)];
  }

  #subject(resource: ResourceConfig) {
    return { name: resource.name, options: resource.options, group: this.group.name };
  }
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
