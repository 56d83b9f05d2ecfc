/**
 * Carries out the actions of a plan. An action whose server, role or occasion does not exist does nothing: a plan stays a
 * plan when some of its lines are taken out.
 *
 * What an action may do to the world does not depend on the actions before it as far as the engine's promises go: the
 * state of the network around a tie-breaker is always set as a whole.
 *
 * @module
 */
import { ail } from "./ailment.ts";
import { timingFor } from "../cluster/timing.ts";
import { type Cast, castOf } from "./cast.ts";
import type { Machine } from "./machine.ts";
import { CLEAR } from "./network.ts";
import { Params } from "./params.ts";
import { type Action, formatAction } from "./plan.ts";
import { addGroup, grow, shrink, takeFile } from "./rolling.ts";
import { SURE } from "./fence.ts";
import { PROMPT } from "./witness_store.ts";
import { PUNCTUAL } from "./cloud.ts";
import { CALM } from "./work.ts";
import type { World } from "./world.ts";

/** What an action sees. */
interface Scene {
  world: World;
  params: Params;
  /** The servers that `server` names; none when there is no such server now. */
  servers(key?: string): readonly Machine[];
  /** The group that `group` names. */
  group(): string | undefined;
}

type Act = (scene: Scene) => void;

/** Carries out actions on one world. */
export class Director {
  /** Who plays what since the latest `cast`. */
  cast: Cast | null = null;

  constructor(private readonly world: World) {}

  perform(action: Action): void {
    const { world } = this;
    if (world.keepStory && !SILENT.has(action.what)) world.tell(`plan: ${formatAction(this.spoken(action))}`);
    if (action.what === "cast") {
      this.cast = castOf(world, new Params(action).number("pick")) ?? null;
      return;
    }
    const act = ACTS[action.what];
    if (!act) throw new Error(`${action.what}: the actions are ${Object.keys(ACTS).join(", ")}`);
    const params = new Params(this.spoken(action));
    act({
      world,
      params,
      servers: (key = "server") => {
        const name = params.text(key);
        return name === "all" ? world.machines : world.machines.filter((machine) => machine.name === name);
      },
      group: () => world.spec.groups.find(({ name }) => name === params.text("group"))?.name,
    });
  }

  /** The action with names in place of roles. A role that nobody plays stays as it is. */
  spoken(action: Action): Action {
    const { cast } = this;
    if (!cast || !Object.values(action.params).some((value) => typeof value === "string" && value.startsWith("@"))) {
      return action;
    }
    const params = Object.entries(action.params).map(([key, value]) => {
      const role = typeof value === "string" && value.startsWith("@") ? value.slice(1) : "";
      return [key, cast[role as keyof Cast] ?? value];
    });
    return { ...action, params: Object.fromEntries(params) };
  }
}

/** Actions that set the stage and are no news. */
const SILENT = new Set(["clock", "down"]);

