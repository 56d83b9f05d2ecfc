/** What `status` prints: what each server says of itself, and what is really on. */
import { list } from "../../core/cluster/reasons.ts";
import type { GroupView, View } from "../../core/cluster/view.ts";
import type { Machine } from "../../core/simulation/machine.ts";
import type { World } from "../../core/simulation/world.ts";

/** The whole cluster, a few lines for each server. */
export function statusOf(world: World): string[] {
  return [
    ...world.machines.flatMap((machine) => ofServer(machine)),
    ...world.spec.groups.map(({ name }) => `really on: ${name} ${reallyOn(world, name)}`),
  ];
}

function ofServer(machine: Machine): string[] {
  if (!machine.engine) return [`${machine.name}: ${machine.powered ? "the agent is down" : "powered off"}`];
  const view = machine.engine.view();
  return [
    `${machine.name}: ${votes(view)}${view.leaving ? ", leaving" : ""}`,
    ...view.groups.map((group) => `  ${ofGroup(group)}`),
    ...view.monitors.filter(({ status }) => status !== "offline").map(({ name, status, reactivations, failovers }) =>
      `  monitor ${name} ${status}, ${reactivations} reactivations, ${failovers} failovers`
    ),
  ];
}

function votes({ votes: { held, visible, majority, total, quorum } }: View): string {
  return `${
    held.length === 0 ? "holds no vote" : `holds ${held.length === 1 ? "the vote" : "the votes"} of ${list(held)}`
  }; ` +
    `sees ${list(visible)}, ${visible.length} of ${total} votes, ${majority} are a majority${
      quorum ? "" : ": no quorum"
    }`;
}

function ofGroup({ name, status, epoch, resources, waiting, why, carrier }: GroupView): string {
  const parts = resources.map((resource) => `${resource.name} ${resource.status}`).join(", ");
  const where = carrier === null ? "carried by nobody it knows of" : `carried by ${carrier}`;
  return `${name} ${status} (${parts}), epoch ${epoch}, ${where}; ` +
    (waiting === null ? `why: ${why}` : `waits: ${waiting}`);
}

/** Where a group is in truth. */
export function reallyOn(world: World, group: string): string {
  const carriers = world.machines.filter((machine) => machine.active(group));
  if (carriers.length === 0) return "nowhere";
  return carriers.map((machine) => `on ${machine.name} (${[...machine.on.get(group) ?? []].join(", ")})`).join(" and ");
}
