/**
 * All monitors of one server, and the hands with which their recovery actions reach the groups.
 *
 * @module
 */
import type { Claims } from "./claims.ts";
import type { Failover, RecoveryHands } from "./escalation.ts";
import type { EngineVerdict, Failure } from "./events.ts";
import type { FinalActions } from "./final_actions.ts";
import type { GroupRun } from "./group.ts";
import type { Leave } from "./leave.ts";
import type { Local } from "./local.ts";
import { MonitorRun } from "./recovery.ts";
import type { FinalAction, MonitorSpec, RecoveryTarget } from "./spec.ts";

/** The monitors of one server. */
export class Recoveries implements RecoveryHands {
  monitors: MonitorRun[];

  constructor(
    private readonly local: Local,
    private readonly groups: readonly GroupRun[],
    private readonly claims: Claims,
    private readonly leave: Leave,
    private readonly finalActions: FinalActions,
  ) {
    this.monitors = local.spec.monitors.map((spec) => new MonitorRun(spec, local, this));
  }

  /** Goes on with the monitors of another file. */
  adopt(specs: readonly MonitorSpec[]): void {
    for (const run of this.monitors) if (!specs.some(({ name }) => name === run.spec.name)) run.end();
    this.monitors = specs.map((spec) => {
      const run = this.#find(spec.name);
      run?.change(spec);
      return run ?? new MonitorRun(spec, this.local, this);
    });
  }

  judge(monitor: string, verdict: EngineVerdict): void {
    this.#find(monitor)?.judge(verdict);
  }

  /** A script of a monitor's recovery has ended. */
  ran(monitor: string, request: number, failure?: Failure): void {
    this.#find(monitor)?.escalation.ran(request, failure);
  }

  /** An operator makes a monitor fail, or no longer. Returns why not. */
  force(monitor: string, clear: boolean, by: string): string | undefined {
    const run = this.#find(monitor);
    if (run) return run.force(clear, by);
    const known = this.monitors.map(({ spec }) => spec.name).join(", ");
    return `There is no monitor ${monitor}; the monitors are ${known || "none"}.`;
  }

  /** Starts and stops monitors as their targets come and go. */
  follow(leaving: boolean): void {
    if (!leaving) { for (const monitor of this.monitors) monitor.follow(); }
  }

  targetActive(target: RecoveryTarget): boolean {
    const resource = target.kind === "resource" ? target.resource : undefined;
    const group = target.kind === "group" || target.kind === "resource" ? target.group : undefined;
    // The same as by `#targets`, without a list of them: each monitor asks in each step.
    for (const run of this.groups) {
      if (group !== undefined && run.name !== group) continue;
      if (run.phase === "online" && (resource === undefined || run.carries(resource))) return true;
    }
    return false;
  }

  targetMoving(target: RecoveryTarget): boolean {
    return this.#targets(target).some(({ phase }) =>
      phase === "activating" || phase === "deactivating" || phase === "fencing" || phase === "claiming"
    );
  }

  sharedWith(monitor: string, target: RecoveryTarget): string | undefined {
    const server = target.kind === "local-server";
    const groups = this.#targets(target);
    return this.monitors.find(({ spec, escalation }) => {
      if (spec.name === monitor || !escalation.underway) return false;
      const theirs = spec.recovery.target;
      if (server || theirs.kind === "local-server") return server && theirs.kind === "local-server";
      return this.#targets(theirs).some((run) => groups.includes(run));
    })?.spec.name;
  }

  leaving(): boolean {
    return this.leave.leaving;
  }

  reactivate(target: RecoveryTarget, why: string): void {
    const resource = target.kind === "resource" ? target.resource : undefined;
    for (const run of this.#targets(target)) run.reactivate(resource, why);
  }

  failOver(target: RecoveryTarget, why: string, monitor: string): Failover[] {
    const policy = this.#find(monitor)?.spec.recovery.failoverTarget ?? "stable";
    const by = `the recovery of ${monitor} on ${this.local.me}`;
    return this.#targets(target).filter(({ phase }) => phase === "online")
      .map((run) => this.claims.failOver(run, { why, by, policy }));
  }

  finalAction(action: FinalAction, target: RecoveryTarget, why: string, monitor: string): void {
    if (action !== "stop-group" && action !== "stop-resource") {
      this.finalActions.take(action, "monitor", why, { monitor });
      return;
    }
    for (const run of this.#targets(target)) {
      if (run.phase !== "online") continue;
      const resource = target.kind === "resource" && action === "stop-resource" ? { resource: target.resource } : {};
      this.finalActions.take(action, "monitor", why, { monitor, group: run.name, ...resource });
    }
  }

  #find(monitor: string): MonitorRun | undefined {
    return this.monitors.find(({ spec }) => spec.name === monitor);
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
