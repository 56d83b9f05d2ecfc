/**
 * How many groups begin at once on this server, and when none does. Each activation starts programs, and the load of a
 * server that has just failed comes to the next one all at once: it would lose the permits of what it carries already,
 * stop all of it, and hand twice the load on.
 *
 * So no more than a few groups are on their way up at a time; and while this server is late (its own steps, or the
 * confirmations of what it carries) no further one begins. Both waits end: a group that does not come up counts for no
 * longer than the detection time, and a server that stays late begins one group in each detection time. The first group
 * never waits: there is nothing yet that it could bring down.
 *
 * @module
 */
import type { GroupRun } from "./group.ts";
import type { Local } from "./local.ts";

/** Groups that are claimed or activated on one server at the same time, at most. */
const STARTS_AT_ONCE = 4;
/** Share of the longest pause that is forgiven: a step that comes so late is late. */
const LATE_SHARE = 0.5;
/** A permit with less than this share of its time left is confirmed late. */
const THIN_SHARE = 0.25;

/** The beginnings of groups on one server. */
export class Starts {
  /** When the next step is due at the latest; Infinity before the first. */
  #dueMs = Infinity;
  /** When a step was late last, and by how much. */
  #late = { atMs: -Infinity, byMs: 0 };
  #latestMs = -Infinity;

  constructor(
    private readonly local: Local,
    private readonly groups: readonly GroupRun[],
    private readonly permitUntilMs: (run: GroupRun) => number,
  ) {}

  /** At the beginning of each step. */
  stepped(): void {
    const { nowMs, spec: { timing } } = this.local;
    const byMs = nowMs - this.#dueMs;
    if (byMs >= timing.pauseMs * LATE_SHARE) this.#late = { atMs: nowMs, byMs };
  }

  /** At the end of each step: when the next one is due. */
  due(wakeMs: number): void {
    this.#dueMs = wakeMs;
  }

  /** A group is claimed now. */
  begun(): void {
    this.#latestMs = this.local.nowMs;
  }

  /** So many are on their way up that a claim that could be won waits: several may be won at once, by one write. */
  full(run: GroupRun): boolean {
    const { nowMs, spec: { timing: { takeoverMs } } } = this.local;
    return this.groups.filter((other) =>
      other !== run && other.phase === "activating" && nowMs - other.sinceMs < takeoverMs
    ).length >= STARTS_AT_ONCE;
  }

  /** What a group waits for before it is claimed, a sentence without its full stop; undefined: it may begin. */
  waitsFor(run: GroupRun): string | undefined {
    const { nowMs, me, spec: { timing: { takeoverMs } } } = this.local;
    const others = this.groups.filter((other) => other !== run);
    const rising = others.filter(({ phase, sinceMs }) =>
      (phase === "claiming" || phase === "activating") && nowMs - sinceMs < takeoverMs
    );
    if (rising.length >= STARTS_AT_ONCE) {
      return `${me} starts ${STARTS_AT_ONCE} groups at a time, and so many are under way`;
    }
    const late = others.some(({ active, phase }) => active || phase === "claiming") ? this.#lateness() : undefined;
    const leftMs = this.#latestMs + takeoverMs - nowMs;
    if (late === undefined || leftMs <= 0) return undefined;
    return `${late}, so it starts no further group before it is on time again, or ${Math.ceil(leftMs)} ms have passed`;
  }

  /** How this server is late, the beginning of a sentence; undefined when it is not. */
  #lateness(): string | undefined {
    const { nowMs, me, spec: { timing: { permitMs } } } = this.local;
    if (nowMs - this.#late.atMs < permitMs) return `${me} was late by ${Math.round(this.#late.byMs)} ms`;
    const thin = this.groups.find((run) =>
      run.active && run.permit?.won && this.permitUntilMs(run) - nowMs < permitMs * THIN_SHARE
    );
    return thin && `the permit of ${thin.name} on ${me} is confirmed late`;
  }
}
