/**
 * The guide's recovery action: what is done about a monitor in error, one step for each further failure. The recovery
 * script up to its count, the reactivation of the target up to its count, the failover up to its count, and at last the
 * final action, once. A step may have a script of its own, which it waits for; what becomes of that script does not stop
 * the step. A step that fails has been taken all the same.
 *
 * @module
 */
import type { Failure } from "./events.ts";
import type { Local } from "./local.ts";
import { numbered } from "./numbered.ts";
import { info, list, warning } from "./reasons.ts";
import type { FinalAction, MonitorSpec, RecoveryStep, RecoveryTarget } from "./spec.ts";

/** What recovery can do to groups. */
export interface RecoveryHands {
  /** The target is online here, hence something can be recovered. */
  targetActive(target: RecoveryTarget): boolean;
  /** The target is on its way up or down; recovery waits. */
  targetMoving(target: RecoveryTarget): boolean;
  /** Another monitor whose step for the same target is under way. */
  sharedWith(monitor: string, target: RecoveryTarget): string | undefined;
  /** The server leaves: there is nothing to recover any more. */
  leaving(): boolean;
  reactivate(target: RecoveryTarget, why: string): void;
  /** Returns where each group goes. */
  failOver(target: RecoveryTarget, why: string, monitor: string): Failover[];
  finalAction(action: FinalAction, target: RecoveryTarget, why: string, monitor: string): void;
}

/** What becomes of a group that is to fail over. */
export interface Failover {
  group: string;
  /** Undefined: nowhere, because of `why`. */
  to: string | undefined;
  why: string;
}

/** From so many recoveries within an hour on they are a loop, in milliseconds; more than the most are not counted. */
const LOOP = 5;
const HOUR_MS = 3_600_000;
const MAX_BEGUN = 99;

/** What the steps are called. */
const NAMES: Readonly<Record<RecoveryStep, string>> = {
  script: "script",
  reactivation: "reactivation",
  failover: "failover",
  finalAction: "final action",
};

interface Taken {
  step: RecoveryStep;
  /** "failover 1 of 2". */
  count: string;
  why: string;
}

/** The escalation of one monitor on this server. */
export class Escalation {
  scripts = 0;
  reactivations = 0;
  failovers = 0;
  #finished = false;
  /** The step that waits for a script, or the script that is a step. */
  #waiting: (Taken & { request: number; cancelled: boolean }) | null = null;
  #requests = 0;
  /** When recoveries were begun within the last hour. */
  #begunMs: number[] = [];
  #loopToldMs = -Infinity;

  constructor(
    public spec: MonitorSpec,
    private readonly local: Local,
    private readonly hands: RecoveryHands,
  ) {}

  /** A script runs, and a step may follow it. */
  get underway(): boolean {
    return this.#waiting !== null;
  }

