/**
 * From what happened to the line of the file that made it so. A rule reads the outcome and the engines' sentences; what it
 * proposes is only advice once it has been tried.
 *
 * @module
 */
import { timingFor } from "../cluster/timing.ts";
import { FENCE_SHARE } from "../cluster/self_fence.ts";
import { list } from "../cluster/reasons.ts";
import type { GroupOutcome, Outcome } from "./outcome.ts";
import type { Question } from "./question.ts";
import * as remedies from "./remedies.ts";
import type { Remedy } from "./remedies.ts";
import { longestStopMs } from "./stage.ts";

/** Advice that was not tried yet. */
export interface Proposal {
  /** The keys that lead to the value. */
  keyPath: readonly string[];
  /** Where it would stand when it is not in the file. */
  near: readonly string[];
  /** What is wrong with it, as the end of a sentence. */
  text: string;
  remedies: Remedy[];
  /** True when it holds whether or not a remedy betters the outcome: the outcome does not show it. */
  certain?: boolean;
}

type Rule = (question: Question, outcome: Outcome, group: GroupOutcome) => Proposal | undefined;

/** What every rule has to say about every group; the same thing is said once. */
export function proposals(question: Question, outcome: Outcome): Proposal[] {
  const found = outcome.groups.flatMap((group) =>
    RULES.map((rule) => rule(question, outcome, group)).filter((proposal) => proposal !== undefined)
  );
  const key = ({ keyPath, text }: Proposal) => JSON.stringify([keyPath, text]);
  return [...new Map(found.map((proposal) => [key(proposal), proposal])).values()];
}

const QUORUM = { keyPath: ["quorum"], near: ["servers"] } as const;

/** Both sides of a partition had the device's vote. */
const weakVote: Rule = (question, _outcome, { two }) => {
  if (two?.why !== "weak vote") return undefined;
  return {
    ...QUORUM,
    text: "an acknowledgement device is a weak vote, and both sides of the partition had it",
    remedies: [
      remedies.witness(question),
      remedies.anotherServer(question),
      ...(question.spec.fence ? [] : [remedies.fence(question, "auto")]),
    ],
  };
};

/** Too few votes are left. */
const noMajority: Rule = (question, _outcome, group) => {
  const { spec } = question;
  if (!group.down || group.stopped || !waits(group, /\d+ of \d+ votes, \d+ needed/)) return undefined;
  if (spec.servers.length % 2 === 1) {
    return {
      keyPath: ["servers"],
      near: [],
      text: "the servers that are left are no majority, for too many of them failed together",
      remedies: [...remedies.elsewhere(question), ...(spec.fence ? [] : [remedies.fence(question, "auto")])],
    };
  }
  const alone = !spec.tieBreaker && !spec.witness;
  return {
    ...QUORUM,
    text: alone
      ? `with ${spec.servers.length} servers and no further vote, half of them are no majority`
      : "the further vote was missing when it was needed",
    remedies: [
      ...(spec.witness ? [] : [remedies.witness(question)]),
      ...(alone ? [remedies.device(question)] : []),
      remedies.anotherServer(question),
      ...remedies.elsewhere(question),
      ...(spec.fence ? [] : [remedies.fence(question, "auto")]),
    ],
  };
};

/** A machine stood still for longer than the times cover. */
const standstill: Rule = (question, _outcome, { two }) => {
  if (two?.why !== "standstill") return undefined;
  const { pauseMs } = question.spec.timing;
  const longestMs = Math.max(...question.faults.map(({ fault }) => "forMs" in fault ? fault.forMs : 0));
  const longer = question.faults.some(({ fault }) => fault.kind === "pause") && 10 * longestMs <= 600_000
    ? [remedies.withTiming(
      question,
      timingFor(10 * longestMs),
      `with timing: { detection: ${10 * longestMs / 1_000}s }, whose pause is ${longestMs / 1_000} s`,
    )]
    : [];
  return {
    keyPath: ["fence"],
    near: ["timing"],
    text: `a machine that stands still for more than ${pauseMs / 1_000} s still has what it had when it wakes up; ` +
      "only a fence stops it from outside",
    remedies: [remedies.fence(question, "always"), ...longer],
  };
};

