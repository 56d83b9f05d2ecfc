/**
 * The dead man's switch: a shell that waits at a pipe. Only the agent holds the other end, and the kernel closes it
 * however the agent dies. An agent that is alive but does not run (stopped, starved, stuck in a loop) closes nothing, so
 * the switch also fires when it was told to expect a line and none has come in time.
 *
 * @module
 */
import { Fault, FAULT_CODES } from "../plugin/fault.ts";
import { type CommandLine, spawnFault } from "./exec.ts";
import { LINES } from "./guard_script.ts";
import type { DeadMansSwitch } from "./os.ts";
import { watchPrograms } from "./programs.ts";

/** A switch that does not report within this is broken. In milliseconds. */
const ARM_TIMEOUT_MS = 5_000;
/** A switch that is still there this long after it was disarmed is killed. In milliseconds. */
const DISARM_TIMEOUT_MS = 2_000;
/** Lines that may wait for a switch that does not read. They are tiny; the pipe holds thousands. */
const MAX_UNREAD = 256;

/**
 * Starts a switch from its command line and resolves once it says "armed" on its standard output. Its session is its
 * own, so that a signal to the agent's process group or terminal does not reach it.
 */
export async function startDeadMansSwitch([program, ...args]: CommandLine): Promise<DeadMansSwitch> {
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args,
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
  const pipe = child.stdin.getWriter();
  try {
    await waitUntilArmed(child);
  } catch (error) {
    kill(child);
    await pipe.close().catch(() => {});
    await child.status;
    throw error;
  }
  // It must not keep an agent alive that has nothing else to do.
  child.unref();
  return new ArmedSwitch(child, pipe);
}

/** A switch that waits. */
class ArmedSwitch implements DeadMansSwitch {
  readonly pid: number;
  readonly ended: Promise<void>;
  readonly #unwatch: () => void;
  #unread = 0;
  /** When it fires unless it hears more, on the clock of `performance.now()`. */
  #firesMs = Infinity;
  #disarmed: Promise<void> | undefined;

  constructor(
    private readonly child: Deno.ChildProcess,
    private readonly pipe: WritableStreamDefaultWriter<Uint8Array>,
  ) {
    this.pid = child.pid;
    this.ended = child.status.then(() => this.#unwatch());
    // A broken pipe has nobody at its other end; what there is to say of that, the one who disarms will see.
    this.pipe.closed.catch(() => {});
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
    this.child.ref();
    const timer = setTimeout(() => kill(this.child), DISARM_TIMEOUT_MS);
    try {
      // The word has to be in the pipe before the pipe ends: the end alone means that the agent is dead.
      await this.pipe.write(new TextEncoder().encode(LINES.disarm()));
    } catch {
      // It is gone already, so there is nothing to disarm.
    }
    try {
      await this.pipe.close().catch(() => {});
      await this.child.status;
    } finally {
      clearTimeout(timer);
    }
  }
}

async function waitUntilArmed(child: Deno.ChildProcess): Promise<void> {
  const reader = child.stdout.getReader();
  const timer = setTimeout(() => kill(child), ARM_TIMEOUT_MS);
  try {
    let said = "";
    for (let reads = 0; reads < 8 && !said.includes("armed"); reads++) {
      const { done, value } = await reader.read();
      if (done) break;
      said += new TextDecoder().decode(value);
    }
    if (!said.includes("armed")) {
      throw new Fault(FAULT_CODES.internal, `the dead man's switch did not start within ${ARM_TIMEOUT_MS} ms`, {
        remedy: "check that a process can be started on this server",
        uncertain: true,
      });
    }
  } finally {
    clearTimeout(timer);
    await reader.cancel().catch(() => {});
  }
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended in the meantime.
  }
}
