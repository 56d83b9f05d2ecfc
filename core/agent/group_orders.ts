/**
 * Carries out the engine's orders for one group: one at a time, the latest wins. A new order aborts the one before it
 * and waits for its end; only the latest is answered.
 *
 * @module
 */
import type { Cause, Command, Event, Failure } from "../cluster/events.ts";
import type { GroupConfig, ResourceConfig } from "../config/config.ts";
import { fenceMs, type SelfFenceAction } from "../cluster/stop_budget.ts";
import { tryPauseMs } from "../cluster/try_pause.ts";
import { activateContext, deactivateContext } from "../plugin/context.ts";
import type { DeactivationReason, PluginContext } from "../plugin/contract.ts";
import { Fault, FAULT_CODES } from "../plugin/fault.ts";
import { bounded, elapsed, GRACE_MS } from "./bounded.ts";
import type { Contexts } from "./contexts.ts";
import { fence } from "./fence.ts";
import { Guard, type GuardTiming } from "./guard.ts";
import type { SwitchRegister } from "./switch_register.ts";
import { withMark } from "./mark.ts";
import { straysOf } from "./strays.ts";
import { numberOf, sentenceOf, told } from "./told.ts";
import { Underway } from "./underway.ts";
import type { Watchdog } from "./watchdog.ts";

/** An order that concerns one group. */
export type GroupOrder = Extract<Command, { do: "activate" | "deactivate" | "fence" }>;

/** How long one resource may take when leftovers of a predecessor are removed, in milliseconds. */
const SWEEP_TIMEOUT_MS = 30_000;

/** What the orders of a group may be given besides. */
export interface GroupOrdersExtras {
  /** Remembers the dead man's switch for the agent's successor. */
  switches?: SwitchRegister;
  /** Carried by every process that is started for the group, see `marked_processes.ts`. */
  mark?: string;
  /** What answers a fence that left something; default: `shutdown`. */
  selfFenceAction?: SelfFenceAction;
  /** Says something that an operator should know; a sentence without its full stop. */
  tell?(text: string): void;
  /** Says what of the group still runs although it is down here; a sentence without its full stop. */
  stray?(text: string): void;
  /** Resets the machine when nobody watches the permit any more. */
  watchdog?: Watchdog;
}

/** The orders of one group. */
export class GroupOrders {
  readonly #guard: Guard;
  readonly #underway = new Underway();
  #ticket = 0;
  #current = new AbortController();
  #idle: Promise<unknown> = Promise.resolve();
  /** The disarming after a fence, which its answer does not wait for. */
  #disarming: Promise<void> = Promise.resolve();
  /** The look at what still runs of a group that is down, which no answer waits for. */
  #looking: Promise<void> = Promise.resolve();

  constructor(
    private group: GroupConfig,
    private readonly contexts: Contexts,
    timing: GuardTiming,
    private readonly answer: (event: Event) => void,
    private readonly extras: GroupOrdersExtras = {},
  ) {
    this.#guard = new Guard(group, contexts, timing, extras);
  }

  /** Tells the dead man's switch that the agent runs, and for how long the permit lasts. Cheap; called at every step. */
  live(): void {
    this.#guard.live();
  }

