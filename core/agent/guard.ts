/**
 * The dead man's switch of one group: armed before its first resource goes up, disarmed once the last is down. When the
 * agent dies in between, however it dies, the switch takes the addresses off and runs the stop actions.
 *
 * An agent that does not run is as bad as a dead one. A process can be stopped, starved or stuck in a plugin's loop for
 * any time, and what it carries goes on while another server takes over. So the switch is told again and again up to
 * when the agent may serve, and fires when it has heard nothing newer:
 *
 *     the end of the permit + pause   the switch kills what the agent was running, then does what a fence does, in the
 *                                     same order and the same shares: addresses, stops, kill, once more
 *     ... + switchMs of the stop time that has ended (`core/cluster/stop_budget.ts`)
 *     ... + the rest of it            margin: waking the switch, starting its commands
 *
 * Together that is permit + pause + stop after a heartbeat that a majority has confirmed, which is the left side of the
 * safety inequality (`core/cluster/timing.ts`): an agent that is paused for ever is not worse than one that runs. What
 * the switch is told is the end of the permit, not "alive" as such. A permit counts from the *send* time of a confirmed
 * heartbeat, so an agent that runs but is not heard gains nothing by saying so.
 *
 * An agent that fences itself runs the same stop actions. It keeps the switch off for `pause` at a time, for as long as
 * the fence lasts, so that the two don't run one stop action beside each other; if it is paused in the middle of that,
 * the switch takes over. It knows that the stop time runs already, and kills before it asks anything to stop. What is
 * lost then is the `pause` until it notices; an agent that dies in the middle loses nothing.
 *
 * When the agent wakes up, its first step sees that the permit has ended and fences. A switch that has ended by itself
 * while the permit lasts was killed by somebody: it is armed again.
 *
 * A pause of the whole machine stops the switch too; it fires when the machine goes on. Until then nothing runs here,
 * but the address is still on the NIC and the service's connections still open: for the moment between the end of the
 * pause and the end of the commands. No program on a machine can do better; see `docs/lab.md`.
 *
 * @module
 */
import type { GroupConfig } from "../config/config.ts";
import { fenceBudget, hurriedMs, type SelfFenceAction, switchMs } from "../cluster/stop_budget.ts";
import type { Timing } from "../cluster/timing.ts";
import type { DeadMansSwitch, SwitchPlan } from "../os/os.ts";
import { every } from "../plugin/callbacks.ts";
import type { PluginContext } from "../plugin/contract.ts";
import { Fault, FAULT_CODES } from "../plugin/fault.ts";
import { bounded, elapsed } from "./bounded.ts";
import type { Contexts } from "./contexts.ts";
import type { SwitchRegister } from "./switch_register.ts";

/** A stop command with less is not worth starting. In milliseconds. */
const MIN_COMMAND_MS = 40;
/** The switch is told of a new end of the permit when it is later by this share of the pause. */
const NEWS = 0.25;
/** A switch that was killed, and could not be started again, is tried again after this. In milliseconds. */
const AGAIN_MS = 250;
/** A fence that lasts tells the switch so this many times in a pause. */
const HOLDS = 3;

/** The times a guard needs, in milliseconds. */
export type GuardTiming = Pick<Timing, "pauseMs" | "stopMs">;

/** What a guard may be given besides. */
export interface GuardExtras {
  /** Remembers the switch for the agent's successor; left out where there will be none. */
  switches?: SwitchRegister;
  /** Of the processes of the group, see `marked_processes.ts`. */
  mark?: string;
  /** What answers a fence that left something; default: `shutdown`. */
  selfFenceAction?: SelfFenceAction;
  /** Says something that an operator should know; a sentence without its full stop. */
  tell?(text: string): void;
}

type Commands = readonly (readonly [string, ...string[]])[];

/** The guard of one group. */
export class Guard {
  #armed: DeadMansSwitch | null = null;
  /** Ends when the group needs no switch any more. */
  #needed = new AbortController();
  /** An operator was told that the switch ends with the agent's service. */
  #toldTied = false;
  /** When the switch fires unless it hears more, on the clock of `performance.now()`. */
  #firesMs = -Infinity;
  /** What is being done; the next thing waits for it, so that no switch is ever started beside another and forgotten. */
  #doing: Promise<void> = Promise.resolve();

  constructor(
    private group: GroupConfig,
    private readonly contexts: Contexts,
    private readonly timing: GuardTiming,
    private readonly extras: GuardExtras = {},
  ) {}

  /** The next switch stops the group with other options. Only while none is armed. */
  change(group: GroupConfig): void {
    this.group = group;
  }