/** Most of the outage was waiting for silence. */
const slowDetection: Rule = (question, outcome, group) => {
  const { takeoverMs } = question.spec.timing;
  if (group.two || group.down) return undefined;
  const outage = group.outages.find(({ untilMs }) => untilMs !== null);
  const won = outage && line(outcome, "won", group, outage.fromMs, outage.untilMs);
  if (!outage || !won || won.ms - outage.fromMs < takeoverMs / 2 || fenceMs(outcome, group) > 0) return undefined;
  return {
    keyPath: ["timing"],
    near: ["servers"],
    text: "most of the outage passed before another server might take over; a faster timing leaves less time for " +
      "stopping and for pauses",
    remedies: remedies.fasterTimings(question),
  };
};

/** Most of the outage was waiting for the fence. */
const slowFence: Rule = (question, outcome, group) => {
  const { spec } = question;
  const waitedMs = fenceMs(outcome, group);
  if (!spec.fence || group.down || waitedMs === 0 || waitedMs < group.outageMs / 2) return undefined;
  return {
    ...(spec.fence.wait === "always" ? { keyPath: ["fence", "wait"], near: ["fence"] } : QUORUM),
    text: "most of the outage passed until the fence had confirmed that the silent server was off",
    remedies: soundVotes(question),
  };
};

/** The fence never said that it was done. */
const fenceStuck: Rule = (question, _outcome, group) => {
  if (!group.down || !waits(group, /has to be off first/)) return undefined;
  return {
    keyPath: ["fence"],
    near: [],
    text: "the takeover waits for a fence that does not confirm; until it does, `baton confirm-stopped` answers for it",
    remedies: soundVotes(question),
  };
};

const failoverByHand: Rule = (question, _outcome, group) => {
  if (!group.down || !waits(group, /its failover is by hand/)) return undefined;
  return {
    ...keyOf(group, "failover"),
    text: "nobody takes it over before an operator says so",
    remedies: [remedies.group(question, group.group, "with failover: auto", { failover: "auto" })],
  };
};

const startedByHand: Rule = (question, outcome, group) => {
  if (!outcome.startedByHand.has(group.group)) return undefined;
  return {
    ...keyOf(group, "startup"),
    text: "it did not start with the cluster; the simulated operator started it before anything happened",
    remedies: [remedies.group(question, group.group, "with startup: auto", { startup: "auto" })],
    certain: true,
  };
};

const noServerOfIt: Rule = (question, outcome, group) => {
  const spec = question.spec.groups.find(({ name }) => name === group.group);
  const left = question.spec.servers.filter((server) => !outcome.off.includes(server));
  const others = question.spec.servers.filter((server) => !spec?.servers.includes(server));
  const could = left.filter((server) => others.includes(server));
  if (!spec || !group.down || group.stopped || could.length === 0) return undefined;
  return {
    ...keyOf(group, "servers"),
    text: `${list(could)} could go on with it but ${could.length === 1 ? "is" : "are"} not among its servers`,
    remedies: [remedies.group(question, group.group, `with ${list(others)} among its servers`, {
      servers: [...spec.servers, ...others],
    })],
  };
};

const excluded: Rule = (question, _outcome, group) => {
  const rule = group.waits.map(({ text }) => /which excludes .* \(rule (\S+)\)/.exec(text)?.[1]).find(Boolean);
  if (!group.down || rule === undefined) return undefined;
  return {
    keyPath: ["exclusions", rule, "kind"],
    near: ["exclusions", rule],
    text: "absolute keeps it down where there is no other server for it",
    remedies: [remedies.normalExclusion(question, rule)],
  };
};

const unwell: Rule = (question, _outcome, group) => {
  const monitor = group.waits.map(({ text }) => /has the monitor (\S+) in error/.exec(text)?.[1]).find(Boolean);
  const healthy = question.spec.groups.find(({ name }) => name === group.group)?.healthy;
  if (!group.down || monitor === undefined || !healthy) return undefined;
  return {
    ...keyOf(group, "healthy"),
    text: `no server is left on which ${monitor} is not in error`,
    remedies: [
      remedies.group(question, group.group, "with otherwise: any", { healthy: { ...healthy, otherwise: "any" } }),
    ],
  };
};

const nobodySurvives: Rule = (question, _outcome, group) => {
  const [first] = question.spec.servers;
  if (!group.down || first === undefined || !waits(group, /the discovery of two carriers/)) return undefined;
  return {
    keyPath: ["survivor"],
    near: ["quorum"],
    text: "after two carriers were found it stays down until an operator starts it",
    remedies: [{ label: `with survivor: ${first}`, question: remedies.withSpec(question, { survivor: first }) }],
  };
};

