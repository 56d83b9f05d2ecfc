/**
 * Monitors and what their verdicts mean. Retries are forgiven first; then each further failure takes one step of the
 * recovery (`escalation.ts`). Counts are this server's own and go back to zero when the monitor is normal again.
 *
 * @module
 */
import type { EngineVerdict } from "./events.ts";
import type { Local } from "./local.ts";
import { Escalation, type RecoveryHands } from "./escalation.ts";
import { numbered, shownCode } from "./numbered.ts";
import { error, info, warning } from "./reasons.ts";
import type { MonitorSpec, UnknownPolicy } from "./spec.ts";

/** The state of a monitor as it is shown. */
export type MonitorStatus = "normal" | "warning" | "error" | "unknown" | "offline";

/** Share of its timeout from which on a check is told to be slow. */
const SLOW_SHARE = 0.8;

/** One monitor on this server. */
export class MonitorRun {
  status: MonitorStatus = "offline";
  running = false;
  message = "";
  code: number | undefined;
  /** Failures in a row. */
  failures = 0;
  readonly escalation: Escalation;
  /** The operator who wants it to fail, whatever it finds. */
  forcedBy: string | null = null;
  #slow = false;

  constructor(public spec: MonitorSpec, private readonly local: Local, private readonly hands: RecoveryHands) {
    this.escalation = new Escalation(spec, local, hands);
  }

  /** Means something else from now on. What was counted stays counted. */
  change(spec: MonitorSpec): void {
    this.spec = spec;
    this.escalation.spec = spec;
  }

  /** It is no more. */
  end(): void {
    if (this.running) this.local.order({ do: "monitor", monitor: this.spec.name, run: false });
    this.running = false;
  }

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

  /** An operator makes it fail, or no longer. Returns why not. */
  force(clear: boolean, by: string): string | undefined {
    const { name } = this.spec;
    if (!clear && !this.running) {
      return `${name} does not run on ${this.local.me} now; ask the server on which its target is active.`;
    }
    if (clear && this.forcedBy === null) return `${name} was not made to fail on ${this.local.me}.`;
    this.forcedBy = clear ? null : by;
    const text = clear
      ? `${by} ends the forced failure of ${name}.`
      : `${by} makes ${name} fail, until that is cleared.`;
    this.local.say(warning("operator", text, { monitor: name }));
    return undefined;
  }

  judge(found: EngineVerdict): void {
    if (!this.running) return;
    this.#watchDelay(found);
    const verdict: EngineVerdict = this.forcedBy === null ? found : {
      status: "error",
      message: `${this.forcedBy} makes it fail; the check itself found: ${found.status}`,
    };
    this.message = verdict.message;
    const { recovery } = this.spec;
    const failed = verdict.status === "unknown" && recovery.onUnknown === "recover";
    this.code = shownCode(failed ? "error" : verdict.status, verdict.code);
    switch (verdict.status) {
      case "normal":
        this.failures = 0;
        this.escalation.clear();
        return this.#become("normal", verdict);
      case "warning":
        return this.#become("warning", verdict);
      case "unknown":
        return this.#unknown(verdict, verdict.timedOut ? recovery.onTimeout ?? recovery.onUnknown : recovery.onUnknown);
      case "error":
        return this.#failed(verdict);
    }
  }

  #unknown(verdict: EngineVerdict, policy: UnknownPolicy): void {
    if (policy === "warn") this.#become("unknown", verdict);
    else if (policy === "recover") this.#failed(verdict);
  }

  /** Told once, until a check is quick again. */
  #watchDelay({ timedOut, took }: EngineVerdict): void {
    if (took === undefined) return;
    const slow = !timedOut && took.ms > SLOW_SHARE * took.ofMs;
    if (slow && !this.#slow) {
      const { name } = this.spec;
      const share = Math.round(100 * took.ms / took.ofMs);
      const text = `Monitor ${name} is slow: the check took ${Math.round(took.ms)} of ${took.ofMs} ms (${share} %).`;
      this.local.say(warning("monitor", text, { monitor: name }));
    }
    this.#slow = slow;
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
    this.escalation.escalate(`monitor ${this.spec.name} is in error ${numbered(this.code, verdict.message)}`);
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
}
