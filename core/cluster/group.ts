/**
 * The life of one group on this server: sweep, claim, activate in order, online, deactivate in reverse, release; and
 * the short way out, the fence.
 *
 * `raised` counts the resources that may be active. It goes up *before* an activation is ordered and down *after* a
 * deactivation is confirmed, so that at any moment everything at or above it is certainly off. While it is above zero the
 * group has a permit or is being fenced.
 *
 * @module
 */
import type { Cause, Failure } from "./events.ts";
import { Failures } from "./failures.ts";
import type { Local } from "./local.ts";
import { numbered } from "./numbered.ts";
import type { Permit } from "./permit.ts";
import { type GroupHooks, type Phase, STATUS } from "./phase.ts";
import { error, info, list, sentence, warning } from "./reasons.ts";
import { SelfFence } from "./self_fence.ts";
import type { GroupSpec, ResourceSpec } from "./spec.ts";
import type { GroupStatus } from "./status.ts";

export type { Phase } from "./phase.ts";

/** How long a server that failed to activate a group does not try again, in milliseconds, doubled with each failure. */
export const COOL_DOWN_MS = 10_000;
/** The longest such pause. */
export const MAX_COOL_DOWN_MS = 300_000;

/** One group on this server. */
export class GroupRun {
  phase: Phase = "sweeping";
  epoch = 0;
  /** The right to serve; null while nothing is claimed. */
  permit: Permit | null = null;
  /** No claim before this. */
  nextClaimMs = -Infinity;
  raised = 0;
  cause: Cause = "start";
  /** Why the group is where it is, one sentence. */
  why = "The agent has just started.";
  /** When the current phase began, and since when this engine knows the group. */
  sinceMs: number;
  readonly bornMs: number;
  errors = 0;
  /** Not ready before this: an activation failed here, or a monitor sent it away. */
  coolUntilMs = -Infinity;
  /** Why, as the end of a sentence that starts with the server's name. */
  coolWhy = "";
  /** Fencing it has failed too, and the self-fence action was called for. */
  lost = false;
  #attempt = 0;
  /** A deactivation goes down to here; then up again, or release. */
  #floor = 0;
  #again = false;
  readonly #fence: SelfFence;
  readonly #failures = new Failures();
  /** Failovers because of failed activations here, since it was last online. */
  #failovers = 0;
  /** From here on resources stay down, until the group starts anew or an operator asks for it. */
  #ceiling = Infinity;
  /** The server that went down with the group, when this one took over. */
  #lostServer: string | undefined;

  constructor(
    public spec: GroupSpec,
    private readonly local: Local,
    private readonly hooks: () => GroupHooks,
  ) {
    this.sinceMs = this.bornMs = local.nowMs;
    this.#fence = new SelfFence(local);
  }

  get name(): string {
    return this.spec.name;
  }

  /** Something of the group may be active here. */
  get active(): boolean {
    return this.raised > 0;
  }

  get status(): GroupStatus {
    const status = this.phase === "fencing" && this.#fence.withheld ? "offline-failure" : STATUS[this.phase];
    const failed = this.errors > 0 && this.local.nowMs < this.coolUntilMs;
    return status === "offline" && failed ? "online-failure" : status;
  }

