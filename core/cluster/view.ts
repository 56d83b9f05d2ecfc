/**
 * The whole cluster as one server sees it, as plain data for the status endpoint and the command line.
 *
 * @module
 */
import type { Candidates } from "./candidates.ts";
import type { Claims } from "./claims.ts";
import type { Device } from "./device.ts";
import type { Disk } from "./disk.ts";
import type { Failure } from "./events.ts";
import type { Fencing } from "./fencing.ts";
import type { GroupRun } from "./group.ts";
import type { Handover } from "./handover.ts";
import type { Intents } from "./intents.ts";
import type { Local } from "./local.ts";
import type { Intent } from "./message.ts";
import type { Peers } from "./peers.ts";
import type { Obscurity, Presence } from "./presence.ts";
import type { Recoveries } from "./recoveries.ts";
import type { MonitorStatus } from "./recovery.ts";
import type { Register } from "./register.ts";
import { type GroupStatus, mayBeActive } from "./status.ts";
import type { Voter } from "./voter.ts";
import type { Votes } from "./votes.ts";
import type { Witness } from "./witness.ts";

/** What {@linkcode view} looks at. */
export interface Parts {
  local: Local;
  disk: Disk;
  peers: Peers;
  presence: Presence;
  device: Device;
  voter: Voter;
  handover: Handover;
  intents: Intents;
  groups: readonly GroupRun[];
  claims: Claims;
  candidates: Candidates;
  votes: Votes;
  witness: Witness;
  fencing: Fencing;
  recoveries: Recoveries;
  leaving: boolean;
}

/** The cluster as one server sees it. */
export interface View {
  me: string;
  leaving: boolean;
  votes: { held: string[]; total: number; majority: number; visible: string[]; quorum: boolean };
  /** Null where no device is configured. */
  tieBreaker: { reached: boolean | null; message: string; weak: true } | null;
  /** Null where none is configured. */
  witness: { reached: boolean | null; message: string; weak: false } | null;
  /** Servers that are, or have to be, off for certain. Null where there is no fence. */
  fence: { required: boolean; targets: { server: string; stopped: boolean; message: string }[] } | null;
  /** Of the viewing server. `lastMs`: its latest write; `waitingMs`: the one that is under way; null where there is none. */
  disk: { lastMs: number | null; waitingMs: number | null; slow: string | null };
  servers: ServerView[];
  groups: GroupView[];
  monitors: MonitorView[];
}

/** A server, as the viewing one hears it. */
export interface ServerView {
  name: string;
  status: "online" | "offline" | "unknown";
  /** Null for the viewing server itself and for one never heard. */
  silentMs: number | null;
  /** It is there, but is not understood; null when it is understood, or silent. */
  unclear: { cause: Obscurity; message: string } | null;
  votes: string[];
  /** It says that it ends no machine (`--no-power`), neither its own nor another. */
  noPower: boolean;
}

/** A group. */
export interface GroupView {
  name: string;
  /** The state on the viewing server. */
  status: GroupStatus;
  epoch: number;
  /** Where it is active or on its way, as far as this server knows. */
  carrier: string | null;
  /** Without a majority in sight a server that is not heard may carry it: then no carrier does not mean nowhere. */
  known: boolean;
  /** Where it was when its carrier was last heard, and how long ago; null where it is known, or nobody has said so. */
  lastKnown: { server: string; agoMs: number } | null;
  /** For how long it has been in this state on the viewing server, in milliseconds. */
  forMs: number;
  /** How long this server may still serve it; null when it may not. */
  permitLeftMs: number | null;
  why: string;
  /** What it waits for here; null when it waits for nothing. */
  waiting: string | null;
  register: Register;
  intent: Intent;
  /** No other server takes it over by itself. */
  byHand: boolean;
  /** Groups that are to be online before it starts. */
  startAfter: string[];
  /** `failure`: how the latest order to it failed on the viewing server; null when it did not. */
  resources: { name: string; status: GroupStatus; failure: Failure | null }[];
  /** Its state on each of its servers, in its order. */
  servers: { name: string; status: GroupStatus | "unknown"; ready: boolean; why: string | null; errors: number }[];
}

/** A monitor. */
export interface MonitorView {
  name: string;
  status: MonitorStatus;
  code: number | null;
  message: string;
  failures: number;
  scripts: number;
  reactivations: number;
  failovers: number;
  /** How often its recovery was begun within the last hour. */
  begun: number;
  /** The operator who makes it fail; null when nobody does. */
  forcedBy: string | null;
}

