/**
 * What everybody wants to know of a cluster: each server fails in each way, each link, each zone, the further vote, and a
 * machine that stands still.
 *
 * @module
 */
import type { ClusterSpec } from "../cluster/spec.ts";
import type { Fault } from "./question.ts";

/** Up to so many servers all are asked about. */
export const MAX_ASKED = 6;
/** Of more so many: those that come first in the groups, then the others. Each is a second or more of work then. */
const ASKED_OF_MANY = 3;

/** The servers that the standard questions are about, in the order of the file. */
export function askedServers({ servers, groups }: ClusterSpec): string[] {
  if (servers.length <= MAX_ASKED) return [...servers];
  const first = groups.flatMap((group) => group.servers.slice(0, 1));
  const wanted = new Set([...new Set([...first, ...servers])].slice(0, ASKED_OF_MANY));
  return servers.filter((server) => wanted.has(server));
}

/** The standard questions, each as the faults that happen at once. `zones`: zone -> its servers. */
export function standardFaults(spec: ClusterSpec, zones: ReadonlyMap<string, readonly string[]>): Fault[][] {
  const asked = askedServers(spec);
  const links = asked.flatMap((from, index) =>
    asked.slice(index + 1).map((to): Fault => ({ kind: "cut", from, to, both: true }))
  );
  const lost: Fault | undefined = spec.witness
    ? { kind: "witness-outage" }
    : spec.tieBreaker
    ? { kind: "device" }
    : undefined;
  const carriers = asked.filter((server) => spec.groups.some(({ servers: [first] }) => first === server));
  // Long enough for another server to take over meanwhile.
  const forMs = 2 * spec.timing.takeoverMs;
  return [
    ...asked.map((server): Fault[] => [{ kind: "crash", servers: [server] }]),
    ...asked.map((server): Fault[] => [{ kind: "kill", server }]),
    ...asked.map((server): Fault[] => [{ kind: "isolate", server }]),
    ...links.map((link) => [link]),
    ...[...zones].map(([zone, servers]): Fault[] => [{ kind: "crash", servers, zone }]),
    ...(lost ? [[lost], ...links.map((link) => [lost, link])] : []),
    ...carriers.map((server): Fault[] => [{ kind: "freeze", server, forMs }]),
    ...carriers.map((server): Fault[] => [{ kind: "pause", server, forMs }]),
  ];
}
