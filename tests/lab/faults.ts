/**
 * The faults, each told by who is hit. "Carrier" is whoever carries when it happens.
 *
 * @module
 */
import { GROUP } from "./cluster_file.ts";
import type { LabCluster } from "./cluster.ts";
import { arbiterOf, type Kind, KINDS, WITNESS } from "./kinds.ts";
import type { Direction } from "./network.ts";
import type { LabServer } from "./server.ts";

/** What must become of the group. */
export type Expected =
  /** Nothing: the carrier goes on. */
  | "stays"
  /** The carrier goes on, or another carries in good order: it is at the edge of the permit. */
  | "either"
  /** Another server carries. */
  | "moves"
  /** Nobody carries while it lasts: no server has a majority. */
  | "stops"
  /** The one thing a weak vote can't do: both carry until the network is whole, then it is found. */
  | "splits";

/** Who is there when a fault strikes. */
export interface Scene {
  cluster: LabCluster;
  carrier: LabServer;
  peers: readonly LabServer[];
}

/** A fault. */
export interface LabFault {
  name: string;
  clusters: readonly Kind[];
  expected(kind: Kind): Expected;
  strike(scene: Scene): Promise<void> | void;
  /** How long it lasts, in milliseconds; what goes on then ends with the healing. */
  holdMs: number;
  /** What ends it before the healing, such as a SIGCONT. */
  end?(scene: Scene): void;
}

/** A takeover of `timing: fast` is over by then, in milliseconds. */
const TAKEN_OVER_MS = 4_500;

const NO_WITNESS: readonly Kind[] = ["three", "tie-breaker"];

const names = (servers: readonly LabServer[]) => servers.map(({ name }) => name);
const one = (from: readonly string[], to: readonly string[]): Direction[] =>
  from.flatMap((a) => to.map((b) => [a, b] as const));
const both = (from: readonly string[], to: readonly string[]) => [...one(from, to), ...one(to, from)];

/** All of them, in the order of the table. */
export const FAULTS: readonly LabFault[] = [
  {
    name: "crash of the agent (kill -9)",
    clusters: KINDS,
    expected: () => "moves",
    strike: ({ carrier }) => carrier.kill(),
    holdMs: TAKEN_OVER_MS,
  },
  {
    name: "power loss",
    clusters: KINDS,
    expected: () => "moves",
    strike: ({ cluster, carrier }) => cluster.network.powerOff(carrier.name),
    holdMs: TAKEN_OVER_MS,
  },
  {
    name: "link cut (cable of the carrier)",
    clusters: KINDS,
    expected: () => "moves",
    strike: ({ cluster, carrier }) => cluster.network.cable(carrier.name, false),
    holdMs: TAKEN_OVER_MS,
  },
  {
    name: "agent paused 1 s (SIGSTOP)",
    clusters: KINDS,
    expected: () => "either",
    strike: ({ carrier }) => carrier.signal("SIGSTOP"),
    holdMs: 1_000,
    end: ({ carrier }) => carrier.signal("SIGCONT"),
  },
  {
    name: "agent paused 10 s (SIGSTOP)",
    clusters: KINDS,
    expected: () => "moves",
    strike: ({ carrier }) => carrier.signal("SIGSTOP"),
    holdMs: 10_000,
    end: ({ carrier }) => carrier.signal("SIGCONT"),
  },
  {
    name: "cut: carrier <-> everybody",
    clusters: KINDS,
    expected: () => "moves",
    strike: ({ cluster, carrier, peers }) =>
      cluster.network.cut(both([carrier.name], [...names(peers), arbiterOf(cluster.kind), "client", "aws"])),
    holdMs: TAKEN_OVER_MS,
  },
  {
    name: "cut: carrier <-> all peers only",
    clusters: KINDS,
    expected: (kind) => ({ three: "moves", "tie-breaker": "splits", witness: "stays" } as const)[kind],
    strike: ({ cluster, carrier, peers }) => cluster.network.cut(both([carrier.name], names(peers))),
    holdMs: TAKEN_OVER_MS,
  },
  {
    name: "cut: carrier <-> one of two peers",
    clusters: ["three"],
    expected: () => "stays",
    strike: ({ cluster, carrier, peers }) => cluster.network.cut(both([carrier.name], names(peers.slice(0, 1)))),
    holdMs: TAKEN_OVER_MS,
  },
  {
    name: "cut one way: carrier -> peers",
    clusters: KINDS,
    expected: (kind) => kind === "witness" ? "stays" : "moves",
    strike: ({ cluster, carrier, peers }) => cluster.network.cut(one([carrier.name], names(peers))),
    holdMs: TAKEN_OVER_MS,
  },
  {
    name: "cut one way: peers -> carrier",
    clusters: KINDS,
    expected: (kind) => kind === "three" ? "moves" : "stays",
    strike: ({ cluster, carrier, peers }) => cluster.network.cut(one(names(peers), [carrier.name])),
    holdMs: TAKEN_OVER_MS,
  },
  {
    name: "cut: carrier <-> NAT only",
    clusters: NO_WITNESS,
    expected: () => "stays",
    strike: ({ cluster, carrier }) => cluster.network.cut(both([carrier.name], ["nat"])),
    holdMs: TAKEN_OVER_MS,
  },
  {
    name: "NAT dead",
    clusters: NO_WITNESS,
    expected: () => "stays",
    strike: ({ cluster }) => cluster.network.powerOff("nat"),
    holdMs: TAKEN_OVER_MS,
  },
  {
    name: "cut: carrier <-> peer and witness",
    clusters: ["witness"],
    expected: () => "moves",
    strike: ({ cluster, carrier, peers }) => cluster.network.cut(both([carrier.name], [...names(peers), WITNESS.name])),
    holdMs: TAKEN_OVER_MS,
  },
  {
    name: "cut: carrier <-> witness only",
    clusters: ["witness"],
    expected: () => "stays",
    strike: ({ cluster, carrier }) => cluster.network.cut(both([carrier.name], [WITNESS.name])),
    holdMs: TAKEN_OVER_MS,
  },
  {
    name: "cut: standby <-> witness only",
    clusters: ["witness"],
    expected: () => "stays",
    strike: ({ cluster, peers }) => cluster.network.cut(both(names(peers), [WITNESS.name])),
    holdMs: TAKEN_OVER_MS,
  },
  {
    name: "witness dead",
    clusters: ["witness"],
    expected: () => "stays",
    strike: ({ cluster }) => cluster.network.powerOff(WITNESS.name),
    holdMs: TAKEN_OVER_MS,
  },
  {
    name: "witness dead, then link cut",
    clusters: ["witness"],
    expected: () => "stops",
    strike: async ({ cluster, carrier, peers }) => {
      await cluster.network.powerOff(WITNESS.name);
      await cluster.network.cut(both([carrier.name], names(peers)));
    },
    holdMs: TAKEN_OVER_MS,
  },
  {
    name: "orderly stop (SIGTERM)",
    clusters: KINDS,
    expected: () => "moves",
    strike: ({ carrier }) => carrier.signal("SIGTERM"),
    holdMs: 2_500,
  },
  {
    name: "planned move",
    clusters: KINDS,
    expected: () => "moves",
    strike: ({ carrier, peers }) => carrier.baton("move", GROUP, peers[0]!.name),
    holdMs: 2_500,
  },
];
