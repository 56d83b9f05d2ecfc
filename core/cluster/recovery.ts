/**
 * Monitors and what their failures lead to: the guide's recovery action. Retries are forgiven first; then each further
 * failure takes one step: reactivate the target (up to a count), fail it over (up to a count), and at last the final
 * action, once. Counts are this server's own and go back to zero when the monitor is normal again.
 *
 * @module
 */
import type { EngineVerdict } from "./events.ts";
import type { Local } from "./local.ts";
import { numbered, shownCode } from "./numbered.ts";
import { error, info, warning } from "./reasons.ts";
import type { FinalAction, MonitorSpec, RecoveryTarget } from "./spec.ts";

/** What recovery can do to groups. Each answers whether it did. */
export interface RecoveryHands {
  /** The target is online here, hence something can be recovered. */
  targetActive(target: RecoveryTarget): boolean;
  /** The target is on its way up or down; recovery waits. */
  targetMoving(target: RecoveryTarget): boolean;
  reactivate(target: RecoveryTarget, why: string): void;
  /** Returns false when no other server could take the target. */
  failOver(target: RecoveryTarget, why: string): boolean;
  finalAction(action: FinalAction, target: RecoveryTarget, why: string, monitor: string): void;
}

/** The state of a monitor as it is shown. */
export type MonitorStatus = "normal" | "warning" | "error" | "unknown" | "offline";

/** One monitor on this server. */
export class MonitorRun {
  status: MonitorStatus = "offline";
  running = false;
  message = "";
  code: number | undefined;
  /** Failures in a row. */
  failures = 0;
  reactivations = 0;
  failovers = 0;
  #finished = false;

  constructor(readonly spec: MonitorSpec, private readonly local: Local, private readonly hands: RecoveryHands) {}

  /** Where it should run now. */
  get wanted(): boolean {
    if (this.spec.servers && !this.spec.servers.includes(this.local.me)) return false;
    return this.spec.timing === "always" || this.hands.targetActive(this.spec.recovery.target);
  }

  /** Orders it to start or stop. */
  follow(): void {
    const wanted = this.wanted;
    if (wanted === this.running) return;
    this.running = wanted;
    if (!wanted) {
      this.status = "offline";
      this.failures = 0;
    }
    this.local.order({ do: "monitor", monitor: this.spec.name, run: wanted });
  }

  judge(verdict: EngineVerdict): void {
    if (!this.running) return;
    this.message = verdict.message;
    const { recovery } = this.spec;
    const failed = verdict.status === "unknown" && recovery.onUnknown === "recover";
    this.code = shownCode(failed ? "error" : verdict.status, verdict.code);
    switch (verdict.status) {
      case "normal":
        this.failures = 0;
        this.reactivations = 0;
        this.failovers = 0;
        this.#finished = false;
        return this.#become("normal", verdict);
      case "warning":
        return this.#become("warning", verdict);
      case "unknown":
        if (recovery.onUnknown === "ignore") return;
        if (recovery.onUnknown === "warn") return this.#become("unknown", verdict);
        return this.#failed(verdict);
      case "error":
        return this.#failed(verdict);
    }
  }

  #failed(verdict: EngineVerdict): void {
    this.failures += 1;
    if (this.failures <= this.spec.retries) {
      this.local.say(
        info(
          "monitor",
          `Monitor ${this.spec.name} failed: ${this.failures} of ${this.spec.retries + 1} in a row until it counts. ` +
            numbered(this.code, verdict.message),
          { monitor: this.spec.name },
        ),
      );
      return;
    }
    this.#become("error", verdict);
    this.#recover(`monitor ${this.spec.name} is in error ${numbered(this.code, verdict.message)}`);
  }

  #become(status: MonitorStatus, verdict: EngineVerdict): void {
    if (this.status === status) return;
    const before = this.status;
    this.status = status;
    const facts = { monitor: this.spec.name, ...(this.code === undefined ? {} : { number: this.code }) };
    const name = this.spec.name;
    const said = numbered(this.code, verdict.message);
    if (status === "error") {
      this.local.say(error("monitor", `Monitor ${name} detected an error. ${said}`, facts));
    } else if (status === "normal" && before === "offline") {
      this.local.say(info("monitor", `Monitor ${name} is normal.`, facts));
    } else if (status === "normal") this.local.say(info("monitor", `Monitor ${name} is normal again.`, facts));
    else if (status === "warning") {
      this.local.say(warning("monitor", `Monitor ${name} is in the warning status. ${said}`, facts));
    } else {
      this.local.say(warning("monitor", `Monitor ${name} could not find out. ${said}`, facts));
    }
  }

  /** Takes exactly one step. */
  #recover(why: string): void {
    const { target, maxReactivations, maxFailovers, finalAction } = this.spec.recovery;
    const facts = { monitor: this.spec.name };
    const local = target.kind === "local-server";
    if (!local && this.hands.targetMoving(target)) return;
    if (!local && !this.hands.targetActive(target)) {
      this.local.say(
        info("recovery-skipped", `No recovery: the target of ${this.spec.name} is not active here.`, facts),
      );
      return;
    }
    if (!local && this.reactivations < maxReactivations) {
      this.reactivations += 1;
      const count = `reactivation ${this.reactivations} of ${maxReactivations}`;
      this.local.say(warning("recovery", `Recovery of ${this.spec.name}: ${count}.`, facts));
      return this.hands.reactivate(target, `${why}, ${count}`);
    }
    if (!local && this.failovers < maxFailovers) {
      this.failovers += 1;
      const count = `failover ${this.failovers} of ${maxFailovers}`;
      if (this.hands.failOver(target, `${why}, ${count}`)) {
        this.local.say(warning("recovery", `Recovery of ${this.spec.name}: ${count}.`, facts));
      } else {
        this.local.say(warning("recovery-skipped", `No failover: no other server could take it (${count}).`, facts));
      }
      return;
    }
    if (this.#finished) return;
    this.#finished = true;
    this.hands.finalAction(finalAction, target, why, this.spec.name);
  }
}
