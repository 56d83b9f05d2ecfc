/**
 * Single facts of the view, for who asks for them again and again: the whole view costs as much as several steps.
 *
 * @module
 */
import type { GroupRun } from "./group.ts";
import type { Handover } from "./handover.ts";
import type { Intents } from "./intents.ts";
import type { Intent } from "./message.ts";
import type { GroupStatus } from "./status.ts";

/** What one server knows, fact by fact. */
export class Glance {
  constructor(
    private readonly handover: Handover,
    private readonly intents: Intents,
    private readonly groups: readonly GroupRun[],
  ) {}

  /** The state of a group here; undefined when there is no such group. */
  status(group: string): GroupStatus | undefined {
    return this.groups.find(({ name }) => name === group)?.status;
  }

  /** What operators want of a group; undefined when there is no such group. */
  intent(group: string): Intent | undefined {
    return this.groups.some(({ name }) => name === group) ? this.intents.of(group) : undefined;
  }

  /** Servers whose votes this server holds. */
  get votes(): readonly string[] {
    return this.handover.votes;
  }
}