  /** Goes on with other options of the same resources. Only for a group that is down. */
  change(group: GroupConfig): void {
    this.group = group;
    this.#guard.change(group);
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
      // A fence has no time to lose on what was told to end and does not: it waits for that beside its own work.
      if (order.do !== "fence") await before;
      if (ticket !== this.#ticket) return;
      const event = await this.#run(order, startedMs, before, current.signal);
      if (ticket === this.#ticket) this.answer(event);
    } finally {
      done();
    }
  }

  /** Removes what a predecessor of this process may have left. */
  async sweep(signal: AbortSignal): Promise<Failure | undefined> {
    if (!this.#mayCarry) return undefined;
    const failures: string[] = [];
    const numbers = new Set<number>();
    for (const resource of this.#addressesFirst()) {
      try {
        await this.#deactivate(resource, "sweep", signal, Math.min(SWEEP_TIMEOUT_MS, resource.deactivateTimeoutMs));
      } catch (error) {
        failures.push(`${resource.name}: ${message(error)}`);
        numbers.add(numberOf(error));
      }
    }
    if (failures.length === 0) {
      this.#lookForStrays(AbortSignal.any([signal, this.#current.signal]));
      return undefined;
    }
    const [number, ...others] = numbers;
    return {
      code: number !== undefined && others.length === 0 ? number : FAULT_CODES.internal,
      message: failures.join("; "),
    };
  }

  /** Loads what the resources need, so that a takeover need not wait for it. Failures are only told. */
  async prepare(signal: AbortSignal, tell: (text: string) => void): Promise<void> {
    if (!this.#mayCarry) return;
    for (const resource of this.group.resources) {
      if (!resource.plugin.prepare) continue;
      try {
        await bounded(
          signal,
          resource.activateTimeoutMs,
          (within) => resource.plugin.prepare!(this.#context(resource, within)),
        );
      } catch (error) {
        if (!signal.aborted) tell(`${resource.name} could not be prepared on this server. ${told(error)}`);
      }
    }
  }

  /** Ends what is under way and the dead man's switch with it. Only for a group that is down. */
  async close(): Promise<void> {
    this.#ticket += 1;
    this.#current.abort(new DOMException("the agent stops", "AbortError"));
    await this.#idle;
    await this.#disarming;
    await this.#looking;
  }

  /** Disarms the dead man's switch, and the watchdog, of a group that is known to be down. */
  disarm(): Promise<void> {
    this.extras.watchdog?.release(this.group.name);
    return this.#guard.disarm();
  }

  async #run(
    order: GroupOrder,
    startedMs: number,
    before: Promise<unknown>,
    signal: AbortSignal,
  ): Promise<Event> {
    const { group, epoch } = order;
    if (order.do === "fence") {
      if (order.again) this.extras.watchdog?.confirmed(group);
      else this.extras.watchdog?.fencing(group);
      const letGo = this.#guard.hold();
      const failure = await this.#fence(order.budgetMs, startedMs, before, signal).finally(letGo);
      return { type: "fenced", group, epoch, ...(failure ? { failure } : {}) };
    }
    const { resource } = order;
    const config = this.group.resources.find(({ name }) => name === resource)!;
    await elapsed(tryPauseMs(order.attempt), signal);
    const failure = order.do === "activate"
      ? await this.#activate(config, order, signal)
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
    { cause, epoch, lost }: Extract<GroupOrder, { do: "activate" }>,
    signal: AbortSignal,
  ): Promise<Failure | undefined> {
    try {
      await bounded(signal, resource.activateTimeoutMs, async (within) => {
        await this.#underway.ended(resource.name, within);
        await this.#guard.arm(within);
        await this.extras.watchdog?.hold(this.group.name, within);
        // What came too late must not begin.
        within.throwIfAborted();
        const context = this.contexts.starts.watching(resource.name, this.#context(resource, within));
        const reason = cause === "stop" || cause === "fence" ? "start" : cause;
        const work = (async () => await resource.plugin.activate(activateContext(context, reason, epoch, lost)))();
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
      if (resource !== this.group.resources[0]) return undefined;
      await this.disarm();
      this.#lookForStrays(signal);
      return undefined;
    } catch (error) {
      return failureOf(error);
    }
  }

  /** Ends with `signal`: what a later order starts is no stray. */
  #lookForStrays(signal: AbortSignal): void {
    const { mark, stray } = this.extras;
    if (mark === undefined || stray === undefined) return;
    const released = { group: this.group.name, server: this.contexts.server, mark };
    this.#looking = this.#looking.then(async () => {
      const text = await straysOf(released, this.contexts.os, signal);
      if (text !== null) stray(text);
    });
  }

  async #fence(
    budgetMs: number,
    startedMs: number,
    before: Promise<unknown>,
    signal: AbortSignal,
  ): Promise<Failure | undefined> {
    const left = await fence(
      {
        resources: this.#addressesFirst(),
        before,
        deactivate: (resource, ms, graceMs) => this.#deactivate(resource, "fence", signal, ms, graceMs),
        kill: (failed, ms, graceMs) => bounded(signal, ms, (within) => this.#kill(failed, within), graceMs),
        message,
      },
      fenceMs(budgetMs, this.extras.selfFenceAction ?? "shutdown"),
      startedMs,
    );
    if (left.length > 0) return { code: FAULT_CODES.internal, message: left.join("; ") };
    this.#disarming = this.disarm().catch(() => {});
    return undefined;
  }

  /** Ends by force what a stop did not end, and every process of the group that still runs. */
  async #kill(failed: readonly ResourceConfig[], signal: AbortSignal): Promise<void> {
    const { os } = this.contexts;
    const { mark } = this.extras;
    const [left] = await Promise.all([
      mark === undefined ? [] : os.killMarked(mark, signal),
      ...failed.map(async (resource) => {
        const commands = await resource.plugin.kill?.(this.#context(resource, signal)) ?? [];
        // Whether it helped, the resource itself is asked right after.
        for (const command of commands) await os.exec(command, { signal }).catch(() => {});
      }),
    ]);
    if (left.length > 0) throw new Error(`can't be killed: ${left.join(", ")}`);
  }

  #deactivate(
    resource: ResourceConfig,
    reason: DeactivationReason,
    signal: AbortSignal,
    timeoutMs: number,
    graceMs = GRACE_MS,
  ): Promise<void> {
    const down = async (within: AbortSignal) =>
      await resource.plugin.deactivate(deactivateContext(this.#context(resource, within), reason));
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

  /** Elsewhere the resources have no options, so nothing can be, or could have been, done for them. */
  get #mayCarry(): boolean {
    return this.group.servers.includes(this.contexts.server);
  }

  #addressesFirst(): ResourceConfig[] {
    const reversed = this.group.resources.toReversed();
    return [...reversed.filter(({ plugin }) => plugin.address), ...reversed.filter(({ plugin }) => !plugin.address)];
  }

  /** The context of a call: whatever it runs carries the mark of the group. */
  #context(resource: ResourceConfig, signal: AbortSignal): PluginContext {
    const subject = {
      name: resource.name,
      options: resource.options,
      group: this.group.name,
      servers: this.group.servers,
    };
    const context = this.contexts.of(subject, signal);
    const { mark } = this.extras;
    return mark === undefined ? context : withMark(context, mark);
  }
}

function failureOf(error: unknown): Failure {
  const timedOut = error instanceof DOMException && error.name === "TimeoutError";
  return { code: numberOf(error), message: sentenceOf(error), ...(timedOut ? { timedOut } : {}) };
}

function message(error: unknown): string {
  if (error instanceof Fault) return error.remedy === "" ? error.message : `${error.message}; ${error.remedy}`;
  return error instanceof Error ? error.message : String(error);
}
