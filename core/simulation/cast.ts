/**
 * Roles in a history: who they are is known only when it has come so far.
 *
 * @module
 */
import type { Machine } from "./machine.ts";
import type { World } from "./world.ts";

/** A carrier and two others, and a group that the carrier has. */
export interface Cast {
  carrier: string;
  /** Stays in touch with the carrier the longest. */
  friend: string;
  /** Wants the group. */
  rival: string;
  group: string;
  /** Two more, where there are five. */
  fourth?: string;
  fifth?: string;
}

/** Fills the roles; `pick` in [0, 1) chooses. Undefined while nobody carries anything, or with fewer than three servers. */
export function castOf(world: World, pick: number): Cast | undefined {
  let rest = pick;
  const choose = <T>(items: readonly T[]): T | undefined => {
    const scaled = rest * items.length;
    rest = scaled - Math.floor(scaled);
    return items[Math.floor(scaled)];
  };
  const carried = (machine: Machine) => world.spec.groups.filter(({ name }) => machine.active(name));
  const carrier = choose(world.machines.filter((machine) => carried(machine).length > 0));
  if (!carrier) return undefined;
  const others = world.machines.filter((machine) => machine !== carrier);
  const friend = choose(others);
  const rival = choose(others.filter((machine) => machine !== friend));
  const group = choose(carried(carrier));
  if (!friend || !rival || !group) return undefined;
  const [fourth, fifth] = others.filter((machine) => machine !== friend && machine !== rival);
  return {
    carrier: carrier.name,
    friend: friend.name,
    rival: rival.name,
    group: group.name,
    ...(fourth && fifth ? { fourth: fourth.name, fifth: fifth.name } : {}),
  };
}
