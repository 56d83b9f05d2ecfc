/**
 * The agent's side of the watchdog device. It runs exactly while something of a group may be up here: opened before the
 * first resource goes up, stopped when the last group is known to be down, and fed in between by the same step that looks
 * at the permits. An agent that is frozen, starved, stuck in a loop or dead feeds nothing, and the machine is reset; also
 * one that is dead and whose dead man's switch has taken everything down, because nobody is left who could tell.
 *
 * Fed is only
 * - while every group that is held has a permit, or
 * - while one is being fenced, as long as the reset would still come before another server may begin.
 *
 * @module
 */
import type { Timing } from "../cluster/timing.ts";
import type { ClusterConfig, WatchdogConfig } from "../config/config.ts";
import { feedEveryMs, resetWithinMs, watchdogProblems } from "../config/watchdog.ts";
import type { Os } from "../os/os.ts";
import type { OpenWatchdog, WatchdogDevice } from "../os/watchdog.ts";

/** What it needs of the agent. Times on the agent's clock, in milliseconds. */
export interface WatchdogPorts {
  nowMs(): number;
  permitUntilMs(group: string): number;
  /** Says something that an operator should know. */
  tell(text: string): void;
}

/** A device that can't do what the configuration relies on. */
export class WatchdogError extends Error {
  override name = "WatchdogError";
}

/** Setting the timeout may take this long. In milliseconds. */
const SET_MS = 2_000;

/** The watchdog of one agent. */
export class Watchdog {
  #open: OpenWatchdog | null = null;
  /** Group -> when its right to be up ends, or ended. */
  readonly #held = new Map<string, number>();
  /** Groups that are being fenced: what their permit says counts no more. */
  readonly #fencing = new Set<string>();
  /** When it was last asked whether to feed. */
  #lookedMs = -Infinity;
  #starves = false;
  /** It was opened and its driver never lets go of it: it is fed for as long as the agent runs. */
  #unstoppable = false;
  /** What the device really has. */
  #timeoutMs: number;
  /** Opening waits for nobody, but looks at the device first: two groups must not do that at once. */
  #opening: Promise<void> = Promise.resolve();

  constructor(
    private readonly config: WatchdogConfig,
    private readonly timing: Timing,
    private readonly device: WatchdogDevice,
    private readonly ports: WatchdogPorts,
  ) {
    this.#timeoutMs = config.timeoutMs;
  }

  /**
   * Looks whether the device is there, free and quick enough, and sets its timeout where that can be undone. Nothing runs
   * afterwards. Throws a {@linkcode WatchdogError} that says what is wrong.
   */
  async prepare(): Promise<void> {
    const { device } = this.config;
    let facts = await this.#facts();
    if (facts.active) {
      throw new WatchdogError(
        `watchdog: ${device} (${facts.identity}) runs already: another program has it, or an agent that died left it ` +
          `running and the machine is about to be reset; stop that program (systemd: RuntimeWatchdogSec=0), or name ` +
          `another device`,
      );
    }
    if (facts.timeoutMs !== this.config.timeoutMs && !facts.noWayOut) {
      await this.device.setTimeout(this.config.timeoutMs, AbortSignal.timeout(SET_MS)).catch((error) => {
        this.ports.tell(`watchdog: the timeout of ${device} could not be set: ${textOf(error)}`);
      });
      facts = await this.#facts();
    }
    this.#verify(facts.timeoutMs, facts.noWayOut);
    if (facts.noWayOut) {
      this.ports.tell(
        `watchdog: ${device} was loaded with nowayout: once a group was up here, only a running agent keeps this ` +
          `machine from a reset, also after its groups are down`,
      );
    }
  }

  /** A group is about to have something up. Opens the device when it is the first. */
  hold(group: string, signal: AbortSignal): Promise<void> {
    const done = this.#opening.then(async () => {
      this.#fencing.delete(group);
      if (!this.#open) await this.#begin(signal);
      if (this.#open) this.#held.set(group, this.ports.permitUntilMs(group));
    });
    this.#opening = done.catch(() => {});
    return done;
  }

  /** The agent ends. What is still up then, or never lets go, ends in a reset. */
  close(): void {
    const open = this.#open;
    this.#open = null;
    open?.abandon();
  }

