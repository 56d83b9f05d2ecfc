/**
 * Draws faults for a room. Which ones is a matter of their own text and the seed: a change of one line draws no others
 * elsewhere, so that what was noticed yesterday is what is tried today.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { EQUIVALENT } from "./equivalent.ts";
import { type Fault, faultsOf, matters } from "./operators.ts";

/** A fault and its file, relative to the root of the repository. */
export interface Mutant extends Fault {
  file: string;
}

/** The rooms whose faults are drawn. The engine has its own: the simulator judges it (`deno task mutations`). */
export const ROOMS = ["core/agent", "core/aws", "core/config", "core/http", "plugins"] as const;

/** Draws up to `count` faults of a room below `root`. */
export async function draw(root: string, room: string, count: number, seed: number): Promise<Mutant[]> {
  const sources = new Map<string, string>();
  for await (const file of sourcesOf(root, room)) sources.set(file, await Deno.readTextFile(join(root, file)));
  const lots: { lot: string; mutant: Mutant }[] = [];
  for (const [file, source] of sources) {
    const seen = new Map<string, number>();
    for (const fault of faultsOf(source)) {
      const text = `${seed}\n${file}\n${fault.from.trim()}\n${fault.to.trim()}`;
      const turn = seen.get(text) ?? 0;
      seen.set(text, turn + 1);
      const lot = createHash("sha256").update(`${text}\n${turn}`).digest("hex");
      lots.push({ lot, mutant: { ...fault, file } });
    }
  }
  lots.sort((a, b) => a.lot < b.lot ? -1 : 1);
  const drawn: Mutant[] = [];
  for (const { mutant } of lots) {
    if (drawn.length >= count) break;
    if (isEquivalent(mutant) || !matters(sources.get(mutant.file) ?? "", mutant)) continue;
    drawn.push(mutant);
  }
  return drawn;
}

function isEquivalent({ file, from, to }: Mutant): boolean {
  return EQUIVALENT.some((one) => one.file === file && one.from === from.trim() && one.to === to.trim());
}

async function* sourcesOf(root: string, folder: string): AsyncGenerator<string> {
  const entries = await Array.fromAsync(Deno.readDir(join(root, folder)));
  for (const { name, isDirectory } of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
    const path = `${folder}/${name}`;
    if (isDirectory) yield* sourcesOf(root, path);
    else if (name.endsWith(".ts")) yield path;
  }
}
