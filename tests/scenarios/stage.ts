/**
 * Carries out the commands of one scenario on a simulated cluster. Nothing here is random: every packet takes 1 ms,
 * every resource 10 ms, so a transcript changes only when a decision does.
 */
import type { EngineVerdict, OperatorRequest } from "../../core/cluster/events.ts";
import type { ClusterSpec } from "../../core/cluster/spec.ts";
import type { Machine } from "../../core/simulation/machine.ts";
import { Random } from "../../core/simulation/random.ts";
import type { Line } from "../../core/simulation/story.ts";
import type { Manners } from "../../core/simulation/work.ts";
import { World } from "../../core/simulation/world.ts";
import { clusterOf, exclusionOf, groupOf, monitorOf } from "./cluster_spec.ts";
import { escalation } from "./escalation.ts";
import { statusOf } from "./status.ts";
import { durationOf, onlyOptions, type Words, wordsOf } from "./words.ts";

const STEADY: Manners = {
  activateMs: [10, 10],
  activateFails: 0,
  deactivateMs: [10, 10],
  deactivateFails: 0,
  fenceShare: [0.1, 0.1],
};

/** Always the middle of every range. */
class Steady extends Random {
  override next(): number {
    return 0.5;
  }
}

const MARKS = { info: " ", warning: "!", error: "!!" } as const;

/** One scenario on its way. */
export class Stage {
  #spec: ClusterSpec | null = null;
  #world: World | null = null;
  #told = 0;
  #tolerated = 0;

  /** `look` is called after everything that happens. */
  constructor(private readonly look: ((world: World) => void) | null = null) {}

