/**
 * A cluster that changes while it runs: a new file with one server more or less, which each server takes when it is
 * restarted. The next change has to wait until everybody has taken the one before: a majority of the new file and one of
 * the file before it always share a server, two changes apart they need not.
 *
 * @module
 */
import { adoptable } from "../cluster/adopt.ts";
import type { ClusterSpec } from "../cluster/spec.ts";
import type { Machine } from "./machine.ts";
import type { World } from "./world.ts";

/** The file with other servers. Groups that all servers carry are carried by the new ones as well. */
export function withServers(file: ClusterSpec, servers: readonly string[]): ClusterSpec {
  const added = servers.filter((server) => !file.servers.includes(server));
  return {
    ...file,
    servers,
    groups: file.groups.map((group) => ({
      ...group,
      servers: [...group.servers.filter((server) => servers.includes(server)), ...added],
    })),
  };
}

/** Everybody runs, and with the latest file. */
export function settled(world: World): boolean {
  return world.machines.every(({ running, spec }) => running && spec === world.spec);
}

/** One more server, with the new file; the others take it when they are restarted. */
export function grow(world: World, server: string): void {
  if (!settled(world) || world.spec.servers.includes(server)) return;
  world.spec = withServers(world.spec, [...world.spec.servers, server]);
  world.addMachine(server).start();
}

/** A server is taken out: off for good, then the others take the file without it when they are restarted. */
export function shrink(world: World, server: string): void {
  if (!settled(world) || !world.spec.servers.includes(server) || world.spec.servers.length <= 2) return;
  world.retire(server);
  world.spec = withServers(world.spec, world.spec.servers.filter((name) => name !== server));
}

/** A new file with one group more, made like the first one; a running agent takes it as it is. */
export function addGroup(world: World, group: string): void {
  const { groups, monitors } = world.spec;
  const [first] = groups;
  if (!first || !settled(world) || groups.some(({ name }) => name === group)) return;
  const renamed = (name: string) => `${name}-${group}`;
  world.spec = {
    ...world.spec,
    groups: [...groups, {
      ...first,
      name: group,
      resources: first.resources.map((resource) => ({ ...resource, name: renamed(resource.name) })),
    }],
    monitors: [
      ...monitors,
      ...monitors.flatMap((monitor) => {
        const { target } = monitor.recovery;
        if (!("group" in target) || target.group !== first.name) return [];
        const mine = "resource" in target ? { resource: renamed(target.resource) } : {};
        const recovery = { ...monitor.recovery, target: { ...target, ...mine, group } };
        return [{ ...monitor, name: renamed(monitor.name), recovery }];
      }),
    ],
  };
}

/** The agent goes on with the latest file where it can, and is restarted with it where it can't. */
export function takeFile(world: World, machine: Machine): void {
  machine.file = world.spec;
  if (machine.spec === world.spec && machine.running) return;
  if (machine.running && !machine.paused && adoptable(machine.spec, world.spec)) return machine.adopt();
  world.note(machine, `The agent is restarted with the file that names ${world.spec.servers.join(", ")}.`);
  machine.kill();
  machine.start();
}
