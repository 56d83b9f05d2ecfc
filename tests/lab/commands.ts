/**
 * Runs the programs of the lab: each with a deadline, and none without looking at how it ended.
 *
 * @module
 */

/** No command of the lab takes this long unless something hangs, or says so. In milliseconds. */
const TIMEOUT_MS = 20_000;

/** Runs a command and returns what it printed; throws with what it complained about. */
export async function run(command: readonly string[], input?: string, timeoutMs = TIMEOUT_MS): Promise<string> {
  const [program, ...args] = command;
  const child = new Deno.Command(program!, {
    args,
    stdin: input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(timeoutMs),
  }).spawn();
  if (input !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(input));
    await writer.close();
  }
  const { code, stdout, stderr } = await child.output();
  if (code !== 0) {
    throw new Error(`"${command.join(" ")}" ended with ${code}: ${new TextDecoder().decode(stderr).trim()}`);
  }
  return new TextDecoder().decode(stdout);
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}

/** Asks every 20 ms until the answer is true. False when it did not come within `ms`. */
export async function until(ms: number, ask: () => boolean | Promise<boolean>): Promise<boolean> {
  for (const endMs = performance.now() + ms; performance.now() < endMs;) {
    if (await ask()) return true;
    await sleep(20);
  }
  return await ask();
}

/** Sends a signal to a process by its id; no matter when it is gone already. */
export function signalTo(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Milliseconds on a clock that all processes of this machine share. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
