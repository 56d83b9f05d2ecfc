/**
 * The groups of one agent: those of its file at the start, and those that a later file brings.
 *
 * @module
 */
import type { Event } from "../cluster/events.ts";
import { type Reason, warning } from "../cluster/reasons.ts";
import type { ClusterConfig, GroupConfig } from "../config/config.ts";
import type { Background } from "./background.ts";
import type { Contexts } from "./contexts.ts";
import { GroupOrders } from "./group_orders.ts";
import { markOf } from "./mark.ts";
import type { SwitchRegister } from "./switch_register.ts";
import { line } from "./told.ts";
import type { Watchdog } from "./watchdog.ts";
import { welcome } from "./welcome.ts";

/** What they need of their agent. */
export interface GroupsParts {
  config: Pick<ClusterConfig, "groups" | "stateDir" | "timing" | "selfFenceFinalAction">;
  server: string;
  contexts: Contexts;
  switches: SwitchRegister;
  watchdog: Watchdog | undefined;
  background: Pick<Background, "spawn">;
  handle(event: Event): void;
  note(reasons: readonly Reason[]): void;
  /** The agent stops. */
  signal: AbortSignal;
}

/** All of them. */
export class Groups {
  /** Who carries out the orders for each. */
  readonly orders = new Map<string, GroupOrders>();

  constructor(private readonly parts: GroupsParts) {
    for (const group of parts.config.groups) this.add(group);
  }

  /** One more, whose orders can be carried out from now on. */
  add(group: GroupConfig): void {
    const { config, server, contexts, switches, watchdog, handle, note } = this.parts;
    const facts = { group: group.name };
    this.orders.set(
      group.name,
      new GroupOrders(group, contexts, config.timing, handle, {
        switches,
        mark: markOf(config.stateDir, server, group.name),
        selfFenceAction: config.selfFenceFinalAction,
        tell: (text) => note([warning("started", line(text), facts)]),
        stray: (text) => note([warning("deactivated", line(text), facts)]),
        ...(watchdog === undefined ? {} : { watchdog }),
      }),
    );
  }

  /** Removes what a predecessor may have left of a group, and warms up. */
  welcome(name: string): void {
    const { config: { timing }, switches, signal, handle, note, background } = this.parts;
    const tell = (group: string, text: string) => note([warning("started", line(text), { group })]);
    background.spawn(welcome(name, this.orders.get(name)!, { switches, timing, signal, handle, tell }));
  }

  /** Goes on with other options of a group that is down here. */
  change(group: GroupConfig): void {
    const orders = this.orders.get(group.name)!;
    orders.change(group);
    const tell = (text: string) => this.parts.note([warning("file", line(text), { group: group.name })]);
    this.parts.background.spawn(orders.prepare(this.parts.signal, tell));
  }
}
