/**
 * The executable under test: the one that `BATON_EXECUTABLE` names, or one that is built here once for all tests, on the
 * runtime from npm.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const BUILD = fileURLToPath(new URL("../../packaging/build.ts", import.meta.url));

/** An executable and how to remove what was made for it. */
export interface Built {
  path: string;
  /** What the build said. */
  said: string;
  remove(): Promise<void>;
}

/** Builds it. The downloads are cached, so that only the first build on a machine takes minutes. */
export async function buildExecutable(): Promise<Built> {
  const named = Deno.env.get("BATON_EXECUTABLE");
  if (named) return { path: named, said: "", remove: () => Promise.resolve() };
  const out = await Deno.makeTempDir({ prefix: "baton-built-" });
  const remove = () => Deno.remove(out, { recursive: true });
  try {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "-q", BUILD, "--runtime", "npm", "--out", out],
      env: { NO_COLOR: "1" },
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    assert.equal(code, 0, decoder.decode(stderr));
    return { path: join(out, "baton-linux-x64"), said: decoder.decode(stdout), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** What became of a run of the executable. */
export interface Answer {
  status: number;
  out: string;
  err: string;
}

/** Runs the executable in `cwd` with nothing of this environment: as on a bare server. */
export async function runBare(executable: string, args: string[], cwd: string): Promise<Answer> {
  const output = await new Deno.Command(executable, {
    args,
    cwd,
    env: { PATH: "/usr/bin:/bin", HOME: "", NO_COLOR: "1" },
    clearEnv: true,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { status: output.code, out: decoder.decode(output.stdout), err: decoder.decode(output.stderr) };
}
