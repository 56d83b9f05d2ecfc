/**
 * The virtual environment with moto and the AWS CLI, in a cache folder of the user: made once for each
 * `requirements.txt`, used by every run after that.
 *
 * `deno run -A tests/independent/python_env.ts` makes it ahead of time and prints where it is.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A virtual environment that is complete. */
export interface PythonEnv {
  folder: string;
  /** Its interpreter; modules are started with `-m`. */
  python: string;
}

const REQUIREMENTS = fileURLToPath(new URL("./requirements.txt", import.meta.url));

/** What pip gets to download about 100 MB and to unpack them, in milliseconds. */
const INSTALL_MS = 600_000;
/** Between two looks at the lock while another run installs, in milliseconds. */
const LOCK_PAUSE_MS = 500;

/** `BATON_VENV`, or `baton/venv` in the user's cache folder. */
function envFolder(): string {
  const chosen = Deno.env.get("BATON_VENV");
  if (chosen) return chosen;
  const home = Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE");
  const cache = Deno.env.get("XDG_CACHE_HOME") || (home && join(home, ".cache"));
  if (!cache) {
    throw new Error("there is no cache folder for moto and the AWS CLI: set BATON_VENV, XDG_CACHE_HOME or HOME");
  }
  return join(cache, "baton", "venv");
}

/** The environment, made now when it is missing or made for other requirements. */
export async function pythonEnv(): Promise<PythonEnv> {
  const folder = envFolder();
  const windows = Deno.build.os === "windows";
  const env = { folder, python: join(folder, windows ? "Scripts" : "bin", windows ? "python.exe" : "python") };
  const wanted = await stampOf(REQUIREMENTS);
  const stamp = join(folder, "baton.sha256");
  if (await readIfThere(stamp) === wanted) return env;
  await Deno.mkdir(folder, { recursive: true });
  using lock = await locked(`${folder}.lock`);
  if (await readIfThere(stamp) !== wanted) {
    await install(env);
    await Deno.writeTextFile(stamp, wanted);
  }
  lock.unlockSync();
  return env;
}

async function install({ folder, python }: PythonEnv): Promise<void> {
  const system = Deno.env.get("PYTHON") ?? (Deno.build.os === "windows" ? "python" : "python3");
  await run(
    system,
    ["-m", "venv", "--clear", folder],
    "a virtual environment can't be made: install Python 3 with venv",
  );
  await run(
    python,
    ["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "-r", REQUIREMENTS],
    "moto and the AWS CLI can't be installed: pip must reach an index of Python packages",
  );
}

async function run(command: string, args: string[], otherwise: string): Promise<void> {
  let said: string;
  try {
    const { success, stderr } = await new Deno.Command(command, {
      args,
      stdin: "null",
      stdout: "null",
      stderr: "piped",
      signal: AbortSignal.timeout(INSTALL_MS),
    }).output();
    if (success) return;
    said = new TextDecoder().decode(stderr).trim().slice(-1_500);
  } catch (error) {
    said = error instanceof Error ? error.message : String(error);
  }
  throw new Error(`${otherwise} (${command} ${args.slice(0, 3).join(" ")}: ${said})`);
}

/** Waits its turn: two runs at the same time install once. */
async function locked(path: string): Promise<Deno.FsFile> {
  const file = await Deno.open(path, { create: true, write: true });
  for (let waitedMs = 0; waitedMs < INSTALL_MS; waitedMs += LOCK_PAUSE_MS) {
    if (await file.tryLock(true)) return file;
    await new Promise((resolve) => setTimeout(resolve, LOCK_PAUSE_MS));
  }
  file.close();
  throw new Error(`another run has held ${path} for ${INSTALL_MS / 1_000} s; end it, or set BATON_VENV`);
}

async function stampOf(path: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", await Deno.readFile(path))).toHex();
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

if (import.meta.main) console.log((await pythonEnv()).python);
