/**
 * Instances that somebody plays: the process that stands for the machine is ended before EC2 says that the instance is
 * stopped, and started before it says that it runs.
 *
 * @module
 */
import type { Instance, InstanceState, Region } from "./model.ts";

/** Turns the machine that plays an instance on or off; EC2 shows the new state once it has. */
export type Power = (instanceId: string, power: "on" | "off") => void | Promise<void>;

/** What following the instances needs of the sandbox. */
export interface PowerParts {
  power: Power;
  now: () => number;
  /** Resolves with false when the sandbox closes before. */
  wait: (ms: number) => Promise<boolean>;
}

const POWER: Partial<Record<InstanceState, "on" | "off">> = { running: "on", stopped: "off", terminated: "off" };

/** Makes what follows the changes of a region; call it after every change. */
export function followInstances({ power, now, wait }: PowerParts): (region: Region) => void {
  const follow = async (instance: Instance) => {
    const transition = instance.transitions[0];
    const wanted = transition && POWER[transition.state];
    if (!transition || !wanted || transition.held !== undefined) return;
    transition.held = true;
    // Replaced in the meantime by another stop or start: that one is followed for itself.
    if (!await wait(Math.max(0, transition.at - now())) || instance.transitions[0] !== transition) return;
    await power(instance.id, wanted);
    transition.held = false;
  };
  return (region) => {
    for (const instance of region.instances) {
      // A machine that could not be turned off is not: its instance stays on its way, as a stuck one does.
      follow(instance).catch(() => {});
    }
  };
}
