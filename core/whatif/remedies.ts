/**
 * Changes of a file that could help, each as a change of the question, so that it can be asked again.
 *
 * @module
 */
import type { ClusterSpec, GroupSpec, MonitorSpec } from "../cluster/spec.ts";
import { type Timing, TIMING_PRESETS } from "../cluster/timing.ts";
import { withServers } from "../simulation/rolling.ts";
import type { Question } from "./question.ts";

/** A change, and how it is called: `with a witness`. */
export interface Remedy {
  label: string;
  question: Question;
}

/** The question with another file. */
export function withSpec(question: Question, change: Partial<ClusterSpec>): Question {
  return { ...question, spec: { ...question.spec, ...change } };
}

/** A sound vote in place of what there is. */
export function witness(question: Question): Remedy {
  return { label: "with a witness", question: withSpec(question, { tieBreaker: false, witness: true }) };
}

/** A weak vote in place of none. */
export function device(question: Question): Remedy {
  return { label: "with an acknowledgement device, a weak vote", question: withSpec(question, { tieBreaker: true }) };
}

/** One server more, so that their number is odd and no further vote is needed. */
export function anotherServer(question: Question): Remedy {
  const { spec } = question;
  let number = spec.servers.length + 1;
  while (spec.servers.includes(`server${number}`)) number += 1;
  const grown = withServers(spec, [...spec.servers, `server${number}`]);
  const more = spec.servers.length === 2 ? "with a third server" : "with one server more";
  return {
    label: spec.tieBreaker || spec.witness ? `${more} in place of it` : more,
    question: { ...question, spec: { ...grown, tieBreaker: false, witness: false } },
  };
}

/** Somebody to take over, and a vote to tell them apart. */
export function secondServer(question: Question): Remedy {
  const servers = [...question.spec.servers, `${question.spec.servers[0]}-2`];
  const spec = { ...withServers(question.spec, servers), tieBreaker: false, witness: true };
  return { label: "with a second server and a witness", question: { ...question, spec } };
}

/** A fence. */
export function fence(question: Question, wait: "auto" | "always"): Remedy {
  const label = wait === "auto" ? "with a fence" : "with a fence and wait: always";
  return { label, question: withSpec(question, { fence: { wait } }) };
}

/** The presets that notice sooner. */
export function fasterTimings(question: Question): Remedy[] {
  return (["standard", "fast"] as const)
    .filter((name) => TIMING_PRESETS[name].takeoverMs < question.spec.timing.takeoverMs)
    .map((name) => withTiming(question, TIMING_PRESETS[name], `with timing: ${name}`));
}

/** Other times. */
export function withTiming(question: Question, timing: Timing, label: string): Remedy {
  return { label, question: withSpec(question, { timing }) };
}

/** One group otherwise. */
export function group(question: Question, name: string, label: string, change: Partial<GroupSpec>): Remedy {
  const groups = question.spec.groups.map((each) => each.name === name ? { ...each, ...change } : each);
  return { label, question: withSpec(question, { groups }) };
}

/** One monitor that only reports at the end of its escalation. */
export function harmless(question: Question, name: string): Remedy {
  const monitors = question.spec.monitors.map((each): MonitorSpec =>
    each.name === name ? { ...each, recovery: { ...each.recovery, finalAction: "none" } } : each
  );
  return { label: "with finalAction: none", question: withSpec(question, { monitors }) };
}

/** An exclusion that gives way when there is no other server. */
export function normalExclusion(question: Question, rule: string): Remedy {
  const exclusions = (question.spec.exclusions ?? []).map((each) =>
    each.name === rule ? { ...each, kind: "normal" as const } : each
  );
  return { label: "with kind: normal", question: withSpec(question, { exclusions }) };
}

/** One server of a zone stands elsewhere. Only where the zone has more than one. */
export function elsewhere(question: Question): Remedy[] {
  const server =
    question.faults.flatMap(({ fault }) =>
      fault.kind === "crash" && fault.zone !== undefined && fault.servers.length > 1 ? fault.servers.slice(-1) : []
    )[0];
  if (server === undefined) return [];
  const faults = question.faults.map(({ atMs, fault }) => ({
    atMs,
    fault: fault.kind === "crash" && fault.zone !== undefined
      ? { ...fault, servers: fault.servers.filter((each) => each !== server) }
      : fault,
  }));
  return [{ label: `with ${server} in another zone`, question: { ...question, faults } }];
}
