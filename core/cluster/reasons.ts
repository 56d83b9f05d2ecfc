/**
 * Why something happened, as data: a code for machines, a sentence for people, the facts it was drawn from. The
 * journal, the command line, the status endpoint and the tests all read the same one.
 *
 * @module
 */

/** One decision or observation. */
export interface Reason {
  /** Stable, for machines: `claim`, `permit-lost`, `activation-failed` ... */
  code: ReasonCode;
  level: "info" | "warning" | "error";
  /** A whole sentence. */
  text: string;
  group?: string;
  epoch?: number;
  monitor?: string;
  resource?: string;
  /** Whose votes a group was taken with, by their names. */
  votes?: readonly string[];
  /** The number that `baton explain` takes, where what failed has one. */
  number?: number;
}

/** The codes, in the order of a story. */
export type ReasonCode =
  | "started"
  | "peer-heard"
  | "peer-silent"
  | "peer-unclear"
  | "peer-left"
  | "roster"
  | "file"
  | "key"
  | "device-reached"
  | "device-lost"
  | "witness-reached"
  | "witness-lost"
  | "fencing"
  | "fence-confirmed"
  | "fence-unconfirmed"
  | "fence-ready"
  | "fence-unready"
  | "disk-slow"
  | "disk-well"
  | "state-folder"
  | "swept"
  | "sweep-failed"
  | "claim"
  | "claim-lost"
  | "won"
  | "epoch-raised"
  | "granted"
  | "refused"
  | "activating"
  | "activated"
  | "activation-failed"
  | "online"
  | "deactivating"
  | "deactivated"
  | "deactivation-failed"
  | "released"
  | "permit-lost"
  | "fenced"
  | "fence-failed"
  | "both-active"
  | "suspended"
  | "monitor"
  | "plugin"
  | "preflight-ready"
  | "preflight-unready"
  | "recovery"
  | "recovery-script"
  | "recovery-skipped"
  | "final-action"
  | "final-action-suppressed"
  | "power-withheld"
  | "start-wait"
  | "stop-wait"
  | "operator"
  | "failback"
  | "leaving"
  | "vote-given"
  | "vote-held"
  | "vote-returned"
  | "broken"
  | "left";

/** Facts that go with a reason. */
export type ReasonFacts = Omit<Reason, "code" | "level" | "text">;

/** An ordinary event. */
export function info(code: ReasonCode, text: string, facts: ReasonFacts = {}): Reason {
  return { code, level: "info", text, ...facts };
}

/** Something an operator should look at. */
export function warning(code: ReasonCode, text: string, facts: ReasonFacts = {}): Reason {
  return { code, level: "warning", text, ...facts };
}

/** Something that went wrong. */
export function error(code: ReasonCode, text: string, facts: ReasonFacts = {}): Reason {
  return { code, level: "error", text, ...facts };
}

/** `text` with its full stop. */
export function sentence(text: string): string {
  return /[.!?]\)?$/.test(text) ? text : `${text}.`;
}

/** "a, b and c". */
export function list(names: readonly string[]): string {
  if (names.length === 0) return "nobody";
  if (names.length === 1) return names[0]!;
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
