import { join } from "node:path";
import { BuildError } from "./build_error.ts";
import { lastWords, run } from "./program.ts";
import type { Target } from "./targets.ts";

/** What an executable is made with. */
export interface Compiler {
  /** The `deno` that compiles. */
  deno: string;
  /** Its runtime in a file; undefined: Deno downloads its own. */
  runtime: string | undefined;
  env: Record<string, string>;
}

const COMPILE_MS = 10 * 60_000;

/** Compiles the bundled `files` in `folder` into `output`. Only what is named goes in. */
export async function compile(
  folder: string,
  files: readonly string[],
  target: Target,
  output: string,
  { deno, runtime, env }: Compiler,
): Promise<void> {
  const [entry = "", ...others] = files;
  const args = [
    "compile",
    "--quiet",
    "--allow-all",
    "--no-check",
    // With the configuration of a project, all of its packages would go in as well.
    "--no-config",
    "--no-lock",
    // The thread that runs drop-ins gets fewer rights than the program.
    "--unstable-worker-options",
    // The sockets of the interconnect.
    "--unstable-net",
    ...(runtime === undefined ? ["--target", target.triple] : []),
    ...others.flatMap((name) => ["--include", name]),
    "--output",
    output,
    entry,
  ];
  const compiled = await run(deno, args, {
    cwd: folder,
    env: { ...env, ...(runtime === undefined ? {} : { DENORT_BIN: runtime }) },
    timeoutMs: COMPILE_MS,
  });
  if (compiled.status === 0) return;
  if (runtime === undefined) throw new BuildError(noRuntime(target, lastWords(compiled)));
  throw new BuildError(`the executable for ${target.name} can't be compiled:\n${lastWords(compiled)}`);
}

function noRuntime({ name, triple }: Target, said: string): string {
  const { deno } = Deno.version;
  return `the executable for ${name} can't be compiled:
${said}

Deno ${deno} gets the runtime for it (denort-${triple}.zip) from its own download host. Where that is not reachable:
  - get that file of Deno ${deno} where it is, unpack it, and name it: DENORT_BIN=/path/to/denort deno task build --target ${name}
  - on Linux x64, for trying out: deno task build --runtime npm`;
}

/** Runs the executable that was built and resolves with its answer to `version`. One that does not run is removed. */
export async function firstWords(executable: string): Promise<string> {
  const ran = await run(executable, ["version"], { timeoutMs: 30_000, cwd: join(executable, "..") });
  if (ran.status === 0 && ran.stdout.startsWith("baton ")) return ran.stdout.trim();
  await Deno.remove(executable);
  throw new BuildError(
    `${executable} was compiled but did not run, so it is removed; a runtime in DENORT_BIN must be of exactly Deno ${Deno.version.deno}:\n` +
      lastWords(ran),
  );
}
