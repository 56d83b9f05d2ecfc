/**
 * Makes a history that breaks an invariant short: takes actions out (delta debugging), then makes what is left simpler. A
 * step is kept when a violation of the same kind still happens. The seed stays, so all that is drawn while it runs is
 * drawn as before.
 */
import { type Action, type Plan, tenths, type Value } from "../../core/simulation/plan.ts";
import { kindOf, play } from "./history.ts";
import { isKind, serversOf } from "./kinds.ts";

/** Histories that shrinking runs at most. */
const MAX_RUNS = 3_000;

/** Waits that are tried, in milliseconds. */
const WAITS_MS = [1_000, 2_000, 4_000, 8_000] as const;

/** What came of shrinking. */
export interface Shrunk {
  plan: Plan;
  violation: string;
  /** Histories that were run. */
  runs: number;
}

/** Shrinks a plan that breaks an invariant. Throws when it does not. */
export function shrink(plan: Plan, maxRuns = MAX_RUNS): Shrunk {
  return new Shrinker(plan, maxRuns).run();
}

class Shrinker {
  #plan: Plan;
  #violation: string;
  #runs = 0;
  readonly #kind: string;

  constructor(plan: Plan, private readonly maxRuns: number) {
    const { violation, spoken } = play(plan);
    if (violation === undefined) throw new Error(`seed ${plan.seed} breaks no invariant`);
    this.#plan = plan;
    this.#violation = violation;
    this.#kind = kindOf(violation);
    // With names in place of roles the cast need not be the same any more.
    this.#try({ ...plan, actions: spoken.filter(({ what }) => what !== "cast") });
  }

