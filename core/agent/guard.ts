/**
 * The dead man's switch of one group: armed before its first resource goes up, disarmed once the last is down. When the
 * agent dies in between, however it dies, the switch takes the addresses off and runs the stop actions.
 *
 * An agent that does not run is as bad as a dead one. A process can be stopped, starved or stuck in a plugin's loop for
 * any time, and what it carries goes on while another server takes over. So the switch is told again and again up to
 * when the agent may serve, and fires when it has heard nothing newer:
 *
 *     the end of the permit + pause          the switch kills what the agent was running, then runs its commands
 *     ... + (1 - SHARE) * stop               margin: waking the switch, starting its commands
 *     ... + SHARE * stop                     its commands have ended, each within its part of this
 *
 * Together that is permit + pause + stop after a heartbeat that a majority has confirmed, which is the left side of the
 * safety inequality (`core/cluster/timing.ts`): an agent that is paused for ever is not worse than one that runs. What
 * the switch is told is the end of the permit, not "alive" as such. A permit counts from the *send* time of a confirmed
 * heartbeat, so an agent that runs but is not heard gains nothing by saying so.
 *
 * An agent that fences itself runs the same stop actions. It keeps the switch off for `pause` at a time, for as long as
 * the fence lasts, so that the two don't run one stop action beside each other; if it is paused in the middle of that,
 * the switch takes over. This is the one case in which more than `pause` is lost: the permit ends for another reason,
 * and then the agent is paused as well.
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
import type { Timing } from "../cluster/timing.ts";
import type { DeadMansSwitch } from "../os/os.ts";
import { bounded } from "./bounded.ts";
import type { Contexts } from "./contexts.ts";
import type { SwitchRegister } from "./switch_register.ts";

/** Share of the stop time that the switch's commands get together; noticing the death takes the rest. */
const SHARE = 0.75;
/** No command gets less, however many there are. In milliseconds. */
const MIN_COMMAND_MS = 200;
/** The switch is told of a new end of the permit when it is later by this share of the pause. */
const NEWS = 0.25;
/** A fence that lasts tells the switch so this many times in a pause. */
const HOLDS = 3;

/** The times a guard needs, in milliseconds. */
export type GuardTiming = Pick<Timing, "pauseMs" | "stopMs">;

type Commands = readonly (readonly [string, ...string[]])[];

/** The guard of one group. */
export class Guard {
  #armed: DeadMansSwitch | null = null;
  /** When the switch fires unless it hears more, on the clock of `performance.now()`. */
  #firesMs = -Infinity;
  /** What is being done; the next thing waits for it, so that no switch is ever started beside another and forgotten. */
  #doing: Promise<void> = Promise.resolve();

  constructor(
    private readonly group: GroupConfig,
    private readonly contexts: Contexts,
    private readonly timing: GuardTiming,
    /** Remembers the switch for the agent's successor; left out where there will be none. */
    private readonly switches?: SwitchRegister,
  ) {}

  /** Arms it unless it is armed. */
  arm(signal: AbortSignal): Promise<void> {
    return this.#next(async () => {
      if (this.#armed) return;
      const commands = await this.#commands(signal);
      signal.throwIfAborted();
      if (commands.length === 0) return;
      const eachMs = Math.max(MIN_COMMAND_MS, Math.floor((this.timing.stopMs * SHARE) / commands.length));
      await this.#set(commands, eachMs);
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
    tell();
    const timer = setInterval(tell, Math.max(1, Math.floor(pauseMs / HOLDS)));
    return () => clearInterval(timer);
  }

  disarm(): Promise<void> {
    return this.#next(async () => {
      const armed = this.#armed;
      this.#armed = null;
      await armed?.disarm();
      if (armed) await this.switches?.forget(this.group.name);
    });
  }

  async #set(commands: Commands, eachMs: number): Promise<void> {
    const armed = this.#armed = await this.contexts.os.deadMansSwitch(commands, eachMs);
    await this.switches?.note(this.group.name, armed.pid);
    this.#firesMs = -Infinity;
    this.live();
    this.#watch(armed, commands, eachMs).catch(() => {});
  }

  /** Arms a new switch when somebody has killed this one. */
  async #watch(armed: DeadMansSwitch, commands: Commands, eachMs: number): Promise<void> {
    await armed.ended;
    await this.#next(async () => {
      if (this.#armed !== armed) return;
      this.#armed = null;
      // It has fired: the permit has ended, and the next step takes down what is left.
      if (!(this.contexts.permitLeftMs(this.group.name) > 0)) return;
      await this.#set(commands, eachMs);
    });
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

  /** Addresses first: clients must not reach a service that is being stopped. */
  async #commands(signal: AbortSignal): Promise<Commands> {
    const commands: (readonly [string, ...string[]])[] = [];
    const reversed = this.group.resources.toReversed();
    for (const address of [true, false]) {
      for (const resource of reversed.filter(({ plugin }) => (plugin.address ?? false) === address)) {
        const subject = { name: resource.name, options: resource.options, group: this.group.name };
        const { guard } = resource.plugin;
        if (!guard) continue;
        const work = (within: AbortSignal) => guard.call(resource.plugin, this.contexts.of(subject, within));
        commands.push(...await bounded(signal, resource.activateTimeoutMs, work));
      }
    }
    return commands;
  }
}
