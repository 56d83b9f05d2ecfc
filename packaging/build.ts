/**
 * `deno task build`: Baton as one executable for each target.
 *
 * @module
 */
import { isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { BuildError } from "./build_error.ts";
import { bundle } from "./bundle.ts";
import { compile, type Compiler, firstWords } from "./compile.ts";
import { machineOf } from "./executable_format.ts";
import { NPM_RUNTIME_VERSION, npmRuntime } from "./npm_runtime.ts";
import { type BuildOptions, HELP, readBuildOptions } from "./options.ts";
import { fileName, hostTarget, type Target, targetOf, TARGETS } from "./targets.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** What the executable tells about its runtime, in `baton version`. */
const BUILD_NOTE = "build.json";

/** How the executables of one build are made. */
interface Plan extends Compiler {
  targets: readonly Target[];
  /** The sentence for the terminal. */
  description: string;
  /** For {@linkcode BUILD_NOTE}. */
  note: string;
}

async function build(options: BuildOptions): Promise<void> {
  const env = { DENO_TLS_CA_STORE: Deno.env.get("DENO_TLS_CA_STORE") ?? "mozilla,system" };
  const plan = options.runtime === "npm" ? await npmPlan(options, env) : await officialPlan(options, env);
  console.log(`runtime: ${plan.description}`);
  const out = isAbsolute(options.out) ? options.out : join(Deno.cwd(), options.out);
  await Deno.mkdir(out, { recursive: true });
  // Outside the repository, so that the compiler finds no configuration of ours on its way up.
  const folder = await Deno.makeTempDir({ prefix: "baton-build-" });
  try {
    const bundled = await bundle(ROOT, folder, env);
    const kb = (bytes: number) => `${Math.round(bytes / 1_000)} kB`;
    console.log(`bundle: ${kb(bundled.totalBytes)}, of which every start loads ${kb(bundled.eagerBytes)}`);
    await Deno.writeTextFile(join(folder, BUILD_NOTE), JSON.stringify({ runtime: plan.note }));
    for (const target of plan.targets) {
      const output = join(out, fileName(target));
      await compile(folder, [...bundled.files, BUILD_NOTE], target, output, plan);
      const size = ((await Deno.stat(output)).size / 1e6).toFixed(1);
      const said = target === hostTarget() ? await firstWords(output) : "built for another kind of machine, not run";
      console.log(`${output}: ${size} MB; ${said}`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function npmPlan({ targets }: BuildOptions, env: Record<string, string>): Promise<Plan> {
  const linux = targetOf("linux-x64")!;
  const other = targets.find((target) => target !== linux);
  if (other) throw new BuildError(`--runtime npm builds for ${linux.name} only, not for ${other.name}`);
  const { compiler, runtime } = await npmRuntime((line) => console.log(line));
  return {
    targets: [linux],
    deno: compiler,
    runtime,
    env,
    description: `Deno ${NPM_RUNTIME_VERSION} out of the npm registry (${runtime}); for trying out, not for production`,
    note: "from npm, for trying out",
  };
}

async function officialPlan({ targets }: BuildOptions, env: Record<string, string>): Promise<Plan> {
  const deno = Deno.execPath();
  const named = Deno.env.get("DENORT_BIN");
  if (!named) {
    return {
      targets: targets.length > 0 ? targets : TARGETS,
      deno,
      runtime: undefined,
      env,
      description: `Deno ${Deno.version.deno}, from its download host`,
      note: "official",
    };
  }
  const machine = await machineOf(named).catch((error: Error) => {
    throw new BuildError(`DENORT_BIN names ${named}, which can't be read: ${error.message}`);
  });
  if (machine === undefined) throw new BuildError(`DENORT_BIN names ${named}, which is no runtime for ${anyTarget()}`);
  const wrong = targets.find(({ name }) => name !== machine);
  if (wrong) {
    throw new BuildError(`DENORT_BIN names a runtime for ${machine}, which makes no executable for ${wrong.name}`);
  }
  return {
    targets: [targetOf(machine)!],
    deno,
    runtime: isAbsolute(named) ? named : join(Deno.cwd(), named),
    env,
    description: `Deno ${Deno.version.deno}, from ${named} (DENORT_BIN)`,
    note: "DENORT_BIN",
  };
}

function anyTarget(): string {
  return TARGETS.map(({ name }) => name).join(", ");
}

if (import.meta.main) {
  try {
    const options = readBuildOptions(Deno.args);
    if (options) await build(options);
    else console.log(HELP);
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    console.error(`error: ${error.message}`);
    Deno.exit(1);
  }
}