  /** Carries out one command; returns its output. */
  perform(command: string): string[] {
    // What a scenario is not about is left out.
    if (command.startsWith("quietly ")) return this.perform(command.slice("quietly ".length)), [];
    const words = wordsOf(command);
    if (words.name === "cluster") {
      this.#spec = clusterOf(words);
      return [];
    }
    const spec = this.#spec;
    if (!spec) throw new Error("a scenario begins with a line `cluster ...`");
    if (words.name === "exclusion") {
      this.#spec = { ...spec, exclusions: [...spec.exclusions ?? [], exclusionOf(words)] };
      return [];
    }
    if (words.name === "group" || words.name === "monitor") {
      if (this.#world) throw new Error(`${words.name}: the cluster is running already`);
      this.#spec = words.name === "group"
        ? { ...spec, groups: [...spec.groups, groupOf(words, spec)] }
        : { ...spec, monitors: [...spec.monitors, monitorOf(words)] };
      return [];
    }
    if (words.name === "escalation") return escalation(spec, words, open);
    const act = COMMANDS[words.name];
    if (!act) {
      throw new Error(`there is no command ${words.name}; the commands are ${Object.keys(COMMANDS).join(", ")}`);
    }
    const world = this.#world ??= this.#open(spec);
    if (words.name !== "stop" && words.name !== "start" && words.name !== "move" && words.name !== "confirm") {
      onlyOptions(words, []);
    }
    const answer = act(world, words) ?? [];
    return [...this.#news(world), ...answer];
  }

  #open(spec: ClusterSpec): World {
    const world = open(spec);
    const { look } = this;
    if (look) world.observer = () => look(world);
    return world;
  }

  /** What happened since the last look. */
  #news(world: World): string[] {
    const lines = world.story.slice(this.#told).map(lineOf);
    this.#told = world.story.length;
    const tolerated = world.tolerated ?? [];
    const [first] = tolerated.slice(this.#tolerated);
    if (first !== undefined) lines.push(`two carriers: ${first}`);
    this.#tolerated = tolerated.length;
    return lines;
  }
}

function open(spec: ClusterSpec): World {
  const world = new World(spec, 1, STEADY, new Steady(1));
  world.weather = { loss: 0, duplicates: 0, delayMs: [1, 1] };
  world.keepStory = true;
  return world;
}

function lineOf({ ms, server, reason }: Line): string {
  return `${(ms / 1000).toFixed(3).padStart(8)} ${server} ${MARKS[reason.level].padEnd(2)} ${reason.text}`;
}

type Act = (world: World, words: Words) => string[] | void;

const COMMANDS: Readonly<Record<string, Act>> = {
  run: (world, { plain }) => world.run(durationOf(plain[0])),
  start: (world, words) => {
    const [name = "all"] = words.plain;
    if (isGroup(world, name)) return ask(world, words, { op: "start", group: name, by: "alice" });
    for (const machine of machines(world, name)) machine.start();
  },
  /** Its agent is started with `--no-power` from now on. */
  "no-power": (world, { plain }) => {
    for (const machine of machines(world, plain[0])) machine.noPower = true;
  },
  stop: (world, words) => ask(world, words, { op: "stop", group: words.plain[0] ?? "", by: "alice" }),
  move: (world, words) =>
    ask(world, words, { op: "move", group: words.plain[0] ?? "", to: words.plain[1] ?? "", by: "alice" }),
  leave: (world, { plain }) => {
    for (const machine of machines(world, plain[0])) {
      machine.deliver({ type: "operator", request: { op: "leave", by: "alice" } });
    }
  },
  /** kill -9 of the agent. */
  kill: (world, { plain }) => {
    for (const machine of machines(world, plain[0])) {
      world.note(machine, "The agent is killed.");
      machine.kill();
    }
  },
  /** The power fails. */
  crash: (world, { plain }) => {
    for (const machine of machines(world, plain[0])) {
      world.note(machine, "The power fails.");
      machine.crash(plain[1] !== "losing-its-disk");
    }
  },
  pause: (world, { plain }) => world.machine(plain[0] ?? "").pause(durationOf(plain[1])),
  suspend: (world, { plain }) => world.machine(plain[0] ?? "").suspend(durationOf(plain[1])),
  /** `cut a b`: both ways; `cut a > b`: what a sends is lost. */
  cut: (world, { plain }) => {
    for (const [from, to] of ways(world, plain)) world.cut(from, to);
  },
  mend: (world, { plain }) => {
    for (const [from, to] of ways(world, plain)) world.mend(from, to);
  },
  heal: (world) => world.heal(),
  /** `rekey server2`: another key in its key file, for its next start; `rekey server2 back`: the one that all have. */
  rekey: (world, { plain }) => {
    for (const machine of machines(world, plain[0])) machine.keyFile = plain[1] === "back" ? 0 : 1;
  },
  /** `narrow a b`, `narrow a > b`: only small packets pass. */
  narrow: (world, { plain }) => {
    for (const [from, to] of ways(world, plain)) world.understanding.narrow(from, to);
  },
  /** `impostor server3 server1`: one more machine, which calls itself as one that is there. */
  impostor: (world, { plain }) => {
    const machine = world.addMachine(plain[0] ?? "");
    machine.as = plain[1] ?? "";
    machine.start();
  },
  device: (world, { plain }) => {
    if (plain[1] !== "on" && plain[1] !== "off") throw new Error("usage: device SERVER|all on|off");
    for (const machine of machines(world, plain[0])) world.deviceReach(machine.name, plain[1] === "on");
  },
  /** `witness server1 off`: it does not reach the witness; `witness all off`: an outage. */
  witness: (world, { plain }) => {
    if (plain[1] !== "on" && plain[1] !== "off") throw new Error("usage: witness SERVER|all on|off");
    for (const machine of machines(world, plain[0])) world.witness.reach(machine.name, plain[1] === "on");
  },
  /** An operator deletes the record of a group. */
  forget: (world, { plain }) => world.witness.delete(plain[0] ?? ""),
  /** `fence server1 off`: it can't stop anybody; `fence takes 20s`: how long a stop takes. */
  fence: (world, { plain }) => {
    if (plain[0] === "takes") {
      const ms = durationOf(plain[1]);
      Object.assign(world.fence.manners, { stopMs: [ms, ms], deadlineMs: 2 * ms });
      return;
    }
    if (plain[1] !== "on" && plain[1] !== "off") throw new Error("usage: fence SERVER|all on|off, fence takes TIME");
    for (const machine of machines(world, plain[0])) world.fence.reach(machine.name, plain[1] === "on");
  },
  /** An operator says that a server is off. */
  confirm: (world, words) => ask(world, words, { op: "confirm-stopped", server: words.plain[0] ?? "", by: "alice" }),
  /** `fail activation server2 vip1 2 times`: also deactivation, sweep of a group, script of a monitor, and stall. */
  fail: (world, { plain }) => {
    const [what, server = "", name = "", times = "1"] = plain;
    const { trouble } = world.machine(server);
    const { activate: activation, deactivate: deactivation, sweep, script, stall } = trouble;
    const failures = { activation, deactivation, sweep, script, stall }[what ?? ""];
    if (!failures) throw new Error("usage: fail activation|deactivation|sweep|script|stall SERVER NAME N times");
    failures.set(name, Number(times));
  },
  /** Stopping what is left without a permit takes longer than it may; `hang server1 off`: as long as ever again. */
  hang: (world, { plain }) => {
    world.machine(plain[0] ?? "").manners.fenceShare = plain[1] === "off" ? STEADY.fenceShare : [2, 2];
  },
  /** How long a write to a disk takes from here on: `disk server1 1500ms`, `disk server1 well`. */
  disk: (world, { plain }) => {
    const machine = world.machine(plain[0] ?? "");
    if (plain[1] === "well") return machine.relieve();
    const ms = durationOf(plain[1]);
    machine.syncMs = [ms, ms];
  },
  /** How long each step of an agent takes: `processor server1 40ms`, `processor server1 well`. */
  processor: (world, { plain }) => {
    world.machine(plain[0] ?? "").stepMs = plain[1] === "well" ? 0 : durationOf(plain[1]);
  },
  /** How much longer all packets to and from a server take: `link server1 300ms`, `link server1 well`. */
  link: (world, { plain }) => {
    const ms = plain[1] === "well" ? 0 : durationOf(plain[1]);
    for (const [from, to] of ways(world, [plain[0] ?? "", "all"])) world.network.delay(from, to, [ms, ms]);
  },
  /** How long resources take to activate and to deactivate. */
  slow: (world, { plain }) => {
    const ms = durationOf(plain[1]);
    Object.assign(world.machine(plain[0] ?? "").manners, { activateMs: [ms, ms], deactivateMs: [ms, ms] });
  },
  verdict: (world, { plain, text }) => {
    const [server = "", monitor = "", status, code] = plain;
    const timedOut = status === "timeout";
    if (!timedOut && status !== "normal" && status !== "warning" && status !== "error" && status !== "unknown") {
      throw new Error("usage: verdict SERVER MONITOR normal|warning|error|unknown|timeout [CODE] [TEXT]");
    }
    const machine = world.machine(server);
    if (!machine.monitors.has(monitor)) return [`${monitor} does not run on ${server}`];
    const verdict: EngineVerdict = {
      status: timedOut ? "unknown" : status,
      ...(timedOut ? { timedOut } : {}),
      message: text ?? "",
      ...(code === undefined ? {} : { code: Number(code) }),
    };
    machine.deliver({ type: "verdict", monitor, verdict });
  },
  /** An operator makes a monitor fail on a server: `force server1 tcpw1`, `force server1 tcpw1 clear`. */
  force: (world, { plain }) => {
    const [server = "", monitor = "", clear] = plain;
    const request: OperatorRequest = { op: "fail-monitor", monitor, clear: clear === "clear", by: "alice" };
    const refused = world.machine(server).deliver({ type: "operator", request })?.refused;
    return refused === undefined ? [] : [`refused: ${refused}`];
  },
  /** From here on two carriers at once are part of the story instead of a failure. */
  tolerate: (world) => {
    world.tolerated = [];
  },
  status: (world) => statusOf(world),
};

function machines(world: World, name = "all"): readonly Machine[] {
  return name === "all" ? world.machines : [world.machine(name)];
}

function isGroup(world: World, name: string): boolean {
  return world.spec.groups.some((group) => group.name === name);
}

/** An operator asks the server `at=`, or the first that runs. */
function ask(world: World, words: Words, request: OperatorRequest): string[] {
  onlyOptions(words, ["at"]);
  const at = words.options.get("at");
  const machine = at === undefined ? world.machines.find(({ running }) => running) : world.machine(at);
  if (!machine?.running) return ["nobody answers"];
  const output = machine.deliver({ type: "operator", request });
  return output?.refused === undefined ? [] : [`refused: ${output.refused}`];
}

function* ways(world: World, plain: readonly string[]): Generator<[string, string]> {
  const oneWay = plain[1] === ">";
  const [a = "", b = ""] = oneWay ? [plain[0], plain[2]] : plain;
  for (const from of machines(world, a)) {
    for (const to of machines(world, b)) {
      if (from === to) continue;
      yield [from.name, to.name];
      if (!oneWay) yield [to.name, from.name];
    }
  }
}
