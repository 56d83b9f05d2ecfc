/** What the tests of the agent share: folders, free ports, plugins and a machine that only remember what was asked. */
import { createSocket } from "node:dgram";
import type { GroupConfig, MonitorConfig, QuorumConfig, ResourceConfig } from "../../../core/config/config.ts";
import { Contexts } from "../../../core/agent/contexts.ts";
import type { Beat } from "../../../core/cluster/message.ts";
import type { DeadMansSwitch, Os, SwitchPlan } from "../../../core/os/os.ts";
import type { MonitorPlugin, PluginLog, ResourcePlugin, TieBreakerPlugin } from "../../../core/plugin/contract.ts";

/** A new folder, which is removed at the end. */
export async function inFolder(work: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await work(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/**
 * Asks again every few milliseconds until the answer is true; fails after `ms`, which is no claim about how long it takes:
 * this machine may have much else to do.
 */
export async function eventually(what: string, ask: () => boolean | Promise<boolean>, ms = 240_000): Promise<void> {
  const untilMs = performance.now() + ms;
  while (!await ask()) {
    if (performance.now() > untilMs) throw new Error(`it did not happen within ${ms} ms: ${what}`);
    await sleep(5);
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** UDP ports of the loopback address that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const sockets = await Promise.all(
    Array.from({ length: count }, () =>
      new Promise<ReturnType<typeof createSocket>>((resolve) => {
        const socket = createSocket("udp4");
        socket.bind(0, "127.0.0.1", () => resolve(socket));
      })),
  );
  const ports = sockets.map((socket) => socket.address().port);
  await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))));
  return ports;
}

export const quiet: PluginLog = { debug: () => {}, info: () => {}, warn: () => {} };

/** A machine that only has dead man's switches, and writes down what becomes of them. */
export class FakeOs {
  readonly said: string[] = [];
  readonly plans: SwitchPlan[] = [];
  /** Marks whose processes were killed. */
  readonly killed: string[] = [];
  /** What can't be killed. */
  undead: string[] = [];
  /** For how long switches were told that the agent lives, in milliseconds. */
  readonly alive: number[] = [];
  hurried = 0;
  armed = 0;
  /** What still runs of a group, at one look after the other; the last one lasts. */
  strays: string[][] = [];
  /** How long a switch takes to be armed and disarmed, in milliseconds. */
  armMs = 0;
  disarmMs = 0;

  killMarked(mark: string): Promise<string[]> {
    this.killed.push(mark);
    return Promise.resolve(this.undead);
  }

  marked(): Promise<string[]> {
    return Promise.resolve((this.strays.length > 1 ? this.strays.shift() : this.strays[0]) ?? []);
  }

  async deadMansSwitch(plan: SwitchPlan): Promise<DeadMansSwitch> {
    if (this.armMs > 0) await sleep(this.armMs);
    this.said.push("arm");
    this.plans.push(plan);
    this.armed += 1;
    const ended = Promise.withResolvers<void>();
    return {
      pid: 0,
      ended: ended.promise,
      alive: (ms) => this.alive.push(ms),
      hurry: () => void (this.hurried += 1),
      disarm: async () => {
        ended.resolve();
        if (this.disarmMs > 0) await sleep(this.disarmMs);
        this.said.push("disarm");
        this.armed -= 1;
      },
    };
  }
}

/** Contexts of server1 on a fake machine. Close them. */
export function contextsOn(os: FakeOs): Contexts {
  return new Contexts("server1", os as unknown as Os, { callTimeoutMs: 1_000 }, () => quiet, () => Infinity);
}

const OPTIONS = new Map([["server1", {}]]);

export function resource(name: string, plugin: Partial<ResourcePlugin>, more: Partial<ResourceConfig> = {}) {
  return {
    name,
    group: "g",
    type: "fake",
    plugin: {
      kind: "resource",
      description: "fake",
      options: {},
      activate: () => Promise.resolve(),
      deactivate: () => Promise.resolve(),
      ...plugin,
    },
    options: OPTIONS,
    activateTimeoutMs: 2_000,
    deactivateTimeoutMs: 2_000,
    activateRetries: 0,
    deactivateRetries: 0,
    deactivateFinalAction: "none",
    ...more,
  } as ResourceConfig;
}

export function group(...resources: ResourceConfig[]): GroupConfig {
  return {
    name: "g",
    servers: ["server1"],
    startup: "auto",
    failover: "auto",
    failback: "manual",
    policy: "stable",
    resources,
  };
}

export function monitor(check: MonitorPlugin["check"], more: Partial<MonitorConfig> = {}): MonitorConfig {
  return {
    name: "m",
    type: "fake",
    plugin: { kind: "monitor", description: "fake", options: {}, check },
    options: OPTIONS,
    companion: false,
    intervalMs: 50,
    timeoutMs: 40,
    retries: 0,
    startDelayMs: 0,
    timing: "always",
    recovery: {
      target: { kind: "local-server" },
      maxReactivations: 0,
      maxFailovers: 0,
      finalAction: "none",
      onUnknown: "ignore",
    },
    ...more,
  };
}

export function device(name: string, probe: TieBreakerPlugin["probe"], more: Partial<QuorumConfig> = {}): QuorumConfig {
  return {
    name,
    type: "fake",
    plugin: { kind: "quorum", description: "fake", vote: "weak", options: {}, probe },
    options: OPTIONS,
    intervalMs: 20,
    timeoutMs: 20,
    ...more,
  };
}

/** A beat that says as little as a beat can. */
export function beatOf(from: string, sequence = 1, more: Partial<Beat> = {}): Beat {
  return {
    from,
    incarnation: `${from}-1`,
    sequence,
    sentMs: sequence,
    acks: {},
    votes: [from],
    roster: [],
    groups: {},
    leaving: false,
    left: false,
    handover: { held: {}, closed: {}, unsure: [], bindsMs: 0 },
    third: false,
    patienceMs: 3_000,
    ...more,
  };
}
