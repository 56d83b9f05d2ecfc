/**
 * Runs programs: without a shell, with bounded output, and killed with all their children when the signal aborts.
 *
 * @module
 */
import { later, onAbort } from "../plugin/callbacks.ts";
import { Fault, FAULT_CODES } from "../plugin/fault.ts";
import { interpreterProblem } from "../plugin/interpreter.ts";
import { BoundedOutput } from "./bounded_output.ts";
import { childEnvironment } from "./environment.ts";
import { ProgramPipes } from "./kept_output.ts";
import type { ExecResult } from "./os.ts";
import { startOrdinary } from "./priority.ts";
import { programBegun } from "./programs.ts";

/** Program and arguments. */
export type CommandLine = readonly [string, ...string[]];

/** Options of {@linkcode exec}. */
export interface ExecOptions {
  /** Added to what every program gets (`environment.ts`). */
  env?: Record<string, string>;
  cwd?: string;
  /** Written to the program, whose standard input is empty otherwise. */
  stdin?: string;
  signal: AbortSignal;
  /** It goes on when the dead man's switch fires. */
  spared?: boolean;
}

/**
 * How long output may still arrive after the program has ended. A daemon that a start script leaves behind inherits the
 * pipes and would keep them open for ever; what it writes goes on to be read (`kept_output.ts`).
 */
const OUTPUT_GRACE_MS = 200;
/**
 * How long a killed program may take to be gone. One that hangs in the kernel on a dead disk never is, and the agent must
 * not wait for it: that is when it has to act.
 */
const KILL_GRACE_MS = 1_000;

/** Runs `command` to its end. Throws the reason of the signal when that aborts first; a non-zero status is a result. */
export async function exec(command: CommandLine, options: ExecOptions): Promise<ExecResult> {
  options.signal.throwIfAborted();
  const startedAt = performance.now();
  const pipes = new ProgramPipes();
  const child = spawn(command, options);
  pipes.started();
  const hasEnded = options.spared ? () => {} : programBegun(child.pid);
  // Readers start before anything is awaited, so that a program that writes much never blocks on a full pipe.
  const outputs = [new BoundedOutput(child.stdout), new BoundedOutput(child.stderr)] as const;
  const [stdout, stderr] = outputs;
  let left = false;
  try {
    const [status] = await Promise.all([endOf(child, options.signal), feed(child, options.stdin)]);
    options.signal.throwIfAborted();
    const ended = await Promise.all(outputs.map((output) => output.ended(OUTPUT_GRACE_MS)));
    // Whoever has inherited the pipes must not end with its next line.
    left = ended.includes(false) && !await pipes.handOver();
    return {
      status: status.code,
      stdout: stdout.text(),
      stderr: stderr.text(),
      lastLines: outputs.flatMap((output) => output.lastLines()),
      truncated: stdout.truncated || stderr.truncated,
      elapsedMs: performance.now() - startedAt,
    };
  } finally {
    hasEnded();
    if (left) outputs.forEach((output) => output.leave());
    else await Promise.all(outputs.map((output) => output.close()));
  }
}

function spawn([program, ...args]: CommandLine, options: ExecOptions): Deno.ChildProcess {
  try {
    const command = new Deno.Command(program, {
      args,
      env: childEnvironment(options.env),
      clearEnv: true,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      stdin: options.stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
      // Its own session and process group: the group is what is killed, and a Ctrl-C at the agent's terminal misses it.
      detached: Deno.build.os !== "windows",
    });
    return startOrdinary(() => command.spawn());
  } catch (error) {
    throw spawnFault(program, error);
  }
}

/** The fault of a program that could not be started. */
export function spawnFault(program: string, error: unknown): Fault {
  const details = { uncertain: true, cause: error };
  if (error instanceof Deno.errors.NotFound) {
    const interpreter = interpreterProblem(program);
    if (interpreter !== undefined) {
      const { said, remedy } = interpreter;
      return new Fault(FAULT_CODES.internal, `the program ${program} is there, but ${said}`, { ...details, remedy });
    }
    return new Fault(FAULT_CODES.internal, `the program ${program} does not exist on this server`, {
      ...details,
      remedy: "install it, correct its path, or add its folder to PATH",
    });
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return new Fault(FAULT_CODES.internal, `the program ${program} may not be executed`, {
      ...details,
      remedy: `make it executable: chmod +x ${program}`,
    });
  }
  const said = error instanceof Error ? error.message : String(error);
  return new Fault(FAULT_CODES.internal, `the program ${program} could not be started: ${said}`, details);
}

async function feed(child: Deno.ChildProcess, text: string | undefined): Promise<void> {
  if (text === undefined) return;
  const writer = child.stdin.getWriter();
  try {
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
  } catch {
    // The program ended without reading all of it, which is its right; its exit status tells how it went.
  }
}

/** The end of a program, which is killed when the signal aborts and given up when that does not help. */
async function endOf(child: Deno.ChildProcess, signal: AbortSignal): Promise<Deno.CommandStatus> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let off = () => {};
  const givenUp = new Promise<never>((_, reject) => {
    off = onAbort("the end of a program", signal, () => {
      killTree(child.pid);
      timer = later("giving a program up", KILL_GRACE_MS, () => {
        // First what must not be missed: whoever waits for this has a deadline.
        reject(signal.reason);
        letGo(child);
      });
    });
  });
  try {
    return await Promise.race([child.status, givenUp]);
  } finally {
    clearTimeout(timer);
    off();
  }
}

/** The process is not waited for any more. One that has ended already, and is not known to have, has nothing to let go. */
function letGo(child: Deno.ChildProcess): void {
  try {
    child.unref();
  } catch {
    // Its pipes are closed: it keeps nobody.
  }
}

/** Kills a process that was started as the leader of its own group, with everything in that group. */
function killTree(pid: number): void {
  try {
    if (Deno.build.os === "windows") {
      new Deno.Command("taskkill", {
        args: ["/T", "/F", "/PID", String(pid)],
        env: childEnvironment(),
        clearEnv: true,
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).spawn().unref();
    } else {
      Deno.kill(-pid, "SIGKILL");
    }
  } catch {
    // It has ended in the meantime.
  }
}
