/**
 * `deno task sim --seeds N [--first SEED] [--kind KIND] [--json] [--story SEED]`: many seeded histories of the real
 * engine in virtual time. Exit status 1 when an invariant was broken; the seed that is printed replays it exactly.
 */
import { parseArgs } from "@std/cli";
import { history, type Kind, KINDS } from "./history.ts";

const args = parseArgs(Deno.args, { string: ["seeds", "first", "kind", "story"], boolean: ["json"] });
const kind = args.kind as Kind | undefined;
if (kind !== undefined && !KINDS.includes(kind)) {
  console.error(`--kind ${kind}: the kinds are ${KINDS.join(", ")}`);
  Deno.exit(2);
}
const number = (name: string, fallback: number): number => {
  const value = Number(args[name] ?? fallback);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  console.error(`--${name} ${args[name]}: a whole number of 0 or more is needed`);
  Deno.exit(2);
};

if (args.story !== undefined) {
  const { world, violation, kind: drawn } = history(number("story", 0), { keepStory: true, ...(kind ? { kind } : {}) });
  console.log(`seed ${args.story}: ${drawn}`);
  for (const { ms, server, reason } of world.story) {
    console.log(
      `${(ms / 1000).toFixed(3).padStart(9)} ${server} ${reason.level === "info" ? " " : "!"} ${reason.text}`,
    );
  }
  console.log(violation ?? "all invariants held");
  Deno.exit(violation === undefined ? 0 : 1);
}

const seeds = number("seeds", 1_000);
const first = number("first", 1);
const startedMs = performance.now();
const failures: { seed: number; kind: Kind; violation: string }[] = [];
let simulatedMs = 0;
let beats = 0;
for (let seed = first; seed < first + seeds; seed++) {
  const result = history(seed, kind ? { kind } : {});
  simulatedMs += result.simulatedMs;
  beats += result.beats;
  if (result.violation === undefined) continue;
  failures.push({ seed, kind: result.kind, violation: result.violation });
  if (!args.json) console.log(`seed ${seed} (${result.kind}): ${result.violation}`);
  if (failures.length >= 20) break;
}
const elapsedMs = performance.now() - startedMs;
const report = {
  seeds,
  first,
  violations: failures.length,
  failures,
  simulatedHours: Number((simulatedMs / 3_600_000).toFixed(2)),
  seedsPerSecond: Number((seeds / (elapsedMs / 1_000)).toFixed(1)),
  simulatedHoursPerSecond: Number((simulatedMs / 3_600_000 / (elapsedMs / 1_000)).toFixed(3)),
  fasterThanLife: Math.round(simulatedMs / elapsedMs),
  heartbeats: beats,
  elapsedMs: Math.round(elapsedMs),
};
if (args.json) console.log(JSON.stringify(report, null, 2));
else {
  console.log(
    `${report.seeds} seeds, ${report.simulatedHours} simulated hours, ${report.heartbeats} heartbeats: ` +
      `${report.violations} violations; ${report.seedsPerSecond} seeds/s, ${report.fasterThanLife} times faster than life`,
  );
  if (failures[0]) console.log(`replay the first: deno task sim --story ${failures[0].seed}`);
}
Deno.exit(failures.length === 0 ? 0 : 1);
