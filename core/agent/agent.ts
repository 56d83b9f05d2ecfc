/**
 * The agent: one engine and everything it needs to be real, put together, started in order and stopped in order.
 *
 * @module
 */
import type { Engine } from "../cluster/engine.ts";
import type { Event, OperatorRequest } from "../cluster/events.ts";
import { error, type Reason, warning } from "../cluster/reasons.ts";
import { endMs } from "../cluster/stop_budget.ts";
import { type ApplyOutcome, ApplyRefused, type ApplyRequest } from "./apply/coordinator.ts";
import { FileChanges } from "./apply/file_changes.ts";
import { type AgentParts, type Ended, inOrder } from "./agent_parts.ts";
import { Background } from "./background.ts";
import { atMost } from "./bounded.ts";
import { type AgentView, downGroups, pathViews, unclearServers } from "./agent_view.ts";
import { Breakdown } from "./breakdown.ts";
import { CheckStrays } from "./check_strays.ts";
import { SystemClock } from "./clock.ts";
import { Commands, type ExitCommand } from "./commands.ts";
import { Contexts } from "./contexts.ts";
import { Devices } from "./devices.ts";
import { Driver } from "./driver.ts";
import { engineOf } from "./engine_of.ts";
import { EXIT_STATUS } from "./exit_status.ts";
import { Fences, type Shot } from "./fences.ts";
import { goOn } from "./go_on.ts";
import { Groups } from "./groups.ts";
import { Inbox } from "./inbox.ts";
import { Interconnect, interconnectOf } from "./interconnect.ts";
import { Journal } from "./journal.ts";
import { Monitors } from "./monitors.ts";
import { watchKeys } from "./key_watch.ts";
import { MachineEnd, MAX_POWER_MS } from "./machine_end.ts";
import { markOf } from "./mark.ts";
import { PowerLog } from "./power_log.ts";
import { isPreflightQuestion } from "./peer_questions.ts";
import { PreflightRunner, type PreflightState } from "./preflight_runner.ts";
import { RecoveryScripts } from "./recovery_scripts.ts";
import { modulesOf } from "./modules.ts";
import { StateFile } from "./state_file.ts";
import { SwitchRegister } from "./switch_register.ts";
import { line } from "./told.ts";
import { openWatchdog, type Watchdog } from "./watchdog.ts";
import { WitnessRunner } from "./witness_runner.ts";

export type { AgentParts, AgentView, Ended };

/** The end in order takes no longer than this. In milliseconds. */
const CLOSE_MS = 5_000;
/** When something may still be up, only the end of the process lets the dead man's switch act. In milliseconds. */
const FORCED_CLOSE_MS = 300;
/** The end of the process must not cut them short. In milliseconds. */
const POWER_MS = MAX_POWER_MS + 6_000;

