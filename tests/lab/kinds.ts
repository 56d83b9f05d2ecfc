/**
 * The clusters of the lab, and the hosts of each.
 *
 * @module
 */
import { type Topology, vipTopology } from "../../sandbox/mod.ts";
import type { Host } from "./network.ts";

/**
 * What a cluster has its majority of: three servers; two and a tie-breaker, which is a weak vote; two and a witness, which
 * is a sound one.
 */
export type Kind = "three" | "tie-breaker" | "witness";

export const KINDS: readonly Kind[] = ["three", "tie-breaker", "witness"];

/** Latency of every EC2 call, in milliseconds. */
export const EC2_LATENCY_MS = 150;

/** What it is called in the table. */
export const LABELS: Readonly<Record<Kind, string>> = {
  three: "baton 3",
  "tie-breaker": "baton 2",
  witness: "baton 2+w",
};

/** The NAT instance: the acknowledgement device of a tie-breaker. */
export const NAT: Host = { name: "nat", ip: "10.0.10.100" };
/** Where the etcd of a witness runs. */
export const WITNESS: Host = { name: "witness", ip: "10.0.30.100" };
export const AWS: Host = { name: "aws", ip: "10.0.99.1" };
const CLIENT: Host = { name: "client", ip: "10.0.10.50" };

/** Who has the vote that is no server's: the NAT instance, also where it is none; or the witness. */
export function arbiterOf(kind: Kind): string {
  return kind === "witness" ? WITNESS.name : NAT.name;
}

export function topologyOf(kind: Kind): Topology {
  return vipTopology({ servers: kind === "three" ? ["server1", "server2", "server3"] : ["server1", "server2"] });
}

/** The hosts of a cluster. */
export function hostsOf(kind: Kind): Host[] {
  return [
    ...topologyOf(kind).servers.map(({ name, privateIp, mac }) => ({ name, ip: privateIp, mac })),
    NAT,
    ...(kind === "witness" ? [WITNESS] : []),
    CLIENT,
    AWS,
  ];
}
