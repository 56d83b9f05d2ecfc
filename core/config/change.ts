/**
 * What it takes to go from one configuration to another while the cluster runs: nothing, agents that go on in another
 * way, groups that move once while the agents go on, or agents that start again one after the other; what has to be down
 * for it; and what can't be done that way.
 *
 * For a while servers with the old and with the new file work together, so each rule here is about that while. Votes
 * change one at a time (`core/cluster/roster.ts` says why). A detection time of one file is only sound with the permits
 * of that file, so another timing needs a cluster that carries nothing. A group that half of the servers no longer know
 * would lose its majority, so it is stopped before it is taken out.
 *
 * @module
 */
import { adoptable } from "../cluster/adopt.ts";
import { rosterOf } from "../cluster/roster.ts";
import { DEVICE_VOTE, WITNESS_VOTE } from "../cluster/vote_names.ts";
import type { ClusterConfig, GroupConfig } from "./config.ts";
import { endpointText } from "./servers.ts";
import { toSpec } from "./spec.ts";

/** How far a change reaches into a running agent. */
export type Reach = "nothing" | "live" | "groups" | "agent";

/** A change of the configuration. */
export interface Change {
  reach: Reach;
  /** Monitors that are new, gone or others. */
  monitors: string[];
  /** Groups whose own definition is new, gone or another one. */
  groups: string[];
  /** Those of them that have to be down on a server for a moment before it can take them up: what they start is another. */
  moves: string[];
  /** The acknowledgement devices are others. */
  devices: boolean;
  /** Groups that must be down before, with the reason, a sentence; `lasts`: until all servers run the new file. */
  down: { groups: string[]; why: string; lasts: boolean }[];
  /** Servers that are taken out; their agents must be stopped before. */
  gone: string[];
  added: string[];
  /** Why it can't be done in a running cluster; sentences with what would be right. */
  refusals: string[];
  /** For as long as it takes, some servers may run the one and some the other while groups are carried. */
  bearable: boolean;
  /** What is allowed but should be known; sentences. */
  warnings: string[];
}

/** Compares two configurations of the same cluster. */
export function changeOf(before: ClusterConfig, after: ClusterConfig): Change {
  const monitors = changedNames(before.monitors, after.monitors);
  const groups = changedNames(before.groups, after.groups);
  const moves = before.groups.filter((group) => {
    const next = after.groups.find(({ name }) => name === group.name);
    return next !== undefined && text(started(group)) !== text(started(next));
  }).map(({ name }) => name);
  const [old, next] = [names(before.servers), names(after.servers)];
  const allGroups = names(before.groups);
  const down: Change["down"] = [];
  const removed = allGroups.filter((name) => !names(after.groups).includes(name));
  if (removed.length > 0) {
    down.push({ groups: removed, lasts: false, why: "a group that is taken out has to be stopped first" });
  }
  if (text(before.timing) !== text(after.timing)) {
    down.push({
      groups: allGroups,
      lasts: true,
      why: "another timing needs a cluster that carries nothing: the permits of one file are not sound with the " +
        "detection time of the other",
    });
  }
  if (before.witness && after.witness && text(before.witness) !== text(after.witness)) {
    down.push({ groups: allGroups, lasts: true, why: "two witnesses at a time could each give their vote away" });
  }
  return {
    reach: reachOf(before, after, moves),
    monitors,
    groups,
    moves,
    devices: text(devices(before)) !== text(devices(after)),
    down: down.filter((one) => one.groups.length > 0),
    gone: old.filter((name) => !next.includes(name)),
    added: next.filter((name) => !old.includes(name)),
    refusals: refusals(before, after),
    bearable: !down.some(({ lasts }) => lasts),
    warnings: warnings(before, after),
  };
}

function reachOf(before: ClusterConfig, after: ClusterConfig, moves: readonly string[]): Reach {
  if (text(meaning(before)) === text(meaning(after))) return "nothing";
  // What was opened at the start stays open, and what the engine has promised by a file it keeps for its life.
  if (text(opened(before)) !== text(opened(after)) || !adoptable(toSpec(before), toSpec(after))) return "agent";
  const others = before.groups.some((group) => {
    const next = after.groups.find(({ name }) => name === group.name);
    return next !== undefined && text(types(group)) !== text(types(next));
  });
  if (others) return "agent";
  return moves.length > 0 ? "groups" : "live";
}

