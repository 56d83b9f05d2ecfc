/**
 * `deno task mutations [--jobs J] [--only TEXT] [--within N] [--seeds N] [--shrink]`: the simulator against deliberate faults
 * in the engine. Each must be noticed within its number of seeds (`--seeds` overrules it); `--within` leaves out those that
 * may take more than so many. Prints by which seed it was, and with
 * `--shrink` the shortest history that shows it. Exit status 1 when a fault was not noticed.
 */
import { parseArgs } from "@std/cli";
import { type Caught, hunt } from "./mutate.ts";
import { HARMLESS, type Mutant, MUTANTS } from "./mutants.ts";

const args = parseArgs(Deno.args, { string: ["seeds", "only", "jobs", "within"], boolean: ["shrink"] });
const numberOf = (name: "seeds" | "jobs" | "within"): number | undefined => {
  if (args[name] === undefined) return undefined;
  const value = Number(args[name]);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  console.error(`--${name} ${args[name]}: a whole number above 0 is needed`);
  Deno.exit(2);
};
const seeds = numberOf("seeds");
const jobs = numberOf("jobs") ?? 2;
const most = numberOf("within") ?? Infinity;
const waiting = MUTANTS.filter(({ name, file, within }) =>
  within <= most && `${file} ${name}`.includes(String(args.only ?? ""))
);
const found = new Map<Mutant, Caught | null>();

async function work(queue: Mutant[]): Promise<void> {
  for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
    const within = seeds ?? mutant.within;
    const caught = await hunt(mutant, within, args.shrink === true);
    found.set(mutant, caught);
    const seed = `${caught?.seed ?? "-"}`.padStart(6);
    console.log(`${seed} of ${String(within).padStart(5)}  ${mutant.file.padEnd(12)} ${mutant.name}`);
    if (caught) console.log(`${" ".repeat(30)}${caught.how}`);
    if (caught?.plan) console.log(caught.plan);
  }
}

console.log("  seed of seeds  file         fault");
const queue = [...waiting];
await Promise.all(Array.from({ length: jobs }, () => work(queue)));
const missed = waiting.filter((mutant) => !found.get(mutant));
console.log(`${waiting.length - missed.length} of ${waiting.length} faults were noticed`);
for (const { name, why } of HARMLESS) console.log(`not among them: ${name} (${why})`);
for (const { name } of missed) console.log(`NOT NOTICED: ${name}`);
Deno.exit(missed.length === 0 ? 0 : 1);
