/**
 * Whom each command of the engine goes to.
 *
 * What must be looked at in the very step that gave the command (the order of a group, the run of a script) is looked
 * at when it is accepted; what takes effect outside is handed back, to be started once all of the step are accepted.
 *
 * @module
 */
import type { Command } from "../cluster/events.ts";
import type { Background } from "./background.ts";
import type { Fences } from "./fences.ts";
import type { GroupOrders } from "./group_orders.ts";
import type { MachineEnd } from "./machine_end.ts";
import type { Monitors } from "./monitors.ts";
import type { RecoveryScripts } from "./recovery_scripts.ts";
import type { WitnessRunner } from "./witness_runner.ts";

/** The engine asks for the end of this agent. */
export type ExitCommand = Extract<Command, { do: "exit" }>;

/** Those who carry commands out. */
export interface CommandReceivers {
  orders: ReadonlyMap<string, Pick<GroupOrders, "ticket" | "carryOut">>;
  monitors: Pick<Monitors, "run">;
  scripts: Pick<RecoveryScripts, "order" | "fence">;
  witness: Pick<WitnessRunner, "ask"> | undefined;
  fences: Pick<Fences, "shoot">;
  machineEnd: Pick<MachineEnd, "take">;
  background: Pick<Background, "spawn">;
  /** Accepts the end of the agent. */
  exit(command: ExitCommand): () => void;
}

/** Hands commands to their receivers. */
export class Commands {
  #power: Promise<unknown> = Promise.resolve();

  constructor(private readonly to: CommandReceivers) {}

  /** The latest end of the machine that was asked for; resolved while there was none. */
  get power(): Promise<unknown> {
    return this.#power;
  }

  /** Accepts a command within the step that gave it; what comes back carries it out. */
  accept(command: Command): () => void {
    const { orders, monitors, scripts, witness, fences, machineEnd, background } = this.to;
    switch (command.do) {
      case "activate":
      case "deactivate":
      case "fence": {
        const group = orders.get(command.group)!;
        const ticket = group.ticket();
        if (command.do === "fence") scripts.fence(command.group);
        return () => background.spawn(group.carryOut(command, ticket));
      }
      case "monitor":
        return () => monitors.run(command.monitor, command.run);
      case "script": {
        const run = scripts.order(command);
        return () => background.spawn(run());
      }
      case "witness-read":
      case "witness-write":
        return () => witness?.ask(command);
      case "shoot":
        return () => background.spawn(fences.shoot(command.server, command.request));
      case "power":
        return () => this.#power = background.spawn(machineEnd.take(command));
      case "exit":
        return this.to.exit(command);
    }
  }
}
