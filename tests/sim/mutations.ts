/**
 * `deno task mutations [--seeds N] [--only TEXT]`: the simulator against deliberate faults in the engine, two at a time.
 * Prints how many seeds it took to notice each. Exit status 1 when one was not noticed.
 */
import { parseArgs } from "@std/cli";
import { type Caught, hunt } from "./mutate.ts";
import { type Mutant, MUTANTS } from "./mutants.ts";

const args = parseArgs(Deno.args, { string: ["seeds", "only"] });
const seeds = Number(args.seeds ?? 1_000);
if (!Number.isSafeInteger(seeds) || seeds < 1) {
  console.error(`--seeds ${args.seeds}: a whole number above 0 is needed`);
  Deno.exit(2);
}
const waiting = MUTANTS.filter(({ name, file }) => `${file} ${name}`.includes(String(args.only ?? "")));
const found = new Map<Mutant, Caught>();

async function worker(queue: Mutant[]): Promise<void> {
  for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
    const caught = await hunt(mutant, seeds);
    found.set(mutant, caught);
    const seed = caught === null ? "-" : String(caught.seed);
    console.log(
      `${seed.padStart(6)}  ${mutant.file.padEnd(12)} ${mutant.name}${
        caught ? `\n${" ".repeat(21)}${caught.how}` : ""
      }`,
    );
  }
}

console.log(" seeds  file         fault");
const queue = [...waiting];
await Promise.all([worker(queue), worker(queue)]);
const missed = waiting.filter((mutant) => !found.get(mutant) && mutant.unnoticed === undefined);
const known = waiting.filter((mutant) => !found.get(mutant) && mutant.unnoticed !== undefined);
const gone = waiting.filter((mutant) => found.get(mutant) && mutant.unnoticed !== undefined);
console.log(
  `${waiting.length - missed.length - known.length} of ${waiting.length} faults were noticed within ${seeds} seeds`,
);
for (const { name, unnoticed } of known) console.log(`not noticed yet: ${name} (${unnoticed})`);
for (const { name } of missed) console.log(`NOT NOTICED: ${name}`);
for (const { name } of gone) console.log(`noticed after all, take its note away: ${name}`);
Deno.exit(missed.length + gone.length === 0 ? 0 : 1);
