/**
 * The store behind a witness: one record for each group, replaced only by who knows its version. What it carries out is
 * atomic and its versions never repeat; everything on the way there and back can go wrong.
 *
 * @module
 */
import type { Command, WitnessOutcome, WitnessRecord } from "../cluster/events.ts";
import type { Machine } from "./machine.ts";
import type { Random } from "./random.ts";
import { Reach } from "./reach.ts";
import type { World } from "./world.ts";

/** What becomes of questions to the store. The shares exclude each other, in this order. */
export interface WitnessManners {
  latencyMs: [number, number];
  /** Share of questions that never arrive. */
  lost: number;
  /** Share whose answer is lost after all was done. */
  replyLost: number;
  /** Share that is carried out only after the asker has given up, and how long after the question. */
  slow: number;
  slowMs: [number, number];
  /** Share that is refused at once. */
  throttled: number;
  /** Share of reads that answer with an earlier record: only for stores that allow it. */
  stale: number;
}

/** A store in good health. */
export const PROMPT: WitnessManners = {
  latencyMs: [5, 30],
  lost: 0,
  replyLost: 0,
  slow: 0,
  slowMs: [0, 0],
  throttled: 0,
  stale: 0,
};

interface Kept {
  version: string;
  record: WitnessRecord;
}

type Question = Extract<Command, { do: "witness-read" | "witness-write" }>;

/** Earlier records that a stale read can answer with. */
const MAX_PAST = 8;

/** The store. */
export class WitnessStore extends Reach {
  manners: WitnessManners = { ...PROMPT };
  /** Nobody is answered. */
  outage = false;
  readonly #records = new Map<string, Kept>();
  /** What was there before, the latest last; null where there was nothing. */
  readonly #past = new Map<string, (Kept | null)[]>();
  readonly #randoms = new Map<string, Random>();
  #versions = 0;

  constructor(private readonly world: World) {
    super();
  }

  /** Everybody reaches it, and it works. */
  override heal(): void {
    super.heal();
    this.outage = false;
  }

  /** What it remembers of a group. */
  record(group: string): WitnessRecord | undefined {
    return this.#records.get(group)?.record;
  }

  /** An operator deletes the record of a group. */
  delete(group: string): void {
    this.#keep(group, null);
  }

  /** Carries out a question of `machine` and answers it within the permit time, while its process lives. */
  ask(machine: Machine, question: Question): void {
    const { world, manners } = this;
    const random = this.#random(machine.name);
    // All are drawn each time, so that other manners don't change what comes later.
    const [kind, stale, latencyMs, slowMs] = [
      random.next(),
      random.chance(manners.stale),
      random.between(...manners.latencyMs),
      random.between(...manners.slowMs),
    ];
    const deadlineMs = machine.spec.timing.permitMs;
    const { life } = machine;
    const answer = (inMs: number, outcome: () => WitnessOutcome) => {
      world.after(inMs, () => {
        if (machine.life !== life) return;
        machine.deliver({ type: "witness", group: question.group, request: question.request, outcome: outcome() });
      });
    };
    const unreached = (inMs: number, message: string) => answer(inMs, () => ({ kind: "unreached", message }));
    const execute = () => this.#execute(question, stale);
    const { lost, replyLost, slow, throttled } = manners;
    if (this.outage || !this.reachedBy(machine.name) || kind < lost) return unreached(deadlineMs, "it timed out");
    if (kind < lost + throttled) return unreached(latencyMs, "it asks for fewer requests");
    if (kind < lost + throttled + slow) {
      world.after(Math.max(deadlineMs, slowMs), execute);
      return unreached(deadlineMs, "it timed out");
    }
    if (kind < lost + throttled + slow + replyLost) {
      world.after(latencyMs / 2, execute);
      return unreached(deadlineMs, "it timed out");
    }
    world.after(latencyMs / 2, () => {
      const outcome = execute();
      answer(latencyMs / 2, () => outcome);
    });
  }

  #execute(question: Question, stale: boolean): WitnessOutcome {
    const { group } = question;
    const kept = this.#records.get(group) ?? null;
    if (question.do === "witness-read") {
      const past = this.#past.get(group) ?? [];
      const seen = stale ? past.at(-1) ?? kept : kept;
      return seen ? { kind: "record", version: seen.version, record: { ...seen.record } } : { kind: "none" };
    }
    if ((kept?.version ?? null) !== question.expected) return { kind: "conflict" };
    this.#versions += 1;
    const version = `version ${this.#versions}`;
    this.#keep(group, { version, record: { ...question.record } });
    return { kind: "written", version };
  }

  #keep(group: string, kept: Kept | null): void {
    const past = this.#past.get(group) ?? [];
    past.push(this.#records.get(group) ?? null);
    this.#past.set(group, past.slice(-MAX_PAST));
    if (kept) this.#records.set(group, kept);
    else this.#records.delete(group);
  }

  #random(server: string): Random {
    let random = this.#randoms.get(server);
    if (!random) this.#randoms.set(server, random = this.world.streams(`witness ${server}`));
    return random;
  }
}
