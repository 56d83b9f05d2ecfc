/**
 * Final actions: what is done when nothing else has helped, and what keeps it from doing more harm than good. On the last
 * server that could carry it may only be told (`lastServer`), and shutdowns and reboots that follow each other too quickly
 * come to an end (`maxPowerActions`): a fault that a restart does not mend must not restart a server for ever. Where no
 * other server could carry, a shutdown is a reboot.
 *
 * What answers groups that did not stop without a permit can't be held back: another server counts on it. Whether it
 * really has to be answered is decided in `last_resort.ts`.
 *
 * With `--no-power` what would end the machine is only said, that as well. Then nothing is pretended: what is up stays
 * reported, nothing is released, a fence that has failed is tried again for as long as the agent runs. When the agent is
 * to end, it ends, and the dead man's switch goes on trying.
 *
 * @module
 */
import type { Candidates } from "./candidates.ts";
import type { GroupRun } from "./group.ts";
import type { Intents } from "./intents.ts";
import { type FailedFence, fencedAgain } from "./last_resort.ts";
import type { Leave } from "./leave.ts";
import type { Local } from "./local.ts";
import type { Peers } from "./peers.ts";
import type { GroupHooks } from "./phase.ts";
import { error, list, type ReasonFacts, sentence, warning } from "./reasons.ts";
import type { Again } from "./self_fence.ts";
import type { FinalAction, FinalCause, GroupFinalAction, PowerAction } from "./spec.ts";

/** The final actions of one server. */
export class FinalActions implements GroupHooks {
  /** Shutdowns and reboots by final actions within the last hour. */
  #powerActions = 0;

  constructor(
    private readonly local: Local,
    private readonly peers: Peers,
    private readonly candidates: Candidates,
    private readonly intents: Intents,
    private readonly leave: Leave,
    private readonly groups: readonly GroupRun[],
    private readonly permitUntilMs: (group: string) => number,
  ) {
    if (local.noPower) local.say(warning("started", powerless(local.me)));
  }

  /** The driver has counted again. */
  counted(powerActions: number): void {
    if (this.#limited && powerActions < (this.local.spec.maxPowerActions ?? Infinity)) {
      this.local.say(warning("final-action", "Final actions may shut down and reboot this server again."));
    }
    this.#powerActions = powerActions;
  }

  /**
   * Carries out a final action; `facts` name the group and the resource that the first two stop. False when there is
   * nothing to do, or it is only told.
   */
  take(action: FinalAction, cause: FinalCause, why: string, facts: ReasonFacts = {}): boolean {
    if (action === "none") return false;
    const restraint = this.#restraint(action, cause, facts.group);
    if (restraint !== undefined) {
      const text = `The final action ${action} is not carried out, ${restraint}. It would be because: ${why}`;
      this.local.say(error("final-action-suppressed", sentence(text), facts));
      return false;
    }
    const taken = this.#asLast(action);
    if (this.#withholds(taken)) {
      this.local.say(error("power-withheld", sentence(`${withheld(taken)}: ${why}`), facts));
      return false;
    }
    this.local.say(
      error("final-action", sentence(`Final action ${taken}: ${why}${this.#instead(action, taken)}`), facts),
    );
    switch (taken) {
      case "stop-resource":
      case "stop-group":
        this.#stop(taken, why, facts);
        return true;
      case "stop-service":
        this.leave.force(why, null, true);
        return true;
      case "shutdown":
      case "reboot":
        if (!this.leave.power) this.#powerActions += 1;
        this.leave.force(why, { action: taken, counts: true });
        return true;
    }
  }

  resourceFailed(group: string, action: GroupFinalAction, cause: FinalCause, why: string): boolean {
    return this.take(action, cause, why, { group });
  }

  giveUp(group: string, by: string): void {
    this.intents.want(group, { run: false }, by);
  }