/** All but where the file lies and what was said of it. */
function meaning(config: ClusterConfig): Partial<ClusterConfig> {
  const { path: _path, digest: _digest, warnings: _warnings, ...rest } = config;
  return rest;
}

/** All but what a running agent can exchange. */
function opened(config: ClusterConfig): Partial<ClusterConfig> {
  const { groups: _g, monitors: _m, exclusions: _e, lastServer: _l, maxPowerActions: _p, ...rest } = meaning(config);
  const { quorum: _q, tieBreaker: _t, ...kept } = rest;
  return kept;
}

function devices({ quorum, tieBreaker }: ClusterConfig): unknown {
  return { quorum, tieBreaker };
}

/** With what the resources of a group are started and stopped. */
function started({ resources }: GroupConfig): unknown {
  return resources.map(({ options, activateTimeoutMs, deactivateTimeoutMs }) => ({
    options,
    activateTimeoutMs,
    deactivateTimeoutMs,
  }));
}

function types({ resources }: GroupConfig): unknown {
  return resources.map(({ name, type }) => ({ name, type }));
}

function refusals(before: ClusterConfig, after: ClusterConfig): string[] {
  const found: string[] = [];
  if (before.cluster !== after.cluster) {
    found.push(
      `cluster: ${before.cluster} can't become ${after.cluster} while it runs: servers of different clusters don't hear ` +
        "each other. Stop all agents, copy the file, start them",
    );
  }
  if (before.keyFile !== after.keyFile) {
    found.push(
      "key: another key file is read only by an agent that starts. To change the key itself write it into the file that is " +
        "there (baton key --add); else stop all agents, copy file and key, start them",
    );
  }
  if (before.stateDir !== after.stateDir) {
    found.push(
      "state: the memory of the votes lies there. Stop one agent at a time, move its folder and change its file",
    );
  }
  const [old, next] = [rosterOf(toSpec(before)), rosterOf(toSpec(after))];
  const missing = old.filter((vote) => !next.includes(vote));
  const surplus = next.filter((vote) => !old.includes(vote));
  if (missing.length + surplus.length > 1) {
    const said = [
      ...missing.map((vote) => `without ${voteName(vote)}`),
      ...surplus.map((vote) => `with ${voteName(vote)}`),
    ];
    found.push(
      `votes are changed one at a time, or two majorities need not share a server: this file changes ` +
        `${missing.length + surplus.length} (${said.join(", ")}). Apply a file for each of them`,
    );
  }
  for (const server of after.servers) {
    const was = before.servers.find(({ name }) => name === server.name);
    if (!was) continue;
    const paths = was.interconnect.map(endpointText);
    if (server.interconnect.some((endpoint) => paths.includes(endpointText(endpoint)))) continue;
    found.push(
      `servers.${server.name}.interconnect: while some servers still have the old file nobody would find it. Keep one of ` +
        `${paths.join(", ")} beside the new address, apply, and take it out with the next file`,
    );
  }
  return found;
}

function warnings(before: ClusterConfig, after: ClusterConfig): string[] {
  const found: string[] = [];
  if (before.quorum.length > 0 && after.quorum.length > 0 && text(before.quorum) !== text(after.quorum)) {
    found.push(
      "quorum: until all servers have the new file, some ask the old devices and some the new ones; a partition in that " +
        "while could find both sides with a device",
    );
  }
  return found;
}

function voteName(vote: string): string {
  if (vote === DEVICE_VOTE) return "the tie-breaker";
  return vote === WITNESS_VOTE ? "the witness" : vote;
}

function changedNames(before: readonly { name: string }[], after: readonly { name: string }[]): string[] {
  const old = new Map(before.map((one) => [one.name, text(one)]));
  const next = new Map(after.map((one) => [one.name, text(one)]));
  return [...new Set([...old.keys(), ...next.keys()])].filter((name) => old.get(name) !== next.get(name));
}

function names(things: readonly { name: string }[]): string[] {
  return things.map(({ name }) => name);
}

/** A value as text, the same for the same meaning: plugins are known by their type, maps by their sorted entries. */
function text(value: unknown): string {
  return JSON.stringify(value, (key, inner) => {
    if (key === "plugin" && typeof inner?.kind === "string") return undefined;
    return inner instanceof Map ? Object.fromEntries([...inner].sort(([a], [b]) => a < b ? -1 : 1)) : inner;
  });
}
