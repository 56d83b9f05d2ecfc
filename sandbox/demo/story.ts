/**
 * The story of one cluster, step by step: something happens, and within a bound something else must be seen.
 */
import type { DemoCluster } from "./cluster.ts";
import { Lateness } from "./lateness.ts";
import type { Machine, SeenStatus } from "./machine.ts";

/** What became of a step. */
export interface Step {
  topology: string;
  name: string;
  ok: boolean;
  /** From what happened to what had to be seen, in milliseconds. */
  milliseconds: number;
  /** The bound, in milliseconds. */
  limitMs: number;
  /** How long the processes of the demo waited meanwhile for a processor that others had: forgiven, in milliseconds. */
  lateMs: number;
  /** The agents' own sentence. */
  reason: string;
  epoch: number;
  carrier: string | null;
  /** How long clients got no answer, in milliseconds; 0 where they were never without. */
  outageMs: number;
}

/** What a step waits for: the reason when it has come, undefined while it has not. */
export type Expectation = () => Promise<string | undefined>;

/** Told as the story goes. */
export interface Teller {
  happens(text: string): void;
  came(step: Step): void;
}

/** Between two looks, in milliseconds. */
const POLL_MS = 20;
/** A step waits no longer than this for a machine that is late. In milliseconds. */
const MOST_LATE_MS = 60_000;

/** Tells one cluster's story. */
export class Story {
  readonly steps: Step[] = [];
  readonly #lateness = new Lateness();

  constructor(readonly cluster: DemoCluster, private readonly teller: Teller) {}

  /** `act` happens; `expected` must come within `limitMs`. */
  async step(
    name: string,
    happens: string,
    limitMs: number,
    act: () => Promise<void> | void,
    expected: Expectation,
  ): Promise<void> {
    this.teller.happens(happens);
    const { observer } = this.cluster;
    observer.outageMs = 0;
    const overlapsBefore = observer.overlaps;
    this.#look();
    const lateBeforeMs = this.#lateness.totalMs;
    const startedMs = performance.now();
    // Several wait at the same time, but no machine is later than the time that has passed.
    const late = () => Math.round(Math.min(this.#lateness.totalMs - lateBeforeMs, performance.now() - startedMs));
    await act();
    let reason: string | undefined;
    // Twice the bound: a step that is late is told with its time rather than given up at once.
    while (reason === undefined && performance.now() - startedMs < limitMs * 2 + Math.min(late(), MOST_LATE_MS)) {
      reason = await expected();
      this.#look();
      if (reason === undefined) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    const milliseconds = Math.round(performance.now() - startedMs);
    const lateMs = late();
    const overlaps = observer.overlaps - overlapsBefore;
    const where = await this.group();
    const step: Step = {
      topology: this.cluster.kind,
      name,
      ok: reason !== undefined && milliseconds <= limitMs + lateMs && overlaps === 0,
      milliseconds,
      limitMs,
      lateMs,
      reason: overlaps > 0
        ? `two servers carried at once, in ${overlaps} looks`
        : reason ?? `it did not come within ${milliseconds} ms; ${where?.why ?? "no agent answers"}`,
      epoch: where?.epoch ?? 0,
      carrier: where?.carrier ?? null,
      outageMs: Math.round(observer.outageMs),
    };
    this.steps.push(step);
    this.teller.came(step);
  }

  #look(): void {
    this.#lateness.look(this.cluster.machines.flatMap(({ pids }) => pids));
  }

  /** The group as any agent that answers sees it, the carrier's own word first. */
  async group(): Promise<SeenStatus["view"]["groups"][number] | undefined> {
    let any: SeenStatus["view"]["groups"][number] | undefined;
    for (const machine of this.cluster.machines) {
      const group = (await machine.status())?.view.groups[0];
      if (group?.status === "online") return group;
      any ??= group;
    }
    return any;
  }

  /** The group is online on `machine`, clients are answered by it, and nothing of it is anywhere else. */
  async carriedBy(machine: Machine, code = "won"): Promise<string | undefined> {
    const { observer } = this.cluster;
    if (observer.answering() !== machine.name) return undefined;
    const status = await machine.status();
    const group = status?.view.groups[0];
    if (group?.status !== "online" || observer.carriers().length !== 1) return undefined;
    return this.latest(status!, code) ?? group.why;
  }

  /** The same at the start, where a busy machine decides who is ready first: whoever has it then is asked to move it. */
  async carriedFirstBy(machine: Machine): Promise<string | undefined> {
    for (const other of this.cluster.machines) {
      const group = other === machine ? undefined : (await other.status())?.view.groups[0];
      if (group?.status === "online") await other.baton("move", group.name, machine.name);
    }
    return await this.carriedBy(machine);
  }

  /** The latest sentence with `code`. */
  latest(status: SeenStatus, code: string): string | undefined {
    return status.reasons.findLast((reason) => reason.code === code)?.text;
  }
}
