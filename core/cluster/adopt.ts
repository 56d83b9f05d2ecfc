/**
 * Another file under an engine that runs.
 *
 * What a server has promised by its file (whose votes there are, how long it waits, how long it may serve, who may carry a
 * group, what stops it) holds for as long as the engine lives. All else only decides what this server wants, and may be
 * another from one step to the next: monitors and what they lead to, whom a policy prefers, what waits for what, how often
 * something is tried. A group that nobody has had before is nobody's promise either: it begins like all groups of an engine
 * that starts, with the removal of what may be left of it.
 *
 * @module
 */
import type { GroupRun } from "./group.ts";
import type { Local } from "./local.ts";
import type { Recoveries } from "./recoveries.ts";
import type { ClusterSpec, GroupSpec } from "./spec.ts";
import type { Witness } from "./witness.ts";

/** Whether an engine that runs with `before` can go on with `after`. */
export function adoptable(before: ClusterSpec, after: ClusterSpec): boolean {
  if (text(promised(before)) !== text(promised(after))) return false;
  return before.groups.every((group) => {
    const next = after.groups.find(({ name }) => name === group.name);
    return next !== undefined && text(carried(group)) === text(carried(next));
  });
}

/** Of a file, apart from its groups. */
function promised({ servers, tieBreaker, witness, fence, timing, survivor, selfFenceAction }: ClusterSpec): unknown {
  return { servers, tieBreaker, witness, fence, timing, survivor, selfFenceAction };
}

/** Of a group: who may carry it, whether it runs by itself, and what it is made of. */
function carried({ name, servers, startup, resources }: GroupSpec): unknown {
  return { name, servers, startup, resources: resources.map(({ name, address }) => ({ name, address })) };
}

function text(value: unknown): string {
  return JSON.stringify(value);
}

/** Takes other files up, for one engine. */
export class Adoption {
  constructor(
    private readonly local: Local,
    /** The list that all parts of the engine hold; it only grows. */
    private readonly groups: GroupRun[],
    private readonly runOf: (group: GroupSpec) => GroupRun,
    private readonly witness: Pick<Witness, "keep">,
    private readonly recoveries: Pick<Recoveries, "adopt">,
  ) {}

  /** Throws where the engine would have to start again for it. */
  adopt(spec: ClusterSpec): void {
    if (!adoptable(this.local.spec, spec)) throw new Error("an engine that runs can't take this file up");
    this.local.spec = spec;
    for (const group of spec.groups) {
      const run = this.groups.find(({ name }) => name === group.name);
      if (run) run.spec = group;
      else {
        this.groups.push(this.runOf(group));
        this.witness.keep(group.name);
      }
    }
    this.recoveries.adopt(spec.monitors);
  }
}
