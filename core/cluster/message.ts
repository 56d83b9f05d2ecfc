/**
 * The one message of the protocol. Everything a server has to say fits in its heartbeat: what it confirms, what it
 * remembers as a voter, what it claims, what it carries, what operators asked for. A beat always describes the whole
 * present, so a lost one costs nothing but time and a repeated one nothing at all.
 *
 * @module
 */
import type { Moment } from "./presence.ts";
import type { Register } from "./register.ts";
import type { GroupStatus } from "./status.ts";

/** A heartbeat. */
export interface Beat {
  from: string;
  /** Changes with every start of the sender. */
  incarnation: string;
  /** Counts the beats of this incarnation; an older one that arrives late is ignored. */
  sequence: number;
  /** When it was made, in milliseconds of the sender's clock. Only ever compared with itself. */
  sentMs: number;
  /** The latest beat that the sender accepted from each server. */
  acks: Record<string, Ack>;
  /** Servers whose votes the sender holds; its own unless it gave it away. */
  votes: string[];
  /** All votes that the sender counts, its own and others', see `roster.ts`. */
  roster: readonly string[];
  groups: Record<string, GroupNews>;
  /** True from the moment it has begun to leave in order. */
  leaving: boolean;
  /** True in the last beats of a server that has left: all its groups are down. */
  left: boolean;
  handover: HandoverNews;
  /** The tie-breaker or the witness would support a claim of the sender now, whoever else is away. */
  third: boolean;
  /** How long the sender, as a voter, waits for a holder that is silent, in milliseconds of its clock. */
  patienceMs: number;
  /** Up to when the sender knows that servers are there which it does not understand, see `presence.ts`. */
  signs?: Record<string, Moment>;
  /**
   * The sender ends no machine, neither its own nor another (`--no-power`). No server decides anything by it, because
   * whether a silent one could stop its groups nobody can know; who looks at one server is to see it of all.
   */
  noPower?: true;
  /** Names of the keys that the sender accepts; put in by its agent, the engine does not look at it. */
  keys?: string[];
  /** Of the sender's `cluster.yaml`; put in by its agent, the engine does not look at it. */
  file?: FileNews;
}

/** Which version of the file a server has. */
export interface FileNews {
  /** Counts the files that were applied; 0: none ever was. */
  generation: number;
  /** SHA-256 in hex of what is on its disk. */
  digest: string;
  /** The same of what its agent runs. */
  running: string;
}

/** "I have received your beat of `sentMs`, made by that incarnation of yours." */
export interface Ack {
  incarnation: string;
  sentMs: number;
  /** False: it came, but you have yet to prove that you are alive; I believe and promise nothing. */
  taken: boolean;
}

/** What the sender says of one group. */
export interface GroupNews {
  /** Its memory as a voter, as it is on its disk. */
  register: Register;
  /**
   * What its disk does not have yet: it decides by this, and while the two differ it confirms nobody. See `disk.ts`. Left
   * out: the same.
   */
  promise?: Register;
  /** As a voter: nobody I know of can be active, I would say yes to a claim now. */
  open: boolean;
  /** Nothing of the group is active at the sender, and nothing will be under any epoch it has asked for so far. */
  idle: boolean;
  /** The epoch it asks for. Left out: it asks for none. */
  claim?: number;
  status: GroupStatus;
  /** Whether it could carry the group, and why not. */
  ready: boolean;
  why?: string;
  /** It could, but an exclusion rule would rather have the group elsewhere. */
  crowded?: string;
  /** It could, but a monitor that should be well there is in error. */
  unwell?: string;
  /** It could, but its disk, or its links, would make everybody wait. */
  slow?: string;
  /** For so long that a server with recorded errors is better. */
  hangs?: true;
  /** Failures recorded against it since an operator last started the group. */
  errors: number;
  intent: Intent;
  /** The latest version of the intent whose move has been dealt with. */
  served: number;
}

/** What operators (and failback) want of a group. The highest version wins everywhere. */
export interface Intent {
  version: number;
  run: boolean;
  /** Move it there, once. */
  to?: string;
  /** The move is a failover that a monitor asked for: what is held against servers stays so. */
  recovery?: true;
  /** Who asked, for the journal. */
  by: string;
}

/** What the sender decides by as a voter, on its disk or not yet. */
export function decided({ register, promise }: Pick<GroupNews, "register" | "promise">): Register {
  return promise ?? register;
}

/** Both were made by one process. Of two of them the later says all that the earlier could still be good for. */
export function ofOneLife(a: Beat, b: Beat): boolean {
  return a.from === b.from && a.incarnation === b.incarnation;
}

/**
 * True when `a` overrules `b`. Two servers may have been asked for different things at the same time: of two equal
 * versions that are not alike exactly one overrules the other, and what stops the group goes before what runs it.
 */
export function overrules(a: Intent, b: Intent): boolean {
  if (a.version !== b.version) return a.version > b.version;
  if (a.run !== b.run) return !a.run;
  if (a.to === b.to && a.by === b.by) return false;
  return `${a.to ?? ""} ${a.by}` > `${b.to ?? ""} ${b.by}`;
}

/** Votes on the move, see `handover.ts`. */
export interface HandoverNews {
  /** "Hold these votes for me": server -> serial number of the handover. */
  give?: { to: string; votes: Record<string, number> };
  /** "I left, I am back, give me my vote back." `votes`: all that were given with it. */
  ask?: { to: string; serial: number; votes: Record<string, number> };
  /** Votes held for others. */
  held: Record<string, number>;
  /** Handovers that are over: the vote is back with its server, or never came. */
  closed: Record<string, number>;
  /** Servers whose vote the sender may have passed on, or given back, and forgotten. */
  unsure: string[];
  /** How long the votes of the sender may still be bound to wait, by promises under an earlier file; in milliseconds. */
  bindsMs: number;
}
