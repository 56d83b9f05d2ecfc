/**
 * The dead man's switch: a process of a few hundred kilobytes that waits for the end of a pipe. Only the agent holds
 * the other end, and the kernel closes it however the agent dies.
 *
 * @module
 */
import { Fault, FAULT_CODES } from "../plugin/fault.ts";
import { type CommandLine, spawnFault } from "./exec.ts";
import type { DeadMansSwitch } from "./os.ts";

/** A switch that does not report within this is broken. In milliseconds. */
const ARM_TIMEOUT_MS = 5_000;
/** A switch that is still there this long after it was disarmed is killed. In milliseconds. */
const DISARM_TIMEOUT_MS = 2_000;

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
  let disarmed: Promise<void> | undefined;
  return {
    pid: child.pid,
    disarm: () => disarmed ??= disarm(child, pipe),
  };
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

async function disarm(child: Deno.ChildProcess, pipe: WritableStreamDefaultWriter<Uint8Array>): Promise<void> {
  child.ref();
  const timer = setTimeout(() => kill(child), DISARM_TIMEOUT_MS);
  try {
    // The word has to be in the pipe before the pipe ends: the end alone means that the agent is dead.
    await pipe.write(new TextEncoder().encode("disarm\n"));
  } catch {
    // It is gone already, so there is nothing to disarm.
  }
  try {
    await pipe.close().catch(() => {});
    await child.status;
  } finally {
    clearTimeout(timer);
  }
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended in the meantime.
  }
}