/** A running agent. */
export class Agent {
  readonly #startedAt = new Date().toISOString();
  readonly #stop = new AbortController();
  readonly #breakdown = new Breakdown({
    note: (reasons) => this.journal.note(reasons),
    leave: () => void this.request({ op: "leave", by: "an error of its own" }),
    abandon: (reason) => this.abandon(reason),
  });
  /** Something was thrown in this process that nobody caught: the agent says so, leaves in order and ends. */
  readonly broken = (thrown: unknown): void => this.#breakdown.report(thrown);
  readonly #background = new Background(this.broken);
  readonly #groups: Groups;
  readonly #monitors: Monitors;
  readonly #contexts: Contexts;
  readonly #switches: SwitchRegister;
  readonly #scripts: RecoveryScripts;
  readonly #commands: Commands;
  readonly #devices: Devices;
  readonly #fences: Fences;
  readonly #witness: WitnessRunner | undefined;
  readonly #preflight: PreflightRunner;
  readonly #driver: Driver;
  readonly #watchdog: Watchdog | undefined;
  #interconnect: Interconnect | null = null;
  #files: FileChanges | null = null;
  #again = false;
  #finish: (ended: Ended) => void = () => {};
  /** Resolves once the agent has ended and holds nothing any more. */
  readonly ended: Promise<Ended>;

  private constructor(
    private readonly parts: AgentParts,
    private readonly state: StateFile,
    private readonly engine: Engine,
    private readonly journal: Journal,
    private readonly powerLog: PowerLog,
    clock: SystemClock,
    watchdog: Watchdog | undefined,
  ) {
    const { config, server, os, log } = parts;
    const note = (reasons: readonly Reason[]) => journal.note(reasons);
    this.#watchdog = watchdog;
    const finished = new Promise<Ended>((resolve) => this.#finish = resolve);
    this.ended = finished.then((ended) => this.#close(ended));
    this.#driver = new Driver(engine, {
      clock,
      save: (durable) => state.save(durable),
      send: (beat) => this.#interconnect?.send(beat),
      accept: (command) => this.#commands.accept(command),
      note,
      stepped: () => {
        this.#groups.orders.forEach((orders) => orders.live());
        this.#watchdog?.step();
      },
      dueMs: () => this.#watchdog?.dueMs() ?? Infinity,
      onDiskFailure: (thrown) => this.#diskFailed(thrown),
    });
    this.#switches = new SwitchRegister(config.stateDir);
    const handle = (event: Event) => void this.#driver.handle(event);
    this.#contexts = new Contexts(server, os, config.aws, log, (group) => engine.permitUntilMs(group) - clock.nowMs());
    this.#groups = new Groups({
      config,
      server,
      contexts: this.#contexts,
      switches: this.#switches,
      watchdog,
      background: this.#background,
      handle,
      note: (reasons) => journal.note(reasons),
      signal: this.#stop.signal,
    });
    const straysOf = (name: string) =>
      new CheckStrays(name, markOf(config.stateDir, server, `monitor ${name}`), os, note);
    this.#monitors = new Monitors(config.monitors, this.#contexts, handle, straysOf);
    this.#scripts = new RecoveryScripts({
      server,
      // A new file may bring others.
      monitors: () => parts.config.monitors,
      os,
      markOf: (group) => markOf(config.stateDir, server, group),
      answer: handle,
    });
    this.#devices = new Devices(config, this.#contexts, {
      answer: (startedMs, reached, message) => handle({ type: "device", startedMs, reached, message }),
      note,
    }, () => clock.nowMs());
    const others = config.servers.map(({ name }) => name).filter((name) => name !== server);
    const shot = (answer: Shot) => handle({ type: "shot", ...answer });
    this.#fences = new Fences(config.fence, others, this.#contexts, { shot, note }, parts.noPower);
    const names = config.servers.map(({ name }) => name);
    this.#witness = config.witness && new WitnessRunner(config.witness, config.cluster, names, this.#contexts, handle);
    this.#commands = new Commands({
      orders: this.#groups.orders,
      monitors: this.#monitors,
      scripts: this.#scripts,
      witness: this.#witness,
      fences: this.#fences,
      machineEnd: new MachineEnd(parts, powerLog, config.timing.stopMs, () => this.#upForMs()),
      background: this.#background,
      exit: (command) => this.#exit(command),
    });
    this.#preflight = new PreflightRunner({
      // A new file may be taken up while it runs.
      get config() {
        return parts.config;
      },
      server,
      version: parts.version ?? "unknown",
      os,
      contexts: this.#contexts,
      ask: (peer, question, signal) =>
        this.#files?.ask(peer, question, signal) ?? Promise.reject(new Error("this agent asks nobody")),
      paths: () => pathViews(this.#interconnect?.paths() ?? []),
      unclear: () => unclearServers(this.engine.view()),
      groups: () => engine.view().groups,
      note,
    });
  }

  /** Starts an agent. Throws when it can't: its state folder, its interconnect. */
  static async start(parts: AgentParts): Promise<Agent> {
    const { config, server } = parts;
    const machine = (dir: string) => parts.os.facts?.(dir) ?? {};
    const state = await StateFile.open(config.stateDir, { cluster: config.cluster, server }, machine);
    try {
      const recalled = await state.recall();
      const powerLog = await PowerLog.open(config.stateDir);
      const journal = new Journal(config.stateDir, server, parts.onJournal);
      journal.note(recalled.complaints.map((text) => warning("started", `${text}.`)));
      const clock = new SystemClock();
      const engine = engineOf(parts, recalled, clock.nowMs(), powerLog.count());
      const watchdog = await openWatchdog(parts, {
        nowMs: () => clock.nowMs(),
        permitUntilMs: (group) => engine.permitUntilMs(group),
        tell: (text) => journal.note([warning("started", `${text}.`)]),
      });
      const agent = new Agent(parts, state, engine, journal, powerLog, clock, watchdog);
      try {
        await agent.#begin();
      } catch (thrown) {
        agent.#contexts.close();
        await atMost(CLOSE_MS, journal.flush());
        throw thrown;
      }
      return agent;
    } catch (thrown) {
      await state.close();
      throw thrown;
    }
  }

  /** Hands an operator's request to the engine. Returns why it was refused; undefined when it was not. */
  request(request: OperatorRequest): string | undefined {
    // Who is asked to stop does not start again, whatever it was about to do.
    if (request.op === "leave") this.#again = false;
    return this.#driver.handle({ type: "operator", request });
  }

  /** Applies a file to all servers. Throws an {@linkcode ApplyRefused}. */
  apply(request: ApplyRequest): Promise<ApplyOutcome> {
    return this.#files?.apply(request) ?? Promise.reject(new ApplyRefused("this agent takes up no new files"));
  }

  /** A preflight for somebody who waits: of this server, with `all` of the others too. */
  preflight(all: boolean): Promise<PreflightState> {
    return this.#preflight.now(all);
  }

  /** Ends at once, without order: the dead man's switches do what is left. */
  abandon(reason: string): void {
    this.#finish({ status: EXIT_STATUS.forced, reason });
  }

  view(): AgentView {
    return {
      cluster: this.parts.config.cluster,
      server: this.parts.server,
      configDigest: this.parts.config.digest,
      startedAt: this.#startedAt,
      view: this.engine.view(),
      devices: this.#devices.states,
      fence: this.#fences.state,
      witness: this.#witness?.state ?? null,
      keys: this.parts.keys.view,
      paths: pathViews(this.#interconnect?.paths() ?? []),
      checks: this.#monitors.checks,
      starts: this.#contexts.starts.view,
      modules: modulesOf(this.parts.config),
      dropIns: this.parts.dropIns?.states() ?? [],
      file: this.#files?.view ?? null,
      preflight: this.#preflight.state,
      noPower: this.parts.noPower ? { withheld: this.journal.withheld() } : null,
      stateFolder: this.state.folder.problem,
      reasons: this.journal.recent(50),
    };
  }

  async #begin(): Promise<void> {
    const { config, server, keys } = this.parts;
    const files = this.#files = await this.#openFiles();
    const inbox = new Inbox((event) => void this.#driver.handle(event));
    this.#interconnect = await Interconnect.open({
      ...interconnectOf(config, server),
      keys,
      onBeat: (beat) => {
        files?.hear(beat);
        inbox.put(beat);
      },
      ...(files ? { file: () => files.news, onQuestion: (packet, key) => files.receive(packet, key) } : {}),
      intervalMs: config.timing.intervalMs,
      onUnclear: (event) => inbox.pass(event),
      onTrouble: (text) => this.journal.note([warning("peer-silent", `${text}.`)]),
    });
    const { dropIns } = this.parts;
    if (dropIns) {
      dropIns.note = (text) => this.journal.note([warning("plugin", `${text}.`)]);
      dropIns.watch();
    }
    this.#driver.handle({ type: "tick" });
    files?.start();
    this.#devices.start();
    this.#fences.start();
    this.#preflight.start();
    const told = (failure?: string) => failure && this.journal.note([warning("started", line(failure))]);
    this.#background.spawn((this.#witness?.prepare() ?? Promise.resolve(undefined)).then(told));
    const { signal } = this.#stop;
    const note = (reasons: Reason[]) => this.journal.note(reasons);
    this.#background.spawn(watchKeys(keys, note, signal));
    this.#background.spawn(this.state.folder.watch(note, signal));
    const counted = (count: number) => void this.#driver.handle({ type: "power-actions", count });
    this.#background.spawn(this.powerLog.watch(counted, signal));
    for (const group of this.#groups.orders.keys()) this.#groups.welcome(group);
  }

  async #openFiles(): Promise<FileChanges | null> {
    const { load, config, server, keys, rejected } = this.parts;
    return load === undefined ? null : await FileChanges.open({
      config,
      server,
      keys,
      load,
      view: () => this.engine.view(),
      note: (reasons) => this.journal.note(reasons),
      refused: (text) => this.#interconnect?.refused(text),
      post: (peer, packet) => this.#interconnect?.post(peer, packet),
      answer: (_from, question) =>
        isPreflightQuestion(question) ? Promise.resolve(this.#preflight.answer(question)) : undefined,
      rejected,
      goOn: (before, after) =>
        goOn(before, after, {
          load: (path) => load(path, "to run"),
          monitors: this.#monitors,
          devices: this.#devices,
          handle: (event) => void this.#driver.handle(event),
          down: () => this.#down(),
          addGroup: (group) => this.#groups.add(group),
          welcome: (group) => this.#groups.welcome(group),
          changeGroup: (group) => this.#groups.change(group),
          changed: (running) => this.parts.config = running,
          signal: this.#stop.signal,
        }),
      move: (group, to, by) => this.request({ op: "move", group, to, by }),
      restart: (by) => {
        this.request({ op: "leave", by: `baton apply (${by})` });
        this.#again = true;
      },
    });
  }

  #exit({ reason, final }: ExitCommand): () => void {
    const { reason: broken } = this.#breakdown;
    const again = this.#again && !final ? { again: true } as const : {};
    const status = final ? EXIT_STATUS.finalAction : EXIT_STATUS.stopped;
    const ended: Ended = broken === undefined
      ? { status, reason, ...again }
      : { status: EXIT_STATUS.forced, reason: broken };
    if (this.#down().length === this.#groups.orders.size) return () => this.#finish(ended);
    // Something is left, and only the end of the process lets the switch take it down: no time to wait for a disk.
    this.#finish(final ? { status, reason, left: true } : { status: EXIT_STATUS.forced, reason });
    return () => {};
  }

  /** How long the permits of the groups that are up here still last, in milliseconds. */
  #upForMs(): number[] {
    const down = this.#down();
    return [...this.#groups.orders.keys()].filter((group) => !down.includes(group))
      .map((group) => this.#contexts.permitLeftMs(group));
  }

  #down(): string[] {
    return downGroups(this.engine.view());
  }

  #diskFailed(thrown: unknown): void {
    const text = thrown instanceof Error ? thrown.message : String(thrown);
    this.journal.note([
      error("left", `The state can't be written (${text}): without memory there is no vote. The agent ends.`),
    ]);
    this.#finish({ status: EXIT_STATUS.forced, reason: `the state can't be written: ${text}` });
  }

  /** The end. It has a deadline, because as long as the process lives the dead man's switches do nothing. */
  async #close(ended: Ended): Promise<Ended> {
    await Promise.all([
      atMost(
        inOrder(ended) ? CLOSE_MS : Math.min(FORCED_CLOSE_MS, endMs(this.parts.config.timing.stopMs)),
        this.#windUp(),
      ),
      atMost(POWER_MS, this.#commands.power),
    ]);
    this.#watchdog?.close();
    this.#contexts.close();
    this.#breakdown.close();
    await this.state.close();
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
    this.#scripts.close();
    await Promise.all([
      this.#monitors.close(),
      this.#files?.close(),
      this.#devices.close(),
      this.#witness?.close(),
      this.#fences.close(),
      this.#preflight.close(),
      ...[...this.#groups.orders].map(async ([name, orders]) => {
        await orders.close();
        if (down.includes(name)) await orders.disarm();
      }),
    ]);
    await this.#background.settled();
    await this.parts.dropIns?.close();
    await this.#interconnect?.close();
    await this.journal.flush();
    await out;
  }
}
