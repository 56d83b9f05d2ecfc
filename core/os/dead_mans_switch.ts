/**
 * The dead man's switch: a shell that waits at a pipe. Only the agent holds the other end, and the kernel closes it
 * however the agent dies. An agent that is alive but does not run (stopped, starved, stuck in a loop) closes nothing, so
 * the switch also fires when it was told to expect a line and none has come in time.
 *
 * What ends the agent must not end the switch. So it is nobody's child, its session is its own, and it leaves the cgroup
 * of the agent.
 *
 * @module
 */
import { later } from "../plugin/callbacks.ts";
import { Fault, FAULT_CODES } from "../plugin/fault.ts";
import { childEnvironment } from "./environment.ts";
import { type CommandLine, spawnFault } from "./exec.ts";
import { LINES } from "./guard_script.ts";
import { leaveCgroup } from "./leave_cgroup.ts";
import type { DeadMansSwitch } from "./os.ts";
import { watchPrograms } from "./programs.ts";

/** How a switch is started. */
export interface SwitchProgram {
  /** Starts the switch, with its own standard input and output, and ends. */
  command: CommandLine;
  /** Its environment, besides what every program has. */
  env: Readonly<Record<string, string>>;
  /** What the switch reads before the first of the {@linkcode LINES}. */
  plan: string;
}

/** A switch that does not report within this is broken. In milliseconds. */
const ARM_TIMEOUT_MS = 5_000;
/** A switch that is still there this long after it was disarmed is killed. In milliseconds. */
const DISARM_TIMEOUT_MS = 2_000;
/** ... and given up after as long again: what it has started may hold its output on Windows. In milliseconds. */
const KILL_GRACE_MS = 1_000;
/** Lines that may wait for a switch that does not read. They are tiny; the pipe holds thousands. */
const MAX_UNREAD = 256;

/** Starts a switch and resolves once it says on its standard output that it is armed. */
export async function startDeadMansSwitch(
  { command: [program, ...args], env, plan }: SwitchProgram,
  leave: (pid: number) => Promise<string | undefined> = leaveCgroup,
): Promise<DeadMansSwitch> {
  let starter: Deno.ChildProcess;
  try {
    starter = new Deno.Command(program, {
      args,
      env: childEnvironment(env),
      clearEnv: true,
      // The folder must not keep a file system busy, and may be deleted under a long-lived process.
      cwd: Deno.build.os === "windows" ? undefined : "/",
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
      detached: true,
    }).spawn();
  } catch (error) {
    throw spawnFault(program, error);
  }
  // It must not keep an agent alive that has nothing else to do.
  starter.unref();
  const pipe = starter.stdin.getWriter();
  // A broken pipe has nobody at its other end: the end of its output tells.
  pipe.closed.catch(() => {});
  const output = starter.stdout.getReader();
  const kill = () => killSwitch(starter.pid);
  const timer = later("the end of a switch that does not start", ARM_TIMEOUT_MS, kill);
  try {
    void pipe.write(new TextEncoder().encode(plan)).catch(() => {});
    const pid = await armedPid(output);
    await starter.status;
    return new ArmedSwitch(pid, pipe, output, kill, await leave(pid));
  } catch (error) {
    // One that comes to it later must not take the end of the pipe for the death of the agent.
    void pipe.write(new TextEncoder().encode(LINES.disarm())).catch(() => {});
    kill();
    await output.cancel().catch(() => {});
    await starter.status;
    await pipe.abort().catch(() => {});
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** A switch that waits. */
class ArmedSwitch implements DeadMansSwitch {
  readonly ended: Promise<void>;
  readonly #unwatch: () => void;
  #unread = 0;
  /** When it fires unless it hears more, on the clock of `performance.now()`. */
  #firesMs = Infinity;
  #disarmed: Promise<void> | undefined;

  constructor(
    readonly pid: number,
    private readonly pipe: WritableStreamDefaultWriter<Uint8Array>,
    output: ReadableStreamDefaultReader<Uint8Array>,
    private readonly kill: () => void,
    readonly tied: string | undefined,
  ) {
    this.ended = endOf(output).then(() => this.#unwatch());
    this.#unwatch = Deno.build.os === "windows" ? () => {} : watchPrograms({
      begun: (pid) => this.#say(LINES.begun(pid)),
      ended: (pid) => this.#say(LINES.ended(pid)),
    });
  }

  alive(ms: number): void {
    this.#firesMs = performance.now() + ms;
    this.#say("");
  }

  hurry(): void {
    this.#say(LINES.hurry());
  }

  disarm(): Promise<void> {
    return this.#disarmed ??= this.#disarm();
  }

  /** Every line starts the wait anew, so each is followed by what is left of it. */
  #say(line: string): void {
    if (this.#disarmed || this.#unread >= MAX_UNREAD) return;
    const leftMs = this.#firesMs - performance.now();
    // It is firing now: another line could only call it off.
    if (leftMs <= 0) return;
    const text = leftMs === Infinity ? line : `${line}${LINES.alive(leftMs)}`;
    if (text === "") return;
    void this.#write(text);
  }

  async #write(text: string): Promise<void> {
    this.#unread += 1;
    try {
      await this.pipe.write(new TextEncoder().encode(text));
    } catch {
      // It has ended: `ended` tells.
    } finally {
      this.#unread -= 1;
    }
  }

  async #disarm(): Promise<void> {
    this.#unwatch();
    let giveUp = () => {};
    const givenUp = new Promise<void>((resolve) => giveUp = resolve);
    let timer = later("the end of a switch that was disarmed", DISARM_TIMEOUT_MS, () => {
      timer = later("giving a switch up", KILL_GRACE_MS, giveUp);
      this.kill();
    });
    try {
      // The word has to be in the pipe before the pipe ends: the end alone means that the agent is dead.
      await Promise.race([this.pipe.write(new TextEncoder().encode(LINES.disarm())), this.ended, givenUp]);
    } catch {
      // It is gone already, so there is nothing to disarm.
    }
    try {
      await Promise.race([Promise.all([this.pipe.close().catch(() => {}), this.ended]), givenUp]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The process of a switch, which it says when it is armed. */
async function armedPid(output: ReadableStreamDefaultReader<Uint8Array>): Promise<number> {
  let said = "";
  for (let reads = 0; reads < 8; reads++) {
    const { done, value } = await output.read();
    if (done) break;
    said += new TextDecoder().decode(value);
    const pid = Number(/armed (\d+)\s/.exec(said)?.[1]);
    if (Number.isSafeInteger(pid) && pid > 1) return pid;
  }
  throw new Fault(FAULT_CODES.internal, `the dead man's switch did not start within ${ARM_TIMEOUT_MS} ms`, {
    remedy: "check that a process can be started on this server",
    uncertain: true,
  });
}

async function endOf(output: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  try {
    while (!(await output.read()).done);
  } catch {
    // A pipe that breaks has ended.
  }
}

/** Kills a switch, also one that has not said yet which process it is: it is in the group that its starter led. */
function killSwitch(starter: number): void {
  try {
    if (Deno.build.os === "windows") Deno.kill(starter);
    else Deno.kill(-starter, "SIGKILL");
  } catch {
    // It has ended in the meantime.
  }
}
