/**
 * The answer to a question: what came of it for each group, and the engines' own reasons for it.
 *
 * @module
 */
import { DEVICE_VOTE } from "../cluster/vote_names.ts";
import { list } from "../cluster/reasons.ts";
import type { Line } from "../simulation/story.ts";
import type { Both, Carried, Span } from "./ledger.ts";
import type { Question } from "./question.ts";
import { settleMs, Stage } from "./stage.ts";

/** Two or more held a group at once. */
export interface TwoCarriers {
  servers: string[];
  /** From the first moment to the last, milliseconds after the beginning; null when it lasted to the end. */
  fromMs: number;
  untilMs: number | null;
  totalMs: number;
  /** How much of `totalMs` one of them stood still, so that only the other did anything. */
  stillMs: number;
  /** What let it happen. */
  why: "weak vote" | "standstill" | "unforeseen";
}

/** What came of one group. Times are milliseconds after the beginning. */
export interface GroupOutcome {
  group: string;
  before: string[];
  after: string[];
  carried: Carried[];
  /** Without any server that serves it. The last one ends with null when it lasts to the end. */
  outages: Span[];
  outageMs: number;
  /** Nobody serves it at the end. */
  down: boolean;
  /** An operator wanted it so. */
  stopped: boolean;
  two: TwoCarriers | null;
  /** What decided who carries it afterwards: a sentence of an engine. */
  decides: string;
  /** At the end, what each server waits for before it carries the group. */
  waits: { server: string; text: string }[];
}

/** The answer. */
export interface Outcome {
  groups: GroupOutcome[];
  /** Times are milliseconds after the beginning. */
  story: Line[];
  /** Groups that were down before the first fault until an operator started them, with what they waited for. */
  startedByHand: ReadonlyMap<string, string>;
  /** Servers whose agent does not run at the end. */
  off: string[];
  /** How long it was watched, in milliseconds. */
  runMs: number;
  /** Other promises of the engine that did not hold; there should be none. */
  broken: string[];
}

/** Answers a question by letting it happen. */
export function answer(question: Question): Outcome {
  const stage = new Stage(question);
  const { world, ledger } = stage;
  const zeroMs = stage.settle();
  const steps = question.faults.map(({ atMs, fault }) => ({ atMs, act: () => stage.strike(fault) }));
  const { healMs } = question;
  if (healMs !== undefined) steps.push({ atMs: healMs, act: () => stage.heal() });
  steps.sort((a, b) => a.atMs - b.atMs);
  const runMs = question.runMs ?? lastMs(question) + settleMs(question);
  for (const { atMs, act } of steps) {
    if (atMs > runMs) break;
    world.runUntil(zeroMs + atMs);
    act();
  }
  world.runUntil(zeroMs + runMs);
  ledger.follow();
  const story = world.story.filter(({ ms }) => ms >= zeroMs).map((line) => ({ ...line, ms: line.ms - zeroMs }));
  return {
    groups: world.spec.groups.map(({ name }) => groupOutcome(stage, question, name, { zeroMs, runMs, story })),
    story,
    startedByHand: stage.startedByHand,
    off: world.machines.filter(({ running }) => !running).map(({ name }) => name),
    runMs,
    broken: (world.tolerated ?? []).filter((text) => !text.includes(" is active on ")),
  };
}

/** Two could carry, or a group stays down that nobody stopped. */
export function failed({ groups, broken }: Outcome): boolean {
  return broken.length > 0 || groups.some(({ two, down, stopped }) => two !== null || (down && !stopped));
}

/** When the last fault has happened, and is over where it has an end. */
function lastMs({ faults, healMs = 0, monitorIntervals, spec }: Question): number {
  const ends = faults.map(({ atMs, fault }) => {
    if ("forMs" in fault) return atMs + fault.forMs;
    if (fault.kind !== "monitor") return atMs;
    const monitor = spec.monitors.find(({ name }) => name === fault.monitor);
    const { maxReactivations = 0, maxFailovers = 0 } = monitor?.recovery ?? {};
    const checks = ((monitor?.retries ?? 0) + 1) * (maxReactivations + maxFailovers + 2);
    return atMs + checks * (monitorIntervals.get(fault.monitor) ?? 0);
  });
  return Math.max(healMs, 0, ...ends);
}

interface Told {
  zeroMs: number;
  runMs: number;
  story: readonly Line[];
}

function groupOutcome(stage: Stage, question: Question, group: string, told: Told): GroupOutcome {
  const { before, carried, outages, both } = stage.ledger.account(group);
  const { zeroMs, runMs } = told;
  const moved = <S extends Span>(span: S): S => ({
    ...span,
    fromMs: span.fromMs - zeroMs,
    untilMs: span.untilMs === null ? null : span.untilMs - zeroMs,
  });
  const gaps = outages.map(moved).filter(({ fromMs, untilMs }) => untilMs !== fromMs);
  const after = stage.ledger.serving(group);
  const stopped = question.faults.some(({ fault }) => fault.kind === "stop" && fault.group === group);
  const two = twoCarriers(both.map(moved), group, told);
  const waits = stage.waiting(group);
  const base = { group, before, after, stopped, two, waits, down: after.length === 0 };
  return {
    ...base,
    carried: carried.map(moved),
    outages: gaps,
    outageMs: gaps.reduce((sum, { fromMs, untilMs }) => sum + (untilMs ?? runMs) - fromMs, 0),
    decides: decision(stage, base, told.story),
  };
}

function twoCarriers(spans: readonly Both[], group: string, { story, runMs }: Told): TwoCarriers | null {
  const first = spans[0];
  const last = spans.at(-1);
  if (!first || !last) return null;
  const won = story.findLast((line) => line.ms <= first.fromMs && line.reason.code === "won" && is(line, group));
  return {
    servers: first.servers,
    fromMs: first.fromMs,
    untilMs: last.untilMs,
    totalMs: spans.reduce((sum, { fromMs, untilMs }) => sum + (untilMs ?? runMs) - fromMs, 0),
    stillMs: spans.reduce((sum, { stillMs }) => sum + stillMs, 0),
    why: first.stood.length > 0 ? "standstill" : won?.reason.votes?.includes(DEVICE_VOTE) ? "weak vote" : "unforeseen",
  };
}

type Base = Pick<GroupOutcome, "group" | "before" | "after" | "stopped" | "two" | "waits" | "down">;

function decision(
  stage: Stage,
  { group, before, after, two, waits, down, stopped }: Base,
  story: readonly Line[],
): string {
  const latest = (code: Line["reason"]["code"], untilMs = Infinity) =>
    story.findLast((line) => line.ms <= untilMs && line.reason.code === code && is(line, group))?.reason.text;
  if (stopped && down) return latest("deactivating") ?? "An operator stopped it.";
  const [wait] = waits;
  if (down && wait) return `${wait.server} waits: ${wait.text}.`;
  if (down) {
    return before.length === 0 ? `Nobody carried ${group} before either.` : "No server that runs could take it.";
  }
  const won = two ? latest("won", two.fromMs) : latest("won");
  if (won !== undefined) return won;
  const keeper = after[0]!;
  const votes = stage.world.machine(keeper).engine?.view().votes;
  return votes
    ? `${keeper} keeps ${group}: it sees ${list(votes.visible)}, ${votes.visible.length} of ${votes.total} votes.`
    : `${keeper} still serves ${group}, though its agent does not run.`;
}

function is({ reason }: Line, group: string): boolean {
  return reason.group === group;
}