  async #begin(signal: AbortSignal): Promise<void> {
    try {
      const facts = await this.#facts();
      this.#verify(facts.timeoutMs, facts.noWayOut);
      signal.throwIfAborted();
      this.#open = this.device.open();
      this.#starves = false;
      this.#feed();
    } catch (error) {
      if (this.config.required || signal.aborted) throw error;
      this.ports.tell(`${textOf(error)}; the group goes up without it, because it is not required`);
    }
  }

  /** A group is being fenced, or was found to have been asleep: from now on its permit counts as ended. */
  fencing(group: string): void {
    const untilMs = this.#held.get(group);
    if (untilMs === undefined) return;
    this.#held.set(group, Math.min(untilMs, this.ports.nowMs()));
    this.#fencing.add(group);
  }

  /** A majority has confirmed since the fence began that nobody else has the group: its permit counts as it is again. */
  confirmed(group: string): void {
    this.#fencing.delete(group);
  }

  /** Nothing of the group is up. Stops the device when it was the last. */
  release(group: string): void {
    if (!this.#held.delete(group)) return;
    this.#fencing.delete(group);
    if (this.#held.size > 0 || this.#unstoppable) return;
    const open = this.#open;
    this.#open = null;
    open?.stop();
  }

  /** When the next {@linkcode Watchdog.step} is due; Infinity while nothing is up. */
  dueMs(): number {
    return this.#open ? this.#lookedMs + feedEveryMs(this.timing, this.#timeoutMs) : Infinity;
  }

  /** Feeds it when it is time and right to. Called in every step. */
  step(): void {
    if (!this.#open) return;
    const nowMs = this.ports.nowMs();
    if (nowMs < this.#lookedMs + feedEveryMs(this.timing, this.#timeoutMs) / 2) return;
    this.#lookedMs = nowMs;
    for (const [group, knownMs] of this.#held) {
      const untilMs = this.#fencing.has(group) ? -Infinity : this.ports.permitUntilMs(group);
      this.#held.set(group, untilMs > nowMs ? untilMs : Math.min(knownMs, nowMs));
    }
    const endMs = Math.min(Infinity, ...this.#held.values());
    if (endMs > nowMs || nowMs + this.#timeoutMs <= endMs + resetWithinMs(this.timing)) return this.#feed();
    if (this.#starves) return;
    this.#starves = true;
    this.ports.tell(
      `watchdog: ${this.config.device} is not fed any more, because a group without a permit is not down yet; the machine ` +
        `is reset ${this.#timeoutMs} ms after it was fed last`,
    );
  }

  #feed(): void {
    this.#lookedMs = this.ports.nowMs();
    try {
      this.#open?.feed();
    } catch (error) {
      if (!this.#starves) this.ports.tell(`watchdog: ${this.config.device} does not take its food: ${textOf(error)}`);
      this.#starves = true;
    }
  }

  async #facts() {
    try {
      return await this.device.facts();
    } catch (error) {
      throw new WatchdogError(`watchdog: ${textOf(error)}`);
    }
  }

  /** The device's own timeout is what counts, whatever is written. */
  #verify(timeoutMs: number, noWayOut: boolean): void {
    const { device, timeoutMs: writtenMs } = this.config;
    this.#unstoppable = noWayOut;
    this.#timeoutMs = timeoutMs;
    const [problem] = watchdogProblems(this.timing, timeoutMs);
    if (problem === undefined) return;
    const remedy = noWayOut
      ? "it has nowayout, so set it when its driver is loaded (softdog: soft_margin=SECONDS)"
      : "set it by hand (wdctl -s SECONDS), or take another device";
    throw new WatchdogError(
      `watchdog: the timeout of ${device} is ${timeoutMs} ms, not ${writtenMs} ms, and ${problem}; ${remedy}`,
    );
  }
}

/** What an agent is, as far as its watchdog is concerned. */
export interface WatchdogOwner {
  config: Pick<ClusterConfig, "watchdog" | "timing">;
  os: Pick<Os, "name" | "watchdog">;
  /** It may reset no machine. */
  noPower?: boolean;
}

/** The watchdog of an agent, ready; undefined where there is to be none. Throws where it is required and can't work. */
export async function openWatchdog(
  { config: { watchdog, timing }, os, noPower }: WatchdogOwner,
  ports: WatchdogPorts,
): Promise<Watchdog | undefined> {
  if (!watchdog) return undefined;
  if (noPower) {
    ports.tell(
      `watchdog: ${watchdog.device} is left alone because of --no-power: an agent that freezes resets nothing`,
    );
    return undefined;
  }
  try {
    const device = os.watchdog(watchdog.device);
    if (!device) throw new WatchdogError(`watchdog: there is no watchdog device on ${os.name}; remove \`watchdog\``);
    const ready = new Watchdog(watchdog, timing, device, ports);
    await ready.prepare();
    return ready;
  } catch (error) {
    if (watchdog.required) throw error;
    ports.tell(`${textOf(error)}; the agent runs without it, because it is not required`);
    return undefined;
  }
}

function textOf(error: unknown): string {
  const remedy = (error as { remedy?: unknown }).remedy;
  const text = error instanceof Error ? error.message : String(error);
  return typeof remedy === "string" && remedy !== "" ? `${text}; ${remedy}` : text;
}