  fencedAgain(group: string, failed: Pick<FailedFence, "sinceMs" | "fences">): Again | undefined {
    const why = fencedAgain(this.local, {
      ...failed,
      permitUntilMs: this.permitUntilMs(group),
      othersReady: this.#lastOf([group]) === undefined,
    });
    if (why !== undefined) return { why, withheld: false };
    const taken = this.#asLast(this.local.spec.selfFenceAction);
    if (!this.#withholds(taken) || this.leave.leaving) return undefined;
    const both = `${group} may be up here while another server carries it, and stopping it is tried again`;
    return { why: `${withheld(taken)}. ${both}`, withheld: true };
  }

  selfFence(group: string, action: PowerAction, why: string): void {
    const taken = this.#asLast(action);
    if (this.#withholds(taken)) {
      this.local.say(error("power-withheld", sentence(`${withheld(taken)}: ${why}`), { group }));
      return this.leave.force(why, null);
    }
    this.local.say(
      error("final-action", sentence(`Final action ${taken}: ${why}${this.#instead(action, taken)}`), { group }),
    );
    if (taken === "stop-service") return this.leave.force(why, null);
    // Only the reboot is one that may be too many; what the file says is another server's due.
    const counts = taken !== action;
    if (counts && !this.leave.power) this.#powerActions += 1;
    this.leave.force(why, { action: taken, counts });
  }

  /** On the last server that could carry, a machine that comes back is worth more than one that is off. */
  #asLast<Action extends FinalAction>(action: Action): Action | "reboot" {
    if (action !== "shutdown" || this.#limited) return action;
    return this.#lastOf(this.#activeGroups()) === undefined ? action : "reboot";
  }

  /** It would end the machine, and is only said. */
  #withholds(action: FinalAction): boolean {
    return this.local.noPower && (action === "shutdown" || action === "reboot");
  }

  #instead(asked: FinalAction, taken: FinalAction): string {
    return asked === taken ? "" : ` (${taken} instead of ${asked}: no other server is known that could carry)`;
  }

  #stop(action: "stop-resource" | "stop-group", why: string, { group, resource }: ReasonFacts): void {
    const run = this.groups.find(({ name }) => name === group);
    if (!run) return;
    if (action === "stop-resource" && resource !== undefined && run.stopResource(resource, why)) return;
    if (this.intents.of(run.name).run) {
      this.intents.want(run.name, { run: false }, `the final action on ${this.local.me}`);
    }
  }

  get #limited(): boolean {
    const { maxPowerActions } = this.local.spec;
    return maxPowerActions !== undefined && this.#powerActions >= maxPowerActions;
  }

  /** Why it is not carried out; undefined when it is. */
  #restraint(action: FinalAction, cause: FinalCause, group: string | undefined): string | undefined {
    if (this.local.spec.lastServer?.[cause] === "keep") {
      const stops = action === "stop-group" || action === "stop-resource";
      const last = this.#lastOf(stops && group !== undefined ? [group] : this.#activeGroups());
      if (last !== undefined) return `because ${last} (lastServer: ${cause}: keep)`;
    }
    if ((action === "shutdown" || action === "reboot") && this.#limited && !this.leave.power) {
      return `because final actions have shut down or rebooted ${this.local.me} ${this.#powerActions} times within an ` +
        `hour, and ${this.local.spec.maxPowerActions} is the limit`;
    }
    return undefined;
  }

  #activeGroups(): string[] {
    return this.groups.filter(({ active }) => active).map(({ name }) => name);
  }

  /** Why this server is the last that could carry the groups; undefined when another could. */
  #lastOf(groups: readonly string[]): string | undefined {
    const { me, others } = this.local;
    if (groups.length === 0) {
      const there = others.some((server) => this.peers.fresh(server) && !this.peers.left(server));
      return there ? undefined : "no other server runs";
    }
    const stranded = groups.filter((group) =>
      !this.candidates.of(group)?.some(({ server, alive, ready }) => server !== me && alive && ready)
    );
    return stranded.length === 0 ? undefined : `no other server could carry ${list(stranded)}`;
  }
}

function withheld(action: FinalAction): string {
  return `Only said, because of --no-power: final action ${action}`;
}

function powerless(me: string): string {
  return `${me} runs with --no-power: final actions and fences that end a machine are only said. A group that does not ` +
    "stop here stays up, so two servers may carry it; a takeover that waits for a fence waits for an operator.";
}
