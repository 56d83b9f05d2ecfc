/**
 * The agent: one engine and everything it needs to be real, put together, started in order and stopped in order.
 *
 * @module
 */
import { Engine } from "../cluster/engine.ts";
import type { Command, Event, OperatorRequest } from "../cluster/events.ts";
import { error, type Reason, warning } from "../cluster/reasons.ts";
import type { View } from "../cluster/view.ts";
import type { ClusterConfig } from "../config/config.ts";
import { endMs, powerMs } from "../cluster/stop_budget.ts";
import { toSpec } from "../config/spec.ts";
import type { Os } from "../os/os.ts";
import type { PluginLog } from "../plugin/contract.ts";
import { atMost, elapsed } from "./bounded.ts";
import { SystemClock } from "./clock.ts";
import { Contexts } from "./contexts.ts";
import { Devices, type DeviceState } from "./devices.ts";
import { Driver } from "./driver.ts";
import { Fences, type FenceState } from "./fences.ts";
import { GroupOrders } from "./group_orders.ts";
import { Interconnect, type PathState } from "./interconnect.ts";
import { Journal, type JournalLine, type JournalListener } from "./journal.ts";
import { type LatestCheck, MonitorRunner } from "./monitor_runner.ts";
import { markOf } from "./mark.ts";
import { StateFile } from "./state_file.ts";
import { SwitchRegister } from "./switch_register.ts";
import { line } from "./told.ts";
import { openWatchdog, type Watchdog } from "./watchdog.ts";
import { WitnessRunner, type WitnessState } from "./witness_runner.ts";

/** What an agent is made of. */
export interface AgentParts {
  config: ClusterConfig;
  /** Which of the servers this is. */
  server: string;
  key: Uint8Array;
  os: Os;
  /** Gets every line of the journal as it is written. */
  onJournal: JournalListener;
  log: (name: string) => PluginLog;
}

/** The agent as the status endpoint sees it. */
export interface AgentView {
  cluster: string;
  server: string;
  configDigest: string;
  startedAt: string;
  view: View;
  devices: DeviceState[];
  /** Whether the other servers could be stopped; null where there is no fence. */
  fence: FenceState | null;
  /** What the witness last said; null where there is none. */
  witness: WitnessState | null;
  paths: (Omit<PathState, "heardMs"> & { silentMs: number | null })[];
  checks: Record<string, LatestCheck | null>;
  reasons: JournalLine[];
}

/** How an agent ended. */
export interface Ended {
  /** 0: in order. 1: something forced it. */
  status: 0 | 1;
  reason: string;
}

/** What a predecessor's dead man's switch gets on top of the time it needs by the timing. In milliseconds. */
const SWITCH_MARGIN_MS = 1_000;
/** A group whose leftovers could not be removed is tried again after this. In milliseconds. */
const SWEEP_AGAIN_MS = 5_000;

/** The end in order takes no longer than this. In milliseconds. */
const CLOSE_MS = 5_000;
/** When something may still be up, only the end of the process lets the dead man's switch act. In milliseconds. */
const FORCED_CLOSE_MS = 300;
/** The ways to turn the machine off share this when nothing is up any more. In milliseconds. */
const MAX_POWER_MS = 15_000;
/** The end of the process must not cut them short. In milliseconds. */
const POWER_MS = MAX_POWER_MS + 6_000;

/** A running agent. */
export class Agent {
  readonly #startedAt = new Date().toISOString();
  readonly #stop = new AbortController();
  readonly #background = new Set<Promise<unknown>>();
  #power: Promise<unknown> = Promise.resolve();
  readonly #orders: Map<string, GroupOrders>;
  readonly #monitors: Map<string, MonitorRunner>;
  readonly #contexts: Contexts;
  readonly #switches: SwitchRegister;
  readonly #devices: Devices;
  readonly #fences: Fences;
  readonly #witness: WitnessRunner | undefined;
  readonly #driver: Driver;
  readonly #watchdog: Watchdog | undefined;
  #interconnect: Interconnect | null = null;
  #finish: (ended: Ended) => void = () => {};
  /** Resolves once the agent has ended and holds nothing any more. */
  readonly ended: Promise<Ended>;