const ACTS: Readonly<Record<string, Act>> = {
  clock: ({ params, servers }) => {
    for (const machine of servers()) {
      // A clock never jumps while somebody looks at it.
      if (machine.running) continue;
      machine.rate = params.number("rate");
      machine.offsetMs = params.number("offset");
    }
  },
  down: ({ world, params }) => {
    world.downMs = params.has("for") ? params.range("for") : null;
  },
  tearing: ({ world, params }) => {
    world.tearing = params.number("share");
  },
  start: ({ servers }) => {
    for (const machine of servers()) machine.start();
  },
  kill: ({ servers }) => {
    for (const machine of servers()) machine.kill();
  },
  crash: ({ servers }) => {
    for (const machine of servers()) machine.crash();
  },
  /** Once in a history. A weak vote remembers nothing that could be asked for after it. */
  "lose-disk": ({ world, servers }) => {
    for (const machine of servers()) {
      if (world.truth.forgetful || machine.spec.tieBreaker) continue;
      world.truth.forgetful = true;
      machine.crash(false);
    }
  },
  /** How long each write to the disk takes; without `sync` it is quick again. */
  disk: ({ params, servers }) => {
    for (const machine of servers()) {
      if (params.has("sync")) machine.syncMs = params.range("sync");
      else machine.relieve();
    }
  },
  /** How long each step of the agent takes; without `step` it is quick again. */
  processor: ({ params, servers }) => {
    for (const machine of servers()) machine.stepMs = params.number("step", 0);
  },
  /** How much longer beats between a server and all others take, both ways; without `late` they are quick again. */
  link: ({ world, params, servers }) => {
    for (const machine of servers()) {
      for (const other of world.machines) {
        if (other === machine) continue;
        world.network.delay(machine.name, other.name, params.range("late", [0, 0]));
        world.network.delay(other.name, machine.name, params.range("late", [0, 0]));
      }
    }
  },
  pause: ({ params, servers }) => {
    for (const machine of servers()) machine.pause(params.number("for"), params.has("events-first"));
  },
  freeze: ({ params, servers }) => {
    for (const machine of servers()) machine.freeze(params.number("for"));
  },
  suspend: ({ params, servers }) => {
    for (const machine of servers()) machine.suspend(params.number("for"));
  },
  /** A step of the system's clock that looks like a suspension, and was none. */
  step: ({ params, servers }) => {
    for (const machine of servers()) machine.deliver({ type: "suspended", forMs: params.number("by") });
  },
  /** The whole network at once: `cut=a>b,c>d`, and who reaches the tie-breaker. */
  network: ({ world, params }) => {
    world.network.heal();
    world.understanding.heal();
    for (const way of params.list("cut")) {
      const [from = "", to = ""] = way.split(">");
      world.cut(from, to);
    }
    const everybody = params.has("or-all-if-acquainted") && world.acquainted();
    const reach = everybody ? world.machines.map(({ name }) => name) : params.list("reach");
    for (const { name } of world.machines) world.deviceReach(name, reach.includes(name));
  },
  /** Only small packets pass on these ways: `ways=a>b,c>d`. */
  narrow: ({ world, params }) => {
    for (const way of params.list("ways")) {
      const [from = "", to = ""] = way.split(">");
      world.understanding.narrow(from, to);
    }
  },
  /** Another key in the key file of a server; its agent takes it when it is started again. */
  rekey: ({ params, servers }) => {
    for (const machine of servers()) machine.keyFile = params.number("key");
  },
  /** A heartbeat that can't be true, in the name of another server. */
  forge: ({ world, params, servers }) => {
    for (const machine of servers()) world.understanding.forge(params.text("as"), machine);
  },
  /** Nobody reaches the tie-breaker. */
  "device-dead": ({ world }) => {
    for (const { name } of world.machines) world.deviceReach(name, false);
  },
  /** Only for clusters without a tie-breaker: how much is cut depends on what was cut before. */
  cut: ({ world, servers }) => {
    if (world.spec.tieBreaker) return;
    for (const from of servers("from")) for (const to of servers("to")) world.cut(from.name, to.name);
  },
  mend: ({ world, servers }) => {
    if (world.spec.tieBreaker) return;
    for (const from of servers("from")) for (const to of servers("to")) world.mend(from.name, to.name);
  },
  heal: ({ world }) => world.heal(),
  /** Who reaches the witness, the fence or the cloud. */
  reach: ({ world, params }) => {
    const target = { witness: world.witness, fence: world.fence, cloud: world.cloud }[params.text("what")];
    const reach = params.list("servers");
    for (const { name } of world.machines) target?.reach(name, reach.includes(name));
  },
  weather: ({ world, params }) => {
    world.weather = {
      loss: params.number("loss", CLEAR.loss),
      duplicates: params.number("duplicates", CLEAR.duplicates),
      delayMs: params.range("delay", CLEAR.delayMs),
    };
  },
  manners: ({ params, servers }) => {
    for (const machine of servers()) {
      machine.manners = {
        activateMs: params.range("activate", CALM.activateMs),
        activateFails: params.number("activate-fails", CALM.activateFails),
        deactivateMs: params.range("deactivate", CALM.deactivateMs),
        deactivateFails: params.number("deactivate-fails", CALM.deactivateFails),
        fenceShare: params.range("fence", CALM.fenceShare),
      };
    }
  },
  /** An operator asks. */
  ask: ({ world, params, servers, group }) => {
    const name = group();
    const op = params.text("op");
    const to = op === "move" ? servers("to")[0]?.name : undefined;
    if (name === undefined || (op === "move" && to === undefined)) return;
    for (const machine of servers()) {
      if (op === "move" && to !== undefined) {
        machine.deliver({ type: "operator", request: { op, group: name, to, by: "operator" } });
      } else if (op === "start" || op === "stop") {
        machine.deliver({ type: "operator", request: { op, group: name, by: "operator" } });
      } else throw new Error(`ask: op=${op}; it is start, stop or move, in ${world.spec.groups.length} groups`);
    }
  },
  /** The service of a group is not well on a server. */
  ail: ({ world, params, servers, group }) => {
    const name = group();
    const monitor = world.spec.monitors.find(({ recovery: { target } }) =>
      target.kind === "group" && target.group === name
    );
    const status = params.text("finds");
    if (!monitor) return;
    if (status !== "error" && status !== "unknown") throw new Error(`ail: finds=${status}; it is error or unknown`);
    for (const machine of servers()) {
      ail(world, machine, { monitor: monitor.name, status, times: params.number("times") });
    }
  },
  leave: ({ servers }) => {
    for (const machine of servers()) {
      machine.deliver({ type: "operator", request: { op: "leave", by: "operator" } });
    }
  },
  witness: ({ world, params }) => {
    world.witness.manners = {
      latencyMs: params.range("latency", PROMPT.latencyMs),
      lost: params.number("lost", 0),
      throttled: params.number("throttled", 0),
      slow: params.number("slow", 0),
      slowMs: params.range("slow-by", PROMPT.slowMs),
      replyLost: params.number("reply-lost", 0),
      stale: params.number("stale", 0),
    };
    world.witness.outage = params.has("outage");
  },
  "delete-record": ({ world, group }) => {
    const name = group();
    if (name !== undefined) world.witness.delete(name);
  },
  fence: ({ world, params }) => {
    world.fence.manners = {
      sendMs: params.range("send", SURE.sendMs),
      stopMs: params.range("stop", SURE.stopMs),
      fails: params.number("fails", 0),
      slow: params.number("slow", 0),
      slowMs: params.range("slow-by", SURE.slowMs),
      answerLost: params.number("answer-lost", 0),
      answerMs: params.range("answer", SURE.answerMs),
      deadlineMs: params.number("deadline", SURE.deadlineMs),
    };
  },
  cloud: ({ world, params }) => {
    if (!world.cloud) return;
    world.cloud.manners = {
      latencyMs: params.range("latency", PUNCTUAL.latencyMs),
      throttled: params.number("throttled", 0),
      replyLost: params.number("reply-lost", 0),
      late: params.number("late", 0),
      lateMs: params.range("late-by", PUNCTUAL.lateMs),
      deadlineMs: params.number("deadline", PUNCTUAL.deadlineMs),
    };
  },
  /** Somebody writes other times into the file of one server; it takes them when it is started again. */
  retime: ({ world, params, servers }) => {
    for (const machine of servers()) machine.file = { ...world.spec, timing: timingFor(params.number("takeover")) };
  },
  /** A new file: one server more, or less. Only when everybody runs with the latest. */
  grow: ({ world, params }) => grow(world, params.text("server")),
  remove: ({ world, params }) => shrink(world, params.text("server")),
  /** A new file: one group more. */
  "add-group": ({ world, params }) => addGroup(world, params.text("group")),
  "take-file": ({ world, servers }) => {
    for (const machine of servers()) takeFile(world, machine);
  },
};
