/**
 * `deno task sim --seeds N [--first SEED] [--kind KIND] [--jobs J] [--json]`: many seeded histories of the real engine in
 * virtual time. Exit status 1 when an invariant was broken; the seed that is printed replays it exactly.
 * `--story SEED` tells the history of a seed, `--plan FILE` the one of a plan, and `--shrink SEED` or `--shrink FILE` the
 * shortest that still breaks the same invariant; `--all` tells also what is said again and again.
 */
import { parseArgs } from "@std/cli";
import { formatPlan, parsePlan, type Plan } from "../../core/simulation/plan.ts";
import type { Figures } from "./batch.ts";
import { planOf } from "./faults.ts";
import { play } from "./history.ts";
import { isKind, type Kind, KINDS } from "./kinds.ts";
import { search } from "./pool.ts";
import { shrink } from "./shrink.ts";
import { tell } from "./tell.ts";

/** No more seeds are tried after so many violations. */
const ENOUGH = 20;

const args = parseArgs(Deno.args, {
  string: ["seeds", "first", "kind", "story", "shrink", "plan", "jobs"],
  boolean: ["json", "all"],
});

function wrong(what: string): never {
  console.error(what);
  Deno.exit(2);
}

function number(name: "seeds" | "first" | "story" | "shrink" | "jobs", fallback: number): number {
  const value = Number(args[name] ?? fallback);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  return wrong(`--${name} ${args[name]}: a whole number of 0 or more is needed`);
}

const kind: Kind | undefined = args.kind === undefined
  ? undefined
  : isKind(String(args.kind))
  ? String(args.kind) as Kind
  : wrong(`--kind ${args.kind}: the kinds are ${KINDS.join(", ")}`);

/** Plays a plan and tells it. Returns the exit status. */
function show(plan: Plan): number {
  const { world, violation } = play(plan, { keepStory: true });
  console.log(formatPlan(plan));
  for (const line of tell(world.story, { all: args.all === true })) console.log(line);
  console.log(violation ?? "all invariants held");
  return violation === undefined ? 0 : 1;
}

if (args.story !== undefined) Deno.exit(show(planOf(number("story", 0), kind)));
if (args.plan !== undefined) Deno.exit(show(parsePlan(await Deno.readTextFile(String(args.plan)))));
if (args.shrink !== undefined) {
  const word = String(args.shrink);
  const { plan, runs } = shrink(
    /^\d+$/.test(word) ? planOf(number("shrink", 0), kind) : parsePlan(await Deno.readTextFile(word)),
  );
  console.log(`# shrunk from ${args.shrink} in ${runs} runs`);
  Deno.exit(show(plan));
}

const seeds = number("seeds", 1_000);
const first = number("first", 1);
const jobs = Math.max(1, number("jobs", 1));
const startedMs = performance.now();
const figures = await search({
  first,
  seeds,
  jobs,
  enough: ENOUGH,
  ...(kind ? { kind } : {}),
  onFigures: ({ failures }) => {
    if (args.json) return;
    for (const { seed, kind, violation } of failures) console.log(`seed ${seed} (${kind}): ${violation}`);
  },
});
const report = reportOf(figures, performance.now() - startedMs);
if (args.json) console.log(JSON.stringify(report, null, 2));
else {
  console.log(
    `${report.seeds} seeds, ${report.simulatedHours} simulated hours, ${report.heartbeats} heartbeats: ` +
      `${report.violations} violations; ${report.seedsPerSecond} seeds/s, ${report.fasterThanLife} times faster than life`,
  );
  const [worst] = figures.failures;
  const kindArgument = kind ? ` --kind ${kind}` : "";
  if (worst) console.log(`make the first one short: deno task sim --shrink ${worst.seed}${kindArgument}`);
}
Deno.exit(figures.failures.length === 0 ? 0 : 1);

function reportOf({ seeds, simulatedMs, beats, busyMs, failures, kinds, faults }: Figures, elapsedMs: number) {
  const hours = simulatedMs / 3_600_000;
  return {
    seeds,
    first,
    jobs,
    violations: failures.length,
    failures,
    simulatedHours: round(hours, 2),
    seedsPerSecond: round(seeds / (elapsedMs / 1_000), 1),
    simulatedHoursPerCoreSecond: round(hours / (busyMs / 1_000), 3),
    fasterThanLife: Math.round(simulatedMs / elapsedMs),
    heartbeats: beats,
    elapsedMs: Math.round(elapsedMs),
    kinds: sorted(kinds),
    faults: sorted(faults),
  };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function sorted(counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => a < b ? -1 : 1));
}
