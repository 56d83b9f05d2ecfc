/**
 * `deno task mutants [--count N] [--jobs J] [--seed S] [--only TEXT] [--least SHARE]`: draws one-line faults in the rooms
 * around the engine (100 in each, by default) and runs the tests of a room that import the file. Prints what was not noticed
 * and a figure for each room. Exit status 1 when less than `--least` (0.9 by default) of all was noticed. Linux, root.
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "@std/cli";
import { draw, type Mutant, ROOMS } from "./draw.ts";
import { EQUIVALENT } from "./equivalent.ts";
import { Judges } from "./judges.ts";
import { type Outcome, Trial } from "./trial.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const args = parseArgs(Deno.args, {
  string: ["count", "jobs", "seed", "only", "least"],
  default: { count: "100", jobs: "2", seed: "1", only: "", least: "0.9" },
});
const numberOf = (name: "count" | "jobs" | "seed" | "least"): number => {
  const value = Number(args[name]);
  if (value > 0 && (name === "least" || Number.isSafeInteger(value))) return value;
  console.error(`--${name} ${args[name]}: a ${name === "least" ? "" : "whole "}number above 0 is needed`);
  Deno.exit(2);
};
const [count, jobs, seed, least] = [numberOf("count"), numberOf("jobs"), numberOf("seed"), numberOf("least")];

async function filesOfRepository(): Promise<string[]> {
  const listed = await new Deno.Command("git", {
    args: ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    cwd: ROOT,
  }).output();
  if (!listed.success) throw new Error(`git ls-files: ${new TextDecoder().decode(listed.stderr)}`);
  return new TextDecoder().decode(listed.stdout).split("\0").filter((file) => file !== "");
}

/** A reason that fits nothing any more is no reason. */
async function staleReasons(): Promise<string[]> {
  const stale: string[] = [];
  for (const { file, from } of EQUIVALENT) {
    const source = await Deno.readTextFile(new URL(file, new URL("../../", import.meta.url))).catch(() => "");
    if (!source.split("\n").some((line) => line.trim() === from)) stale.push(`${file}: ${from}`);
  }
  return stale;
}

const files = await filesOfRepository();
const judges = await Judges.of(ROOT, files);
const outcomes = new Map<Mutant, Outcome>();
const queue: Mutant[] = [];
for (const room of ROOMS) {
  const drawn = await draw(ROOT, room, count, seed);
  queue.push(...drawn.filter(({ file, what, from }) => `${file} ${what} ${from}`.includes(String(args.only))));
}
const all = [...queue];
let untried = 0;

async function work(): Promise<void> {
  const trial = await Trial.open(ROOT, files);
  try {
    for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
      const tests = judges.testsOf(mutant.file);
      const { file, line, what, from, to } = mutant;
      let outcome: Outcome;
      try {
        outcome = tests.length === 0 ? { noticed: false } : await trial.try(mutant, tests);
      } catch (error) {
        // The others can still be tried; this one was not, and counts as not noticed.
        console.log(`NOT TRIED   ${file}:${line} ${what}\n            ${(error as Error).message}`);
        untried++;
        continue;
      }
      outcomes.set(mutant, outcome);
      console.log(`${outcome.noticed ? "noticed    " : "NOT NOTICED"} ${file}:${line} ${what}`);
      if (outcome.noticed) console.log(`              ${outcome.test}`);
      else console.log(`            - ${from.trim()}\n            + ${to.trim()}`);
    }
  } finally {
    await trial.close();
  }
}

await Promise.all(Array.from({ length: jobs }, work));
const stale = await staleReasons();
for (const each of stale) console.log(`a reason for what is not there any more: ${each}`);
const share = (mutants: readonly Mutant[]): string => {
  const noticed = mutants.filter((mutant) => outcomes.get(mutant)?.noticed).length;
  return `${noticed} of ${mutants.length} noticed`;
};
for (const room of ROOMS) {
  const here = all.filter(({ file }) => file.startsWith(`${room}/`));
  if (here.length > 0) console.log(`${room.padEnd(12)} ${share(here)}`);
}
console.log(`all          ${share(all)}, ${EQUIVALENT.length} that change nothing are listed`);
if (untried > 0) console.log(`${untried} could not be tried: look at what is red without any fault`);
const noticed = all.filter((mutant) => outcomes.get(mutant)?.noticed).length;
Deno.exit(stale.length === 0 && noticed >= least * all.length ? 0 : 1);
