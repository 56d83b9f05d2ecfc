/** Puts a fault into a copy of the engine and lets the simulator look for it. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Mutant } from "./mutants.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const FOLDERS = ["core/cluster", "core/simulation", "tests/sim"] as const;
/** The longest took 40 s on one core. */
const DEADLINE_MS = 600_000;

/** By which seed a fault was noticed, how, and the shortest plan that shows it where one was asked for. */
export interface Caught {
  seed: number;
  how: string;
  plan?: string;
}

/**
 * Runs up to `seeds` histories of the engine with `mutant` in it; null when none broke an invariant. Fails when the mutant
 * does not fit the source.
 */
export async function hunt(mutant: Mutant | null, seeds: number, shrink = false): Promise<Caught | null> {
  const folder = await Deno.makeTempDir({ prefix: "baton-mutant-" });
  try {
    for (const part of FOLDERS) await copy(join(ROOT, part), join(folder, part));
    if (mutant) await apply(mutant, folder);
    const run = ["tests/sim/mutant_run.ts", String(seeds), mutant?.kind ?? "any", ...(shrink ? ["shrink"] : [])];
    const deadline = AbortSignal.timeout(DEADLINE_MS);
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-config", "--no-lock", "--no-prompt", "--quiet", ...run],
      cwd: folder,
      env: { NO_COLOR: "1" },
      signal: deadline,
    }).output();
    if (!success) {
      if (deadline.aborted) throw new Error(`${mutant?.name ?? "no fault"}: ${DEADLINE_MS} ms were not enough`);
      throw new Error(`${mutant?.name ?? "no fault"}: the run failed: ${new TextDecoder().decode(stderr).trim()}`);
    }
    return JSON.parse(new TextDecoder().decode(stdout));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function apply({ name, file, from, to }: Mutant, folder: string): Promise<void> {
  const path = join(folder, "core/cluster", file);
  const source = await Deno.readTextFile(path);
  const places = source.split(from).length - 1;
  if (places !== 1) throw new Error(`"${name}" fits ${file} in ${places} places; it must fit in exactly one`);
  await Deno.writeTextFile(path, source.replace(from, () => to));
}

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isFile } of Deno.readDir(from)) {
    if (isFile && name.endsWith(".ts")) await Deno.copyFile(join(from, name), join(to, name));
  }
}
