/**
 * The end in order waits for the disk: votes that were given away and groups that were released are not to be asked for
 * again. But not for longer than a permit lasts, and not while something is up that only the end takes down.
 *
 * @module
 */
import type { Disk } from "./disk.ts";
import type { Command } from "./events.ts";
import type { GroupRun } from "./group.ts";
import type { Local } from "./local.ts";

/** The end of one agent. */
export class Ending {
  /** The end, when it was asked for and waits. */
  #waiting: { command: Command; sinceMs: number } | null = null;

  constructor(
    private readonly local: Local,
    private readonly disk: Disk,
    private readonly groups: readonly GroupRun[],
  ) {}

  /** The commands of a step that may be carried out now. */
  ripe(commands: Command[]): Command[] {
    const { nowMs, spec: { timing } } = this.local;
    const end = commands.find((command) => command.do === "exit");
    if (end) this.#waiting ??= { command: end, sinceMs: nowMs };
    if (!this.#waiting) return commands;
    const now = commands.filter((command) => command !== end);
    const { command, sinceMs } = this.#waiting;
    const late = nowMs >= sinceMs + timing.permitMs;
    if (!this.disk.settled && !late && this.groups.every(({ active }) => !active)) return now;
    this.#waiting = null;
    return [...now, command];
  }
}