  run(): Shrunk {
    let before: string;
    do {
      before = JSON.stringify(this.#plan);
      this.#earlierEnd();
      this.#fewerActions();
      this.#smallerCluster();
      for (let i = 0; i < this.#plan.actions.length; i++) this.#simpler(i);
      this.#shorterWaits();
    } while (before !== JSON.stringify(this.#plan) && this.#runs < this.maxRuns);
    return { plan: this.#plan, violation: this.#violation, runs: this.#runs };
  }

  /** Keeps `plan` when it still breaks the same invariant. */
  #try(plan: Plan): boolean {
    if (this.#runs >= this.maxRuns) return false;
    this.#runs += 1;
    const { violation } = play(plan);
    if (violation === undefined || kindOf(violation) !== this.#kind) return false;
    this.#plan = plan;
    this.#violation = violation;
    return true;
  }

  /** What comes after the violation can go. */
  #earlierEnd(): void {
    const { violation, simulatedMs } = play(this.#plan);
    if (violation === undefined || simulatedMs >= this.#plan.quietMs) return;
    this.#try({ ...this.#plan, actions: this.#plan.actions.filter(({ atMs }) => atMs <= simulatedMs) });
  }

  /** Delta debugging: takes out halves, then quarters, down to single actions. */
  #fewerActions(): void {
    for (let size = Math.ceil(this.#plan.actions.length / 2); size >= 1; size = Math.floor(size / 2)) {
      for (let from = this.#plan.actions.length - size; from > -size; from -= size) {
        const start = Math.max(0, from);
        const actions = this.#plan.actions.filter((_, i) => i < start || i >= from + size);
        if (actions.length < this.#plan.actions.length) this.#try({ ...this.#plan, actions });
      }
    }
  }

  /** Less time before each action, and before the end. */
  #shorterWaits(): void {
    for (let i = 0; i < this.#plan.actions.length; i++) {
      const { actions } = this.#plan;
      const gapMs = actions[i]!.atMs - (actions[i - 1]?.atMs ?? 0);
      for (const keptMs of WAITS_MS) {
        if (keptMs >= gapMs) break;
        const sooner = (ms: number) => tenths(ms - gapMs + keptMs);
        const moved = actions.map((action, at) => at < i ? action : { ...action, atMs: sooner(action.atMs) });
        if (this.#try({ ...this.#plan, actions: moved, quietMs: sooner(this.#plan.quietMs) })) break;
      }
    }
    const lastMs = this.#plan.actions.at(-1)?.atMs ?? 0;
    for (const keptMs of [0, ...WAITS_MS]) {
      if (lastMs + keptMs >= this.#plan.quietMs) break;
      if (this.#try({ ...this.#plan, quietMs: tenths(lastMs + keptMs) })) break;
    }
  }

  #smallerCluster(): void {
    if (this.#plan.groups > 1) this.#try({ ...this.#plan, groups: 1 });
    if (this.#plan.cloud) this.#try({ ...this.#plan, cloud: false });
    if (this.#plan.grey) this.#try({ ...this.#plan, grey: false });
    const smaller = {
      five: "three",
      "four-and-tie-breaker": "two-and-tie-breaker",
      "four-and-witness": "two-and-witness",
    };
    const kind = smaller[this.#plan.kind as keyof typeof smaller];
    if (kind === undefined || !isKind(kind)) return;
    const servers = serversOf(kind);
    const actions = this.#plan.actions.filter(({ params }) =>
      typeof params.server !== "string" || params.server === "all" || servers.includes(params.server)
    ).map((action) => ({ ...action, params: without(action.params, servers) }));
    this.#try({ ...this.#plan, kind, actions });
  }

  /** One action with plainer parameters, and at a rounder time. */
  #simpler(index: number): void {
    const action = () => this.#plan.actions[index];
    const put = (change: (action: Action) => Action): boolean => {
      const old = action();
      if (!old) return false;
      const changed = change(old);
      if (JSON.stringify(changed) === JSON.stringify(old)) return false;
      // Stays where it is among the others: what is cut first stays cut first.
      const before = this.#plan.actions[index - 1]?.atMs ?? 0;
      const after = this.#plan.actions[index + 1]?.atMs ?? Infinity;
      if (changed.atMs < before || changed.atMs > after) return false;
      return this.#try({ ...this.#plan, actions: this.#plan.actions.with(index, changed) });
    };
    for (const key of Object.keys(action()?.params ?? {})) {
      if (OPTIONAL.has(key)) put(({ params, ...rest }) => ({ ...rest, params: omit(params, key) }));
      const plain = PLAIN[key];
      if (plain !== undefined) {
        put((old) => key in old.params ? { ...old, params: { ...old.params, [key]: plain } } : old);
      }
      put((old) => ({ ...old, params: { ...old.params, ...half(key, old.params[key]) } }));
    }
    for (const grainMs of [1_000, 100, 10, 1]) {
      if (put((old) => ({ ...old, atMs: Math.round(old.atMs / grainMs) * grainMs }))) break;
    }
  }
}

/** Parameters that an action can do without. */
const OPTIONAL = new Set([
  "events-first",
  "loss",
  "duplicates",
  "delay",
  "activate",
  "activate-fails",
  "deactivate",
  "deactivate-fails",
  "fence",
  "lost",
  "throttled",
  "slow",
  "slow-by",
  "reply-lost",
  "stale",
  "late",
  "late-by",
  "latency",
  "fails",
  "answer-lost",
  "stop",
]);

/** What a parameter is when it does not matter. */
const PLAIN: Readonly<Record<string, Value>> = { rate: 1, offset: 0 };

/** A shorter pause. */
function half(key: string, value: Value | undefined): Record<string, Value> {
  return key === "for" && typeof value === "number" ? { [key]: Math.ceil(value / 2) } : {};
}

function omit(params: Action["params"], key: string): Action["params"] {
  return Object.fromEntries(Object.entries(params).filter(([name]) => name !== key));
}

/** Lists of servers, and of ways between them, without those that are no more. */
function without(params: Action["params"], servers: readonly string[]): Action["params"] {
  const known = (word: string) => word.split(">").every((name) => servers.includes(name));
  return Object.fromEntries(
    Object.entries(params).map(([key, value]) => {
      if (typeof value !== "string" || !["cut", "reach", "servers"].includes(key)) return [key, value];
      return [key, value.split(",").filter(known).join(",") || "none"];
    }),
  );
}
