/**
 * The end of the machine by a final action: remembered first, where it counts, then carried out.
 *
 * @module
 */
import type { Command } from "../cluster/events.ts";
import { powerMs } from "../cluster/stop_budget.ts";
import { Fault, FAULT_CODES } from "../plugin/fault.ts";
import type { AgentParts } from "./agent_parts.ts";
import { atMost } from "./bounded.ts";
import type { PowerLog } from "./power_log.ts";

/** The ways to turn the machine off share this when nothing is up any more. In milliseconds. */
export const MAX_POWER_MS = 15_000;
/** Noting a shutdown or reboot takes no longer than this. In milliseconds. */
const NOTE_MS = 500;

/** Ends the machine. */
export class MachineEnd {
  constructor(
    private readonly machine: { os: Pick<AgentParts["os"], "power">; noPower?: boolean },
    private readonly log: PowerLog,
    private readonly stopMs: number,
    /** Milliseconds that the permits of the groups that are up still last. */
    private readonly upForMs: () => readonly number[],
  ) {}

  /** Turns it off or reboots it. With something up it has what a permit and its stop time leave. */
  async take({ action, reason, counts }: Extract<Command, { do: "power" }>): Promise<void> {
    // The engine never asks for it then; this is the wall behind it.
    if (this.machine.noPower) throw new Fault(FAULT_CODES.internal, `no ${action}, because of --no-power: ${reason}`);
    const withinMs = Math.min(MAX_POWER_MS, ...this.upForMs().map((ms) => Math.max(0, ms) + powerMs(this.stopMs)));
    const startedMs = performance.now();
    // A disk that hangs does not hold it up.
    if (counts) await atMost(Math.min(NOTE_MS, withinMs / 4), this.log.note(action));
    await this.machine.os.power(action, reason, Math.max(0, withinMs - (performance.now() - startedMs)));
  }
}