  /** The state of the resource at `index`. */
  resourceStatus(index: number): GroupStatus {
    if (this.phase === "activating" && index === this.raised - 1) return "online-pending";
    if ((this.phase === "deactivating" || this.phase === "fencing") && index < this.raised) {
      return this.phase === "fencing" || index === this.raised - 1 ? "offline-pending" : "online";
    }
    if (this.phase === "stuck" && index === this.raised - 1) return "offline-failure";
    if (this.errors > 0 && this.#failures.forGood(this.spec.resources[index]?.name ?? "")) return "online-failure";
    return index < this.raised ? "online" : "offline";
  }

  /** How the latest stop or start of a resource failed here; null when neither did. */
  failureOf(resource: string): Failure | null {
    return this.#failures.of(resource);
  }

  /** The resource is up, as far as is known here. */
  carries(resource: string): boolean {
    const index = this.spec.resources.findIndex(({ name }) => name === resource);
    return index >= 0 && index < this.raised && !this.#failures.forGood(resource);
  }

  /** The claim is won: activate from the bottom. `lost` is the server that went down with the group. */
  activate(cause: Cause, lost?: string): void {
    this.cause = cause;
    this.#lostServer = lost;
    this.#enter("activating", this.why);
    this.#failures.forget(this.spec.resources.slice(this.raised).map(({ name }) => name));
    this.#attempt = 0;
    this.#up();
  }

  /** An operator wants all of it again, after a part was taken down. */
  resume(): void {
    if (this.phase !== "online" || this.#ceiling === Infinity) return;
    this.#ceiling = Infinity;
    this.activate("start");
  }

  activated(resource: string, epoch: number, failure?: Failure): void {
    if (this.phase !== "activating" || epoch !== this.epoch) return;
    const spec = this.spec.resources[this.raised - 1];
    if (spec?.name !== resource) return;
    this.#failures.started(resource, failure);
    if (!failure) {
      this.local.say(info("activated", `${resource} is active.`, { group: this.name, resource, epoch }));
      this.#attempt = 0;
      this.#up();
      return;
    }
    const text = `Failed to start the resource ${resource}. ${numbered(failure.code, failure.message)}`;
    if (
      failure.timedOut && this.hooks().resourceFailed(this.name, spec.activateStallAction ?? "none", "activation", text)
    ) return;
    if (this.#attempt <= spec.activateRetries) {
      this.local.say(
        warning("activation-failed", `${text} Try ${this.#attempt + 1} of ${spec.activateRetries + 1} follows.`, {
          group: this.name,
          resource,
          epoch,
          number: failure.code,
        }),
      );
      this.#order(spec);
      return;
    }
    this.local.say(error("activation-failed", text, { group: this.name, resource, epoch, number: failure.code }));
    this.#failures.gaveUp(resource);
    this.#failedForGood(spec, text);
  }

  /** The retries are used up: failover, as often as may be, and then the final action. */
  #failedForGood(spec: ResourceSpec, why: string): void {
    const { activateFailovers = Infinity, activateFinalAction: action = "none" } = spec;
    if (this.#failovers < activateFailovers) {
      this.#failovers += 1;
      this.#fail();
      return this.#down(0, "failover", false, why);
    }
    this.errors += 1;
    if (action === "continue") {
      const facts = { group: this.name, resource: spec.name, epoch: this.epoch };
      this.local.say(warning("final-action", `${this.name} goes on without ${spec.name}.`, facts));
      this.#attempt = 0;
      return this.#up();
    }
    if (this.hooks().resourceFailed(this.name, action, "activation", why)) return;
    if (this.raised > 1) return this.#without(this.raised - 1, why);
    this.hooks().giveUp(this.name, `the failed start of ${spec.name} on ${this.local.me}`);
    this.#down(0, "stop", false, why);
  }

  deactivated(resource: string, epoch: number, failure?: Failure): void {
    if (this.phase !== "deactivating" || epoch !== this.epoch) return;
    const spec = this.spec.resources[this.raised - 1];
    if (spec?.name !== resource) return;
    this.#failures.stopped(resource, failure);
    if (!failure) {
      this.local.say(info("deactivated", `${resource} is down.`, { group: this.name, resource, epoch }));
      this.raised -= 1;
      this.#attempt = 0;
      this.#downFurther();
      return;
    }
    const text = `Failed to stop the resource ${resource}. ${numbered(failure.code, failure.message)}`;
    const facts = { group: this.name, resource, epoch, number: failure.code };
    const stall = failure.timedOut ? spec.deactivateStallAction : undefined;
    if (stall === undefined && this.#attempt <= spec.deactivateRetries) {
      this.local.say(warning("deactivation-failed", `${text} It is tried again.`, facts));
      this.#orderDown(spec);
      return;
    }
    this.local.say(error("deactivation-failed", text, facts));
    this.#enter("stuck", text);
    this.hooks().resourceFailed(this.name, stall ?? spec.deactivateFinalAction, "deactivation", text);
  }

  /** Takes everything down in order, then releases the group. */
  stop(cause: Cause, why: string): void {
    if (this.phase !== "online" && this.phase !== "activating" && this.phase !== "stuck") return;
    this.#down(0, cause, false, why);
  }

  /** Takes the resource and all that stand on it down and up again. */
  reactivate(resource: string | undefined, why: string): void {
    if (this.phase !== "online") return;
    const index = this.spec.resources.findIndex(({ name }) => name === resource);
    this.#down(Math.max(0, index), "recover", true, why);
  }

  /** Takes the resource and all that stand on it down; the rest stays up. False when nothing would be left. */
  stopResource(resource: string, why: string): boolean {
    const index = this.spec.resources.findIndex(({ name }) => name === resource);
    if (this.phase !== "online" || index <= 0) return false;
    this.#without(index, why);
    return true;
  }

  #without(index: number, why: string): void {
    this.#ceiling = index;
    this.#down(index, "stop", false, why);
  }

  /** The permit is gone, or somebody else has the group: everything down within the stop time, which begins now. */
  fence(why: string): void {
    if (this.phase === "fencing") return;
    if (!this.active) return this.release(why);
    this.#enter("fencing", why);
    this.#fence.begin(this.permit);
    this.#orderFence();
  }

