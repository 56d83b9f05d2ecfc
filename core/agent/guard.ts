/**
 * The dead man's switch of one group: armed before its first resource goes up, disarmed once the last is down. When the
 * agent dies in between, however it dies, the switch takes the addresses off and runs the stop actions.
 *
 * @module
 */
import type { GroupConfig } from "../config/config.ts";
import type { DeadMansSwitch } from "../os/os.ts";
import type { Contexts } from "./contexts.ts";

/** Share of the stop time that the switch's commands get together; noticing the death takes the rest. */
const SHARE = 0.75;
/** No command gets less, however many there are. In milliseconds. */
const MIN_COMMAND_MS = 200;

/** The guard of one group. */
export class Guard {
  #armed: DeadMansSwitch | null = null;

  constructor(
    private readonly group: GroupConfig,
    private readonly contexts: Contexts,
    private readonly stopMs: number,
  ) {}

  /** Arms it unless it is armed. */
  async arm(signal: AbortSignal): Promise<void> {
    if (this.#armed) return;
    const commands: (readonly [string, ...string[]])[] = [];
    const reversed = this.group.resources.toReversed();
    // Addresses first: clients must not reach a service that is being stopped.
    for (const address of [true, false]) {
      for (const resource of reversed.filter(({ plugin }) => (plugin.address ?? false) === address)) {
        const subject = { name: resource.name, options: resource.options, group: this.group.name };
        commands.push(...await resource.plugin.guard?.(this.contexts.of(subject, signal)) ?? []);
      }
    }
    if (commands.length === 0) return;
    const eachMs = Math.max(MIN_COMMAND_MS, Math.floor((this.stopMs * SHARE) / commands.length));
    this.#armed = await this.contexts.os.deadMansSwitch(commands, eachMs);
  }

  async disarm(): Promise<void> {
    const armed = this.#armed;
    this.#armed = null;
    await armed?.disarm();
  }
}