  /** Arms it unless it is armed. */
  arm(signal: AbortSignal): Promise<void> {
    return this.#next(async () => {
      if (this.#armed) return;
      const plan = await this.#plan(signal);
      signal.throwIfAborted();
      this.#needed.abort();
      this.#needed = new AbortController();
      if (plan.off.length + plan.stop.length > 0) await this.#set(plan);
    });
  }

  /** Tells the switch up to when the permit lasts now. */
  live(): void {
    const { pauseMs } = this.timing;
    this.#tell(this.contexts.permitLeftMs(this.group.name) + pauseMs, pauseMs * NEWS);
  }

  /** Keeps the switch off for as long as the agent runs and stops everything itself. Returns what ends that. */
  hold(): () => void {
    const { pauseMs } = this.timing;
    const tell = () => this.#tell(pauseMs, 0);
    if (this.extras.selfFenceAction !== "stop-service") this.#armed?.hurry();
    tell();
    const timer = every("the word to a switch", Math.max(1, Math.floor(pauseMs / HOLDS)), tell);
    return () => clearInterval(timer);
  }

  disarm(): Promise<void> {
    this.#needed.abort();
    return this.#next(async () => {
      const armed = this.#armed;
      this.#armed = null;
      await armed?.disarm();
      if (armed) await this.extras.switches?.forget(this.group.name);
    });
  }

  async #set(plan: SwitchPlan): Promise<void> {
    const armed = this.#armed = await this.contexts.os.deadMansSwitch(plan);
    if (armed.tied !== undefined && !this.#toldTied) {
      this.#toldTied = true;
      this.extras.tell?.(tied(this.group.name, armed.tied));
    }
    await this.extras.switches?.note(this.group.name, armed.pid);
    this.#firesMs = -Infinity;
    this.live();
    this.#watch(armed, plan, this.#needed.signal).catch(() => {});
  }

  /** Arms a new switch when somebody has killed this one. */
  async #watch(armed: DeadMansSwitch, plan: SwitchPlan, needed: AbortSignal): Promise<void> {
    await armed.ended;
    await this.#next(() => {
      if (this.#armed === armed) this.#armed = null;
      return Promise.resolve();
    });
    // What killed it (too little memory, say) may keep another from being started for a while.
    for (let told = false;;) {
      try {
        return await this.#next(async () => {
          // When it has fired, the permit has ended, and the next step takes down what is left.
          if (needed.aborted || this.#armed || !(this.contexts.permitLeftMs(this.group.name) > 0)) return;
          await this.#set(plan);
        });
      } catch (error) {
        if (!told) this.extras.tell?.(unguarded(this.group.name, error));
        told = true;
      }
      if (!await elapsed(AGAIN_MS, needed)) return;
    }
  }

  #tell(ms: number, newsMs: number): void {
    const firesMs = performance.now() + ms;
    if (!this.#armed || !Number.isFinite(ms) || ms <= 0 || firesMs <= this.#firesMs + newsMs) return;
    this.#firesMs = firesMs;
    this.#armed.alive(ms);
  }

  #next(work: () => Promise<void>): Promise<void> {
    const done = this.#doing.then(work);
    this.#doing = done.catch(() => {});
    return done;
  }

  /** What the switch does: the commands of the resources from the last to the first, and the times for them. */
  async #plan(signal: AbortSignal): Promise<SwitchPlan> {
    const { name, resources } = this.group;
    const reversed = resources.toReversed();
    const of = async (which: "guard" | "kill", address: boolean) => {
      const commands: (readonly [string, ...string[]])[] = [];
      for (const resource of reversed.filter(({ plugin }) => (plugin.address ?? false) === address)) {
        const ask: ((context: PluginContext) => Promise<Commands>) | undefined = resource.plugin[which];
        if (!ask) continue;
        const subject = { name: resource.name, options: resource.options, group: name };
        const work = (within: AbortSignal) => ask.call(resource.plugin, this.contexts.of(subject, within));
        commands.push(...await bounded(signal, resource.activateTimeoutMs, work));
      }
      return commands;
    };
    const [off, stop, kill] = [await of("guard", true), await of("guard", false), await of("kill", false)];
    const { selfFenceAction = "shutdown", mark } = this.extras;
    const wholeMs = switchMs(this.timing.stopMs, selfFenceAction);
    const { addressesMs, stopsMs, killMs, againMs } = fenceBudget(wholeMs);
    const each = (ms: number, commands: Commands) => Math.floor(ms / Math.max(1, commands.length));
    const stopMs = each(stopsMs, stop);
    if (stop.length > 0 && stopMs < MIN_COMMAND_MS) {
      throw new Fault(
        FAULT_CODES.internal,
        `the dead man's switch of ${name} would have ${stopMs} ms for each of ${stop.length} stop commands ` +
          `(stop time ${this.timing.stopMs} ms, ${wholeMs} ms of it for the switch, ${stopsMs} ms of that for stops)`,
        {
          remedy: `at least ${MIN_COMMAND_MS} ms are needed: raise \`timing: { detection }\`, or make fewer resources`,
        },
      );
    }
    return {
      group: name,
      off,
      offMs: addressesMs,
      stop,
      stopMs,
      kill,
      ...(mark === undefined ? {} : { mark }),
      killMs: each(killMs, kill),
      againMs: each(againMs, stop),
      hurriedMs: hurriedMs(this.timing.stopMs, stop.length),
    };
  }
}

function tied(group: string, why: string): string {
  return `the dead man's switch of ${group} can't leave the cgroup of the agent (${why}): what ends all of that at once ` +
    "(systemctl kill, a kernel without memory) ends both, and the group stays up beside its successor; run the agent as " +
    "root, or see baton check --here";
}

function unguarded(group: string, error: unknown): string {
  return `the dead man's switch of ${group} was killed, and can't be started again ` +
    `(${
      error instanceof Error ? error.message : String(error)
    }): until it can, an agent that dies or freezes leaves the ` +
    "group up; see what killed it, and whether this machine has memory and processes left";
}