  #orderFence(): void {
    this.local.order({ do: "fence", group: this.name, epoch: this.epoch, ...this.#fence.order });
  }

  fenced(epoch: number, failure?: Failure): void {
    if (this.phase !== "fencing" || epoch !== this.epoch) return;
    if (failure) {
      return this.#fenceFailed(`Something of ${this.name} is left. ${numbered(failure.code, failure.message)}`);
    }
    this.local.say(info("fenced", `Everything of ${this.name} is down.`, { group: this.name, epoch }));
    this.release(this.why);
  }

  /** The time to fence has passed without an answer. */
  watchFence(): void {
    const { deadlineMs, failure, budgetMs } = this.#fence;
    if (this.phase !== "fencing" || this.local.nowMs < deadlineMs) return;
    this.#fenceFailed(failure ?? `${this.name} did not stop within ${budgetMs} ms`);
  }

  get fenceDeadlineMs(): number {
    return this.phase === "fencing" ? this.#fence.deadlineMs : Infinity;
  }

  /** Nothing is active and nothing will be under this epoch. */
  release(why: string): void {
    this.raised = 0;
    this.#ceiling = Infinity;
    this.lost = false;
    this.permit = null;
    this.#enter("offline", why);
    const register = this.local.durable.registers[this.name];
    if (!register || register.holder !== this.local.me || register.released) return;
    this.local.durable.registers[this.name] = { ...register, released: true };
    this.local.remember();
    this.local.say(info("released", `${this.name} is released.`, { group: this.name, epoch: register.epoch }));
  }

  swept(failure?: Failure): void {
    if (this.phase !== "sweeping") return;
    if (failure) {
      this.why = `What is left of ${this.name} could not be removed. ${numbered(failure.code, failure.message)}`;
      this.local.say(error("sweep-failed", this.why, { group: this.name, number: failure.code }));
      return;
    }
    this.local.say(info("swept", `Nothing of ${this.name} is left from before.`, { group: this.name }));
    this.release("It was never active since the agent started.");
  }

  #enter(phase: Phase, why: string): void {
    this.phase = phase;
    this.why = why;
    this.sinceMs = this.local.nowMs;
    this.local.urgent = true;
  }

  /** Activates the next resource, or is online. */
  #up(): void {
    const next = this.raised < this.#ceiling ? this.spec.resources[this.raised] : undefined;
    if (!next) {
      if (this.raised === this.spec.resources.length) this.#failovers = 0;
      const tookMs = Math.round(this.local.nowMs - this.sinceMs);
      this.#enter("online", this.why);
      this.local.say(
        info("online", `${this.name} is online after ${tookMs} ms.`, {
          group: this.name,
          epoch: this.epoch,
        }),
      );
      return;
    }
    this.raised += 1;
    this.#order(next);
  }

  #order(resource: ResourceSpec): void {
    this.#attempt += 1;
    this.local.order({
      do: "activate",
      group: this.name,
      resource: resource.name,
      epoch: this.epoch,
      cause: this.cause,
      attempt: this.#attempt,
      ...(this.#lostServer === undefined ? {} : { lost: this.#lostServer }),
    });
  }

  #down(floor: number, cause: Cause, again: boolean, why: string): void {
    this.#floor = floor;
    this.#again = again;
    this.cause = cause;
    this.#attempt = 0;
    this.#enter("deactivating", why);
    this.local.say(
      info("deactivating", sentence(`${this.name} goes down${again ? " and up again" : ""}: ${why}`), {
        group: this.name,
        epoch: this.epoch,
      }),
    );
    this.#downFurther();
  }

  #downFurther(): void {
    const top = this.spec.resources[this.raised - 1];
    if (this.raised > this.#floor && top) return this.#orderDown(top);
    if (this.#again) return this.activate("recover");
    if (this.raised > 0) return this.#partly();
    this.release(this.why);
  }

  /** What was to go down is down; the rest goes on. */
  #partly(): void {
    const down = this.spec.resources.slice(this.raised).map(({ name }) => name);
    this.#enter("online", this.why);
    this.local.say(
      warning("online", `${this.name} stays online without ${list(down)}.`, { group: this.name, epoch: this.epoch }),
    );
  }

  #orderDown(resource: ResourceSpec): void {
    this.#attempt += 1;
    this.local.order({
      do: "deactivate",
      group: this.name,
      resource: resource.name,
      epoch: this.epoch,
      cause: this.cause,
      attempt: this.#attempt,
    });
  }

  #fail(): void {
    this.errors += 1;
    const pauseMs = Math.min(MAX_COOL_DOWN_MS, COOL_DOWN_MS * 2 ** Math.min(16, this.errors - 1));
    this.rest(pauseMs, "failed to start it");
  }

  /** Not ready for `pauseMs`. */
  rest(pauseMs: number, why: string): void {
    this.coolUntilMs = this.local.nowMs + pauseMs;
    this.coolWhy = why;
  }

  #fenceFailed(why: string): void {
    const again = this.hooks().fencedAgain(this.name, this.#fence);
    if (again !== undefined) {
      // One that fails early is answered when its time is over, or it would be tried again without end.
      if (this.local.nowMs < this.#fence.deadlineMs) return void (this.#fence.failure = why);
      this.#fence.tell(why, again, { group: this.name, epoch: this.epoch });
      if (again.withheld) this.why = `${sentence(why)} ${again.why}`;
      this.#fence.next();
      return this.#orderFence();
    }
    this.#fence.deadlineMs = Infinity;
    this.lost = true;
    this.#enter("stuck", why);
    this.local.say(error("fence-failed", sentence(why), { group: this.name, epoch: this.epoch }));
    this.hooks().selfFence(this.name, this.local.spec.selfFenceAction, why);
  }
}