  private constructor(
    private readonly parts: AgentParts,
    private readonly state: StateFile,
    private readonly engine: Engine,
    private readonly journal: Journal,
    clock: SystemClock,
    watchdog: Watchdog | undefined,
  ) {
    const { config, server, os, log } = parts;
    this.#watchdog = watchdog;
    const finished = new Promise<Ended>((resolve) => this.#finish = resolve);
    this.ended = finished.then((ended) => this.#close(ended));
    this.#driver = new Driver(engine, {
      clock,
      save: (durable) => state.save(durable),
      send: (beat) => this.#interconnect?.send(beat),
      accept: (command) => this.#accept(command),
      note: (reasons) => journal.note(reasons),
      down: () => this.#down().length === config.groups.length,
      stepped: () => {
        this.#orders.forEach((orders) => orders.live());
        this.#watchdog?.step();
      },
      dueMs: () => this.#watchdog?.dueMs() ?? Infinity,
      onDiskFailure: (thrown) => this.#diskFailed(thrown),
    }, config.timing);
    this.#switches = new SwitchRegister(config.stateDir);
    const handle = (event: Event) => void this.#driver.handle(event);
    this.#contexts = new Contexts(server, os, config.aws, log, (group) => engine.permitUntilMs(group) - clock.nowMs());
    this.#orders = new Map(
      config.groups.map((group) => [
        group.name,
        new GroupOrders(group, this.#contexts, config.timing, handle, {
          switches: this.#switches,
          mark: markOf(config.stateDir, server, group.name),
          selfFenceAction: config.selfFenceFinalAction,
          ...(this.#watchdog === undefined ? {} : { watchdog: this.#watchdog }),
        }),
      ]),
    );
    this.#monitors = new Map(
      config.monitors.map((monitor) => [
        monitor.name,
        new MonitorRunner(
          monitor,
          this.#contexts,
          (name, verdict) => handle({ type: "verdict", monitor: name, verdict }),
        ),
      ]),
    );
    this.#devices = new Devices(config, this.#contexts, {
      answer: (startedMs, reached, message) => handle({ type: "device", startedMs, reached, message }),
      note: (reasons) => journal.note(reasons),
    });
    const others = config.servers.map(({ name }) => name).filter((name) => name !== server);
    this.#fences = new Fences(config.fence, others, this.#contexts, {
      shot: (shot) => handle({ type: "shot", ...shot }),
      note: (reasons) => journal.note(reasons),
    });
    this.#witness = config.witness && new WitnessRunner(config.witness, config.cluster, this.#contexts, handle);
  }

  /** Starts an agent. Throws when it can't: its state folder, its interconnect. */
  static async start(parts: AgentParts): Promise<Agent> {
    const { config, server } = parts;
    const state = await StateFile.open(config.stateDir, { cluster: config.cluster, server });
    try {
      const recalled = await state.recall();
      const journal = new Journal(config.stateDir, server, parts.onJournal);
      journal.note(recalled.complaints.map((text) => warning("started", `${text}.`)));
      const clock = new SystemClock();
      const engine = new Engine({
        spec: toSpec(config),
        me: server,
        incarnation: crypto.randomUUID(),
        durable: recalled.state,
        remembers: recalled.remembers,
        nowMs: clock.nowMs(),
        seed: crypto.getRandomValues(new Uint32Array(1))[0]!,
      });
      const watchdog = await openWatchdog(config, parts.os, {
        nowMs: () => clock.nowMs(),
        permitUntilMs: (group) => engine.permitUntilMs(group),
        tell: (text) => journal.note([warning("started", `${text}.`)]),
      });
      const agent = new Agent(parts, state, engine, journal, clock, watchdog);
      try {
        await agent.#begin();
      } catch (thrown) {
        agent.#contexts.close();
        await atMost(CLOSE_MS, journal.flush());
        throw thrown;
      }
      return agent;
    } catch (thrown) {
      state.close();
      throw thrown;
    }
  }

  /** Hands an operator's request to the engine. Returns why it was refused; undefined when it was not. */
  request(request: OperatorRequest): string | undefined {
    return this.#driver.handle({ type: "operator", request });
  }

  /** Ends at once, without order: the dead man's switches do what is left. */
  abandon(reason: string): void {
    this.#finish({ status: 1, reason });
  }

  view(): AgentView {
    const nowMs = performance.now();
    return {
      cluster: this.parts.config.cluster,
      server: this.parts.server,
      configDigest: this.parts.config.digest,
      startedAt: this.#startedAt,
      view: this.engine.view(),
      devices: this.#devices.states,
      fence: this.#fences.state,
      witness: this.#witness?.state ?? null,
      paths: (this.#interconnect?.paths() ?? []).map(({ heardMs, ...path }) => ({
        ...path,
        silentMs: heardMs === null ? null : Math.round(nowMs - heardMs),
      })),
      checks: Object.fromEntries([...this.#monitors].map(([name, { latest }]) => [name, latest])),
      reasons: this.journal.recent(50),
    };
  }

  async #begin(): Promise<void> {
    const { config, server, key } = this.parts;
    const own = config.servers.find(({ name }) => name === server)!;
    this.#interconnect = await Interconnect.open({
      cluster: config.cluster,
      me: server,
      key,
      own: own.interconnect,
      peers: new Map(
        config.servers.filter(({ name }) => name !== server).map(({ name, interconnect }) => [name, interconnect]),
      ),
      onBeat: (beat) => void this.#driver.handle({ type: "beat", beat }),
      onTrouble: (text) => this.journal.note([warning("peer-silent", `${text}.`)]),
    });
    this.#driver.handle({ type: "tick" });
    this.#devices.start();
    this.#fences.start();
    this.#spawn(this.#warmUp());
    for (const [group, orders] of this.#orders) this.#spawn(this.#welcome(group, orders));
  }

  async #warmUp(): Promise<void> {
    const failure = await this.#witness?.prepare();
    if (failure !== undefined) this.journal.note([warning("started", line(failure))]);
  }

  /** Removes what is left from before, then warms up. */
  async #welcome(group: string, orders: GroupOrders): Promise<void> {
    const { signal } = this.#stop;
    const { pauseMs, stopMs } = this.parts.config.timing;
    // A predecessor's switch that is still at work would stop what this agent starts.
    await this.#switches.outlived(group, pauseMs + stopMs + SWITCH_MARGIN_MS, signal);
    while (!signal.aborted) {
      const failure = await orders.sweep(signal);
      if (signal.aborted) return;
      this.#driver.handle({ type: "swept", group, ...(failure ? { failure } : {}) });
      if (!failure) break;
      if (!await elapsed(SWEEP_AGAIN_MS, signal)) return;
    }
    await orders.prepare(signal, (text) => this.journal.note([warning("started", line(text), { group })]));
  }

  #accept(command: Command): () => void {
    switch (command.do) {
      case "activate":
      case "deactivate":
      case "fence": {
        const orders = this.#orders.get(command.group)!;
        const ticket = orders.ticket();
        return () => this.#spawn(orders.carryOut(command, ticket));
      }
      case "monitor":
        return () => this.#monitors.get(command.monitor)?.run(command.run);
      case "witness-read":
      case "witness-write":
        return () => this.#witness?.ask(command);
      case "shoot":
        return () => this.#spawn(this.#fences.shoot(command.server, command.request));
      case "power":
        return () => this.#power = this.#spawn(this.parts.os.power(command.action, command.reason, this.#powerMs()));
      case "exit": {
        if (this.#down().length === this.#orders.size) return () => this.#finish({ status: 0, reason: command.reason });
        // Something is left, and only the end of the process lets the switch take it down: no time to wait for a disk.
        this.#finish({ status: 1, reason: command.reason });
        return () => {};
      }
    }
  }

  /** Milliseconds until the machine has to be off: with something up, what a permit and its stop time leave. */
  #powerMs(): number {
    const { config } = this.parts;
    const down = this.#down();
    const up = config.groups.map(({ name }) => name).filter((name) => !down.includes(name));
    const leftMs = up.map((group) => Math.max(0, this.#contexts.permitLeftMs(group)));
    return Math.min(MAX_POWER_MS, ...leftMs.map((ms) => ms + powerMs(config.timing.stopMs)));
  }

  /** The groups of which nothing is up here. */
  #down(): string[] {
    const off = ["offline", "online-failure"];
    return this.engine.view().groups
      .filter(({ resources }) => resources.every(({ status }) => off.includes(status)))
      .map(({ name }) => name);
  }

  #diskFailed(thrown: unknown): void {
    const text = thrown instanceof Error ? thrown.message : String(thrown);
    this.journal.note([
      error("left", `The state can't be written (${text}): without memory there is no vote. The agent ends.`),
    ]);
    this.#finish({ status: 1, reason: `the state can't be written: ${text}` });
  }

  /** Keeps a promise from floating: what it throws is told, and the end waits for it. */
  #spawn(work: Promise<unknown>): Promise<unknown> {
    const kept: Promise<unknown> = work.catch((thrown) => {
      const reason: Reason = error("final-action", `Something failed that must not: ${String(thrown)}.`);
      this.journal.note([reason]);
    }).finally(() => this.#background.delete(kept));
    this.#background.add(kept);
    return kept;
  }

  /** The end. It has a deadline, because as long as the process lives the dead man's switches do nothing. */
  async #close(ended: Ended): Promise<Ended> {
    await Promise.all([
      atMost(
        ended.status === 0 ? CLOSE_MS : Math.min(FORCED_CLOSE_MS, endMs(this.parts.config.timing.stopMs)),
        this.#windUp(),
      ),
      atMost(POWER_MS, this.#power),
    ]);
    this.#watchdog?.close();
    this.#contexts.close();
    this.state.close();
    return ended;
  }

  /**
   * Ends everything that runs. Groups that are down lose their dead man's switch; what may still be up keeps it, and it
   * fires when the process is gone.
   */
  async #windUp(): Promise<void> {
    const out = this.#driver.stop();
    this.#stop.abort(new DOMException("the agent stops", "AbortError"));
    const down = this.#down();
    await Promise.all([
      ...[...this.#monitors.values()].map((monitor) => monitor.close()),
      this.#devices.close(),
      this.#witness?.close(),
      this.#fences.close(),
      ...[...this.#orders].map(async ([name, orders]) => {
        await orders.close();
        if (down.includes(name)) await orders.disarm();
      }),
    ]);
    await Promise.all(this.#background);
    await this.#interconnect?.close();
    await this.journal.flush();
    await out;
  }
}
