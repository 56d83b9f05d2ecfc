/**
 * Which dead man's switches of this server may still be at work. An agent that is killed and started again at once would
 * otherwise sweep and start a group while the switch of its predecessor is still stopping it.
 *
 * @module
 */
import { join } from "node:path";
import { SWITCH_NAME } from "../os/guard_script.ts";
import { atMost, elapsed } from "./bounded.ts";

/** Between two looks, in milliseconds. */
const LOOK_MS = 20;
/** A disk that hangs must not hold up what waits for this. In milliseconds. */
const DISK_MS = 2_000;

/** The switches of one server, one file for each group in the state folder. */
export class SwitchRegister {
  constructor(private readonly dir: string) {}

  /** Notes the process of a group's switch. Throws when the disk does not take it in time. */
  async note(group: string, pid: number): Promise<void> {
    const written = Deno.writeTextFile(this.#path(group), String(pid), { mode: 0o600 });
    if (!await atMost(DISK_MS, written)) {
      throw new Error(
        `${this.#path(group)} was not written within ${DISK_MS} ms; see what holds up the disk of ${this.dir}`,
      );
    }
    await written;
  }

  /** The switch was disarmed. */
  async forget(group: string): Promise<void> {
    await atMost(DISK_MS, Deno.remove(this.#path(group)));
  }

  /** Resolves when the switch that a predecessor left for the group has ended, at the latest after `ms`. */
  async outlived(group: string, ms: number, signal: AbortSignal): Promise<void> {
    const pid = await this.#read(group);
    if (pid === undefined) return;
    const untilMs = performance.now() + ms;
    // What is known of a process that hangs in the kernel may never come.
    await atMost(ms + DISK_MS, this.#gone(pid, untilMs, signal));
    if (!signal.aborted) await this.forget(group);
  }

  async #gone(pid: number, untilMs: number, signal: AbortSignal): Promise<void> {
    while (performance.now() < untilMs && await isSwitch(pid)) if (!await elapsed(LOOK_MS, signal)) return;
  }

  async #read(group: string): Promise<number | undefined> {
    try {
      const pid = Number(await Deno.readTextFile(this.#path(group)));
      return Number.isSafeInteger(pid) && pid > 1 ? pid : undefined;
    } catch {
      return undefined;
    }
  }

  #path(group: string): string {
    return join(this.dir, `switch.${encodeURIComponent(group)}.pid`);
  }
}

/** Whether the process is a switch, and no other that has its number now. */
async function isSwitch(pid: number): Promise<boolean> {
  if (Deno.build.os === "linux") {
    try {
      return (await Deno.readTextFile(`/proc/${pid}/cmdline`)).includes(SWITCH_NAME);
    } catch {
      return false;
    }
  }
  // Elsewhere nothing tells without another process: the time that a switch may take is waited for.
  return true;
}