  /** The monitor is normal again: the next error begins from the first step. */
  clear(): void {
    this.scripts = 0;
    this.reactivations = 0;
    this.failovers = 0;
    this.#finished = false;
    if (this.#waiting) this.#waiting.cancelled = true;
  }

  /** Takes exactly one step; none while the one before, or another monitor's for the same target, is under way. */
  escalate(why: string): void {
    const { target, before } = this.spec.recovery;
    if (this.#waiting || this.hands.leaving()) return;
    if (target.kind !== "local-server" && this.hands.targetMoving(target)) return;
    const other = this.hands.sharedWith(this.spec.name, target);
    if (other !== undefined) return this.#skip(`No recovery: that of ${other} for the same target is under way.`);
    if (!this.#reachable()) return this.#skip(`No recovery: the target of ${this.spec.name} is not active here.`);
    const fresh = this.scripts + this.reactivations + this.failovers === 0 && !this.#finished;
    const step = this.#next();
    if (step === undefined) return;
    if (fresh) this.#begin();
    const taken: Taken = { step, count: this.#count(step), why };
    if (step === "script") {
      this.local.say(warning("recovery", `Recovery of ${this.spec.name}: ${taken.count}.`, this.#facts));
      this.#run(taken, this.scripts);
    } else if (before?.includes(step)) {
      const text = `Recovery of ${this.spec.name}: first the script before the ${taken.count}.`;
      this.local.say(warning("recovery", text, this.#facts));
      this.#run(taken, step === "reactivation" ? this.reactivations : step === "failover" ? this.failovers : 1);
    } else this.#take(taken);
  }

  /** Recoveries begun within the last hour. */
  get begun(): number {
    return this.#begunMs.filter((ms) => this.local.nowMs - ms < HOUR_MS).length;
  }

  /** Each recovery that ends well begins the counts anew, so one that never cures would go on for ever, untold. */
  #begin(): void {
    const { nowMs } = this.local;
    this.#begunMs = [...this.#begunMs.filter((ms) => nowMs - ms < HOUR_MS), nowMs].slice(-MAX_BEGUN);
    if (this.#begunMs.length < LOOP || nowMs - this.#loopToldMs < HOUR_MS) return;
    this.#loopToldMs = nowMs;
    this.local.say(warning(
      "recovery",
      `The recovery of ${this.spec.name} is begun for the ${this.#begunMs.length}th time within an hour: it makes the ` +
        "monitor normal for a while and mends nothing, and like that it never comes to its final action.",
      this.#facts,
    ));
  }

  /** A script has ended. */
  ran(request: number, failure?: Failure): void {
    const taken = this.#waiting;
    if (taken?.request !== request) return;
    this.#waiting = null;
    const { name, recovery: { target } } = this.spec;
    const script = taken.step === "script" ? "recovery script" : `script before the ${NAMES[taken.step]}`;
    this.local.say(
      failure
        ? warning("recovery-script", `The ${script} of ${name} failed. ${numbered(failure.code, failure.message)}`, {
          ...this.#facts,
          number: failure.code,
        })
        : info("recovery-script", `The ${script} of ${name} has ended well.`, this.#facts),
    );
    if (taken.step === "script" || this.hands.leaving()) return;
    if (taken.cancelled) return this.#skip(`No ${NAMES[taken.step]}: ${name} is normal again.`);
    if (!this.#reachable() || (target.kind !== "local-server" && this.hands.targetMoving(target))) {
      return this.#skip(`No ${NAMES[taken.step]}: the target of ${name} is not active here any more.`);
    }
    this.#take(taken);
  }

  get #facts(): { monitor: string } {
    return { monitor: this.spec.name };
  }

  #reachable(): boolean {
    const { target } = this.spec.recovery;
    return target.kind === "local-server" || this.hands.targetActive(target);
  }

  /** The next step, which counts from now on; undefined when all have been taken. */
  #next(): RecoveryStep | undefined {
    const { target, maxScripts = 0, maxReactivations, maxFailovers } = this.spec.recovery;
    if (this.scripts < maxScripts) {
      this.scripts += 1;
      return "script";
    }
    if (target.kind !== "local-server") {
      if (this.reactivations < maxReactivations) {
        this.reactivations += 1;
        return "reactivation";
      }
      if (this.failovers < maxFailovers) {
        this.failovers += 1;
        return "failover";
      }
    }
    if (this.#finished) return undefined;
    this.#finished = true;
    return "finalAction";
  }

  #count(step: RecoveryStep): string {
    const { maxScripts = 0, maxReactivations, maxFailovers } = this.spec.recovery;
    switch (step) {
      case "script":
        return `script ${this.scripts} of ${maxScripts}`;
      case "reactivation":
        return `reactivation ${this.reactivations} of ${maxReactivations}`;
      case "failover":
        return `failover ${this.failovers} of ${maxFailovers}`;
      case "finalAction":
        return `final action ${this.spec.recovery.finalAction}`;
    }
  }

  #run(taken: Taken, count: number): void {
    const request = ++this.#requests;
    this.#waiting = { ...taken, request, cancelled: false };
    this.local.order({ do: "script", monitor: this.spec.name, request, step: taken.step, count });
  }

  #take({ step, count, why }: Taken): void {
    const { name, recovery: { target, finalAction } } = this.spec;
    switch (step) {
      case "reactivation":
        this.local.say(warning("recovery", `Recovery of ${name}: ${count}.`, this.#facts));
        return this.hands.reactivate(target, `${why}, ${count}`);
      case "failover":
        return this.#failOver(count, why);
      case "finalAction":
        return this.hands.finalAction(finalAction, target, why, name);
      case "script":
        return;
    }
  }

  #failOver(count: string, why: string): void {
    const { name, recovery: { target } } = this.spec;
    const groups = this.hands.failOver(target, `${why}, ${count}`, name);
    const moved = groups.filter(({ to }) => to !== undefined).map(({ group, to }) => `${group} to ${to}`);
    if (moved.length > 0) {
      this.local.say(warning("recovery", `Recovery of ${name}: ${count}, ${list(moved)}.`, this.#facts));
    }
    const stay = groups.filter(({ to }) => to === undefined);
    for (const { group, why } of stay) {
      this.local.say(warning("recovery-skipped", `No failover of ${group}: ${why} (${count}).`, this.#facts));
    }
  }

  #skip(text: string): void {
    this.local.say(info("recovery-skipped", text, this.#facts));
  }
}
