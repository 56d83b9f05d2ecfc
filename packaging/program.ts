import { BuildError } from "./build_error.ts";

/** How a program is run. */
export interface RunOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** It is killed when it takes longer, in milliseconds. */
  timeoutMs: number;
}

/** What became of a program. */
export interface Ran {
  status: number;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end. A status that is not 0 is a result; a program that does not exist is a {@linkcode BuildError}. */
export async function run(program: string, args: readonly string[], options: RunOptions): Promise<Ran> {
  const signal = AbortSignal.timeout(options.timeoutMs);
  let output: Deno.CommandOutput;
  try {
    output = await new Deno.Command(program, {
      args: [...args],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: { NO_COLOR: "1", RUST_BACKTRACE: "0", ...options.env },
      stdin: "null",
      signal,
    }).output();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new BuildError(`${program} is not installed, or not on the PATH`);
    throw error;
  }
  const decoder = new TextDecoder();
  const stderr = decoder.decode(output.stderr);
  return {
    status: output.code,
    stdout: decoder.decode(output.stdout),
    stderr: signal.aborted ? `${stderr}\nit took longer than ${options.timeoutMs / 1_000} s and was ended` : stderr,
  };
}

/** The last lines of what a program said, for a message. */
export function lastWords({ stdout, stderr }: Ran, lines = 12): string {
  return (stderr.trim() || stdout.trim()).split("\n").slice(-lines).map((line) => `  ${line}`).join("\n");
}