/** A monitor has switched a server off. */
const switchedOff: Rule = (question, { story }, group) => {
  const monitor = story.find(({ reason }) => reason.code === "final-action" && reason.monitor !== undefined)?.reason
    .monitor;
  if (!group.down || monitor === undefined) return undefined;
  return {
    keyPath: ["monitors", monitor, "recovery", "finalAction"],
    near: ["monitors", monitor],
    text: "its final action took a server away that was needed",
    remedies: [remedies.harmless(question, monitor)],
  };
};

/** Stopping took longer than a server without permit may take. */
const slowStop: Rule = (question, { story }, group) => {
  const { spec, times } = question;
  const failed = story.some(({ reason }) => reason.code === "fence-failed" && reason.group === group.group);
  if (!failed || times.deactivationMs === null) return undefined;
  const needMs = longestStopMs(spec, times.deactivationMs);
  // Of the detection time, four tenths are for stopping.
  const detectionMs = Math.ceil(1.1 * needMs / FENCE_SHARE / 0.39 / 1_000) * 1_000;
  return {
    keyPath: ["timing"],
    near: ["selfFence"],
    text: `stopping takes ${seconds(needMs)}, but a server without permit has ${
      seconds(spec.timing.stopMs * FENCE_SHARE)
    } for it; what is left then is answered by selfFence: ${spec.selfFenceAction}`,
    remedies: [
      remedies.withTiming(question, timingFor(detectionMs), `with timing: { detection: ${detectionMs / 1_000}s }`),
    ],
    certain: true,
  };
};

/** A server went down because of that, and is missed. */
const staysOff: Rule = (question, { story }, group) => {
  const failed = story.some(({ reason }) => reason.code === "fence-failed");
  if (!failed || !group.down || question.spec.selfFenceAction === "reboot") return undefined;
  return {
    keyPath: ["selfFence"],
    near: ["timing"],
    text: "a server that could not stop in time goes down and stays off until somebody starts it",
    remedies: [{
      label: "with selfFence: reboot",
      question: remedies.withSpec(question, { selfFenceAction: "reboot" }),
    }],
  };
};

/** Nobody could take anything over. */
const alone: Rule = (question, _outcome, group) => {
  if (question.spec.servers.length > 1 || group.stopped || group.outages.length === 0) return undefined;
  return {
    keyPath: ["servers"],
    near: [],
    text: "there is no other server that could take over",
    remedies: [remedies.secondServer(question)],
  };
};

const RULES: readonly Rule[] = [
  alone,
  weakVote,
  standstill,
  noMajority,
  fenceStuck,
  failoverByHand,
  startedByHand,
  noServerOfIt,
  excluded,
  unwell,
  nobodySurvives,
  switchedOff,
  slowStop,
  staysOff,
  slowFence,
  slowDetection,
];

/** Votes that need no fence to be believed. */
function soundVotes(question: Question): Remedy[] {
  const { spec } = question;
  const auto = (remedy: Remedy): Remedy => ({
    ...remedy,
    question: remedies.withSpec(remedy.question, { fence: { wait: "auto" } }),
  });
  const sound = spec.witness || spec.servers.length % 2 === 1;
  if (sound) return spec.fence?.wait === "always" ? [auto({ label: "with wait: auto", question })] : [];
  return [auto(remedies.witness(question)), auto(remedies.anotherServer(question))];
}

/** From the first shot in the group's first outage to the confirmation that let it end, in milliseconds. */
function fenceMs(outcome: Outcome, group: GroupOutcome): number {
  const outage = group.outages.find(({ untilMs }) => untilMs !== null);
  if (!outage) return 0;
  const shot = line(outcome, "fencing", undefined, outage.fromMs, outage.untilMs);
  const won = line(outcome, "won", group, outage.fromMs, outage.untilMs);
  const confirmed = won &&
    outcome.story.findLast(({ ms, reason }) => reason.code === "fence-confirmed" && ms <= won.ms);
  // A fence that follows the takeover was not waited for.
  return shot && confirmed && shot.ms < confirmed.ms ? confirmed.ms - shot.ms : 0;
}

function line(
  { story }: Outcome,
  code: string,
  group: GroupOutcome | undefined,
  fromMs: number,
  untilMs: number | null,
) {
  return story.find(({ ms, reason }) =>
    ms >= fromMs && ms <= (untilMs ?? Infinity) && reason.code === code &&
    (group === undefined || reason.group === group.group)
  );
}

function waits({ waits }: GroupOutcome, pattern: RegExp): boolean {
  return waits.some(({ text }) => pattern.test(text));
}

function keyOf({ group }: GroupOutcome, key: string) {
  return { keyPath: ["groups", group, key], near: ["groups", group] };
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
