/** A plan while it is being drawn up: a cursor in time, and the words of actions. */
import { type Action, type Plan, tenths, type Value } from "../../core/simulation/plan.ts";
import type { Random } from "../../core/simulation/random.ts";

/** Parameters; what is undefined is left out. */
export type Words = Readonly<Record<string, Value | undefined>>;

/** Collects actions. */
export class Draft {
  /** Where the plan has come to, in milliseconds. */
  nowMs = 0;
  readonly #actions: Action[] = [];

  constructor(private random: Random) {}

  /** From here on numbers are drawn from `random`. */
  drawnFrom(random: Random): this {
    this.random = random;
    return this;
  }

  /** Time goes on. */
  wait(ms: number): void {
    this.nowMs += ms;
  }

  /** Something that is done now, or `inMs` later. */
  act(what: string, words: Words = {}, inMs = 0): void {
    const params: Record<string, Value> = {};
    for (const [key, value] of Object.entries(words)) if (value !== undefined) params[key] = short(value);
    this.#actions.push({ atMs: tenths(this.nowMs + inMs), what, params });
  }

  /** A number of a range with few digits, so that plans are readable. */
  between(from: number, to: number): number {
    return brief(this.random.between(from, to));
  }

  plan(head: Omit<Plan, "quietMs" | "actions">): Plan {
    // Stable: what is planned for the same moment happens in the order in which it was drawn.
    const actions = [...this.#actions].sort((a, b) => a.atMs - b.atMs);
    const quietMs = Math.max(this.nowMs, actions.at(-1)?.atMs ?? 0);
    return { ...head, quietMs: tenths(quietMs), actions };
  }
}

function short(value: Value): Value {
  if (typeof value === "number") return brief(value);
  return typeof value === "object" ? [brief(value[0]), brief(value[1])] : value;
}

/** Six decimals: enough for the rate of a clock. */
function brief(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
