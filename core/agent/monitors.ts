/**
 * The monitors of one agent.
 *
 * @module
 */
import type { Event } from "../cluster/events.ts";
import type { MonitorConfig } from "../config/config.ts";
import type { CheckStrays } from "./check_strays.ts";
import type { Contexts } from "./contexts.ts";
import { type LatestCheck, MonitorRunner } from "./monitor_runner.ts";

/** All of them, by their names. */
export class Monitors {
  readonly #runners = new Map<string, MonitorRunner>();
  /** Those that the engine wants to run. */
  readonly #wanted = new Set<string>();

  constructor(
    configs: readonly MonitorConfig[],
    private readonly contexts: Contexts,
    private readonly handle: (event: Event) => void,
    /** Who looks for what the checks of a monitor leave behind; left out: nobody. */
    private readonly straysOf?: (monitor: string) => CheckStrays,
  ) {
    for (const config of configs) this.#runners.set(config.name, this.#runner(config));
  }

  /** Starts or stops the checks of one. */
  run(name: string, wanted: boolean): void {
    if (wanted) this.#wanted.add(name);
    else this.#wanted.delete(name);
    this.#runners.get(name)?.run(wanted);
  }

  /** One more, which runs when the engine wants it to. */
  add(config: MonitorConfig): void {
    this.#runners.set(config.name, this.#runner(config));
  }

  /** One that is no more. */
  async remove(name: string): Promise<void> {
    const runner = this.#runners.get(name);
    this.#runners.delete(name);
    this.#wanted.delete(name);
    await runner?.close();
  }

  /** Checks one in another way from now on. Its state in the engine stays what it is. */
  async change(config: MonitorConfig): Promise<void> {
    const before = this.#runners.get(config.name);
    if (!before) return;
    const runner = this.#runner(config);
    runner.latest = before.latest;
    this.#runners.set(config.name, runner);
    await before.close();
    if (this.#runners.get(config.name) === runner) runner.run(this.#wanted.has(config.name));
  }

  /** The latest check of each. */
  get checks(): Record<string, LatestCheck | null> {
    return Object.fromEntries([...this.#runners].map(([name, { latest }]) => [name, latest]));
  }

  async close(): Promise<void> {
    this.#wanted.clear();
    await Promise.all([...this.#runners.values()].map((runner) => runner.close()));
  }

  #runner(config: MonitorConfig): MonitorRunner {
    return new MonitorRunner(
      config,
      this.contexts,
      (name, verdict, check) => this.handle({ type: "verdict", monitor: name, verdict: { ...verdict, ...check } }),
      undefined,
      this.straysOf?.(config.name),
    );
  }
}
