/**
 * All monitors of one server, and the hands with which their recovery actions reach the groups.
 *
 * @module
 */
import type { Claims } from "./claims.ts";
import type { EngineVerdict } from "./events.ts";
import type { GroupRun } from "./group.ts";
import type { Leave } from "./leave.ts";
import type { Local } from "./local.ts";
import { MonitorRun, type RecoveryHands } from "./recovery.ts";
import type { FinalAction, RecoveryTarget } from "./spec.ts";

/** The monitors of one server. */
export class Recoveries implements RecoveryHands {
  readonly monitors: MonitorRun[];

  constructor(
    local: Local,
    private readonly groups: readonly GroupRun[],
    private readonly claims: Claims,
    private readonly leave: Leave,
  ) {
    this.monitors = local.spec.monitors.map((spec) => new MonitorRun(spec, local, this));
  }

  judge(monitor: string, verdict: EngineVerdict): void {
    this.monitors.find(({ spec }) => spec.name === monitor)?.judge(verdict);
  }

  /** Starts and stops monitors as their targets come and go. */
  follow(leaving: boolean): void {
    if (!leaving) { for (const monitor of this.monitors) monitor.follow(); }
  }

  targetActive(target: RecoveryTarget): boolean {
    return this.#targets(target).some(({ phase }) => phase === "online");
  }

  targetMoving(target: RecoveryTarget): boolean {
    return this.#targets(target).some(({ phase }) =>
      phase === "activating" || phase === "deactivating" || phase === "fencing" || phase === "claiming"
    );
  }

  reactivate(target: RecoveryTarget, why: string): void {
    const resource = target.kind === "resource" ? target.resource : undefined;
    for (const run of this.#targets(target)) run.reactivate(resource, why);
  }

  failOver(target: RecoveryTarget, why: string): boolean {
    let moved = false;
    for (const run of this.#targets(target)) {
      if (run.phase === "online" && this.claims.failOver(run, why)) moved = true;
    }
    return moved;
  }

  finalAction(action: FinalAction, target: RecoveryTarget, why: string, monitor: string): void {
    if (action !== "stop-group") return this.leave.finalAction(action, why, { monitor });
    for (const run of this.#targets(target)) this.leave.finalAction(action, why, { monitor, group: run.name });
  }

  /** Groups that the target means here. */
  #targets(target: RecoveryTarget): GroupRun[] {
    switch (target.kind) {
      case "local-server":
      case "all-groups":
        return [...this.groups];
      case "group":
      case "resource":
        return this.groups.filter(({ name }) => name === target.group);
    }
  }
}