/** Looks. */
export function view(parts: Parts): View {
  const { local, disk, device, handover, witness, fencing } = parts;
  const visible = parts.votes.visible();
  return {
    me: local.me,
    leaving: parts.leaving,
    votes: {
      held: handover.votes,
      total: local.totalVotes,
      majority: local.majority,
      visible,
      quorum: visible.length >= local.majority,
    },
    tieBreaker: local.spec.tieBreaker ? { reached: device.reached, message: device.message, weak: true } : null,
    witness: local.spec.witness ? { reached: witness.reached, message: witness.message, weak: false } : null,
    fence: local.spec.fence ? { required: fencing.required, targets: fencing.view() } : null,
    disk: { lastMs: disk.lastMs, waitingMs: disk.waitingMs, slow: disk.slow ?? null },
    servers: local.spec.servers.map((name) => serverView(parts, name)),
    groups: parts.groups.map((run) => groupView(parts, run)),
    monitors: parts.recoveries.monitors.map((monitor) => ({
      name: monitor.spec.name,
      status: monitor.status,
      code: monitor.code ?? null,
      message: monitor.message,
      failures: monitor.failures,
      scripts: monitor.escalation.scripts,
      reactivations: monitor.escalation.reactivations,
      failovers: monitor.escalation.failovers,
      begun: monitor.escalation.begun,
      forcedBy: monitor.forcedBy,
    })),
  };
}

function serverView({ local, peers, presence, handover }: Parts, name: string): ServerView {
  const { noPower } = local;
  if (name === local.me) {
    return { name, status: "online", silentMs: null, unclear: null, votes: handover.votes, noPower };
  }
  const heard = peers.everHeard(name);
  const there = presence.there(name) !== undefined;
  const status = peers.fresh(name) && !peers.left(name)
    ? "online"
    : there || !(heard || peers.left(name))
    ? "unknown"
    : "offline";
  return {
    name,
    status,
    silentMs: heard ? Math.round(peers.silentMs(name)) : null,
    unclear: presence.view(name),
    votes: peers.beat(name)?.votes ?? [],
    noPower: peers.beat(name)?.noPower ?? false,
  };
}

function groupView(parts: Parts, run: GroupRun): GroupView {
  const { local, peers, voter, intents, claims, candidates } = parts;
  const untilMs = claims.permitUntilMs(run);
  const states = new Map<string, GroupStatus | "unknown">(local.spec.servers.map((server) => {
    if (server === local.me) return [server, run.status] as const;
    const known = peers.fresh(server) && !peers.left(server);
    return [server, known ? peers.news(server, run.name)?.status ?? "unknown" : "unknown"] as const;
  }));
  // Beside one that serves another may not have stopped yet.
  const serves = local.spec.servers.find((server) => states.get(server) === "online");
  const carrier = serves ?? local.spec.servers.find((server) => {
    const state = states.get(server) ?? "unknown";
    return state !== "unknown" && mayBeActive(state);
  }) ?? null;
  const absent = carrier === null ? absentServers(parts, run) : [];
  const known = absent.length === 0 || parts.votes.visible().length >= local.majority;
  return {
    name: run.name,
    status: run.status,
    epoch: voter.register(run.name).epoch,
    carrier,
    known,
    lastKnown: known ? null : lastCarrier(parts, run, absent),
    forMs: Math.max(0, Math.round(local.nowMs - run.sinceMs)),
    permitLeftMs: run.active && untilMs > local.nowMs ? Math.round(untilMs - local.nowMs) : null,
    why: run.why,
    waiting: claims.waiting.get(run.name) ?? null,
    register: voter.register(run.name),
    intent: intents.of(run.name),
    byHand: run.spec.failover === "manual",
    startAfter: (run.spec.startAfter ?? []).map(({ group }) => group),
    resources: run.spec.resources.map(({ name }, index) => ({
      name,
      status: run.resourceStatus(index),
      failure: run.failureOf(name),
    })),
    servers: (candidates.of(run.name) ?? []).map((candidate) => ({
      name: candidate.server,
      status: states.get(candidate.server) ?? "unknown",
      ready: candidate.ready,
      why: candidate.why ?? candidate.slow ?? null,
      errors: candidate.errors,
    })),
  };
}

/** Servers of a group of which nothing is known now. */
function absentServers({ local, peers, fencing }: Parts, { spec: { servers } }: GroupRun): string[] {
  return servers.filter((server) =>
    server !== local.me && !peers.fresh(server) && !peers.left(server) && !fencing.stopped(server)
  );
}

/** Which of the absent said last that it carries the group. */
function lastCarrier({ peers }: Parts, { name }: GroupRun, absent: readonly string[]): GroupView["lastKnown"] {
  const [last] = absent
    .filter((server) => mayBeActive(peers.news(server, name)?.status ?? "offline"))
    .map((server) => ({ server, agoMs: Math.round(peers.quietMs(server)) }))
    .sort((a, b) => a.agoMs - b.agoMs);
  return last ?? null;
}
