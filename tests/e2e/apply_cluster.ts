/** Servers with one and the same file, each an agent process on the sandbox: three, or two with a tie-breaker. */
import { join } from "node:path";
import { APP, Machine } from "../../sandbox/demo/machine.ts";
import { freeTcpPort, freeUdpPort } from "../../sandbox/demo/wire.ts";
import { type Sandbox, startSandbox, type Topology, vipTopology } from "../../sandbox/mod.ts";
import { until as waitUntil } from "./waiting.ts";

/** Nothing here takes that long; what does has failed. In milliseconds. */
const PATIENCE_MS = 240_000;
export const NAMES = ["server1", "server2", "server3"] as const;
/** Where an acknowledgement device answers, in clusters of two. */
export const DEVICES = ["10.0.10.100", "10.0.20.100"] as const;

/** The file as the status has it. */
interface SeenFile {
  generation: number;
  digest: string;
  running: string;
  waits: string | null;
  others: { server: string; generation: number; digest: string; running: string }[];
}

/** What of the status these tests look at. */
export interface Seen {
  server: string;
  startedAt: string;
  file: SeenFile;
  view: {
    groups: { name: string; status: string; carrier: string | null; epoch: number }[];
    servers: { name: string; status: string }[];
    votes: { total: number };
  };
  reasons: { code: string; text: string }[];
}

/** When each agent has started: another time is another start. */
export async function startedAt(cluster: ApplyCluster): Promise<Record<string, string>> {
  const seen = await Promise.all(cluster.machines.map((machine) => cluster.answer(machine)));
  return Object.fromEntries(seen.map(({ server, startedAt }) => [server, startedAt]));
}

/** Waits for what three agents have to agree on. */
export async function until(what: string, met: () => boolean | Promise<boolean>): Promise<void> {
  await waitUntil(what, met, { withinMs: PATIENCE_MS, everyMs: 50 });
}

/** The cluster. */
export class ApplyCluster {
  private constructor(
    readonly folder: string,
    readonly topology: Topology,
    readonly sandbox: Sandbox,
    readonly machines: readonly Machine[],
    private readonly ports: readonly number[],
  ) {}

  static async make(folder: string, servers: 2 | 3): Promise<ApplyCluster> {
    const topology = vipTopology({ servers: servers === 2 ? [NAMES[0], NAMES[1]] : [...NAMES] });
    const sandbox = await startSandbox(topology);
    const ports = await Promise.all([...NAMES, "server4"].map(() => freeUdpPort()));
    const key = crypto.getRandomValues(new Uint8Array(32)).toHex();
    const machines = await Promise.all(topology.servers.map(async ({ name, mac }) => {
      const statusPort = freeTcpPort();
      const machine = await Machine.make({
        name,
        folder: join(folder, name),
        mac,
        reachable: DEVICES,
        statusPort,
        env: sandbox.env(name),
        runOptions: ["--status", `127.0.0.1:${statusPort}`],
      });
      await Deno.writeTextFile(join(machine.folder, "baton.key"), key, { mode: 0o600 });
      return machine;
    }));
    const cluster = new ApplyCluster(folder, topology, sandbox, machines, ports);
    for (const machine of machines) await cluster.write(machine, cluster.file());
    return cluster;
  }

  machine(name: string): Machine {
    return this.machines.find((machine) => machine.name === name)!;
  }

  /** The file of all servers. */
  file(
    parts: { interval?: string; groups?: string; servers?: number; timing?: string; device?: string; top?: string } =
      {},
  ): string {
    const two = this.machines.length === 2;
    const { interval = "2s", groups = "", servers = this.machines.length, timing = "fast", top = "" } = parts;
    const quorum = two ? `quorum: { nat: { type: ping, addresses: [${parts.device ?? DEVICES[0]}] } }\n` : "";
    const names = [...NAMES, "server4"].slice(0, servers);
    const [first, ...others] = this.topology.servers;
    const app = (name: string, action: string) => JSON.stringify(["sh", APP, action, join(this.folder, name, "app")]);
    const carriers = NAMES.slice(0, this.machines.length);
    const own = carriers.slice(1).map((name) =>
      `          ${name}: { start: ${app(name, "start")}, stop: ${app(name, "stop")} }`
    );
    return `cluster: apply
state: state
timing: ${timing}
aws: { timeout: 2s }
servers:
${names.map((name, at) => `  ${name}: { interconnect: 127.0.0.1:${this.ports[at]} }`).join("\n")}
${quorum}${top}groups:
  failover1:
    servers: [${carriers.join(", ")}]
    resources:
      app1:
        type: script
        start: ${app("server1", "start")}
        stop: ${app("server1", "stop")}
        individually:
${own.join("\n")}
      awsvip1:
        type: aws-vip
        ip: 10.1.0.20
        vpc: vpc-1234abcd
        eni: ${first!.eniId}
        individually: { ${others.map(({ name, eniId }) => `${name}: { eni: ${eniId} }`).join(", ")} }
${groups}monitors:
  awsazw1:
    type: aws-az
    zone: ap-northeast-1a
    interval: ${interval}
    recovery: { target: LocalServer, finalAction: none }
`;
  }

  async write(machine: Machine, text: string): Promise<void> {
    await Deno.writeTextFile(join(machine.folder, "cluster.yaml"), text);
  }

  /** `baton apply` of a text, on one server. */
  async apply(machine: Machine, text: string, ...options: string[]): Promise<{ status: number; text: string }> {
    // In the folder of the server: paths in the file are relative to it.
    const path = join(machine.folder, "wanted.yaml");
    await Deno.writeTextFile(path, text);
    return await machine.baton("apply", path, "--url", machine.statusUrl, ...options);
  }

  /** What its agent says of itself; null when it does not run, or has not answered in time. */
  async seen(machine: Machine): Promise<Seen | null> {
    return await machine.status() as unknown as Seen | null;
  }

  /** What the agent says that runs there: asked again where it has not answered in time. */
  async answer(machine: Machine): Promise<Seen> {
    let seen: Seen | null = null;
    await until(`${machine.name} answers`, async () => (seen = await this.seen(machine)) !== null);
    return seen!;
  }

  /** All servers run this text. */
  async allRun(text: string, names = this.machines.map(({ name }) => name)): Promise<void> {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))).toHex();
    await until(`${names.join(", ")} run ${digest.slice(0, 12)}`, async () => {
      const seen = await Promise.all(names.map((name) => this.seen(this.machine(name))));
      return seen.every((one) => one?.file.running === digest && one.file.digest === digest);
    });
  }

  /** Starts all agents and waits until all are heard and server1 carries: on a busy machine another may have been first. */
  async start(): Promise<void> {
    for (const machine of this.machines) machine.start();
    const [server1] = this.machines;
    await until("failover1 is carried", async () => {
      const seen = await Promise.all(this.machines.map((machine) => this.seen(machine)));
      const online = seen.some((one) => one?.view.groups[0]?.status === "online");
      return online && seen.every((one) => one?.view.servers.every(({ status }) => status === "online"));
    });
    await until("server1 carries failover1", async () => {
      if ((await this.seen(server1!))?.view.groups[0]?.status === "online") return true;
      await server1!.baton("move", "failover1", "server1", "--url", server1!.statusUrl);
      return false;
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.machines.map((machine) => machine.stop()));
    for (const machine of this.machines) machine.endApp();
    await this.sandbox.close();
  }
}

/** A cluster in a folder of its own, gone afterwards. */
export async function withCluster(work: (cluster: ApplyCluster) => Promise<void>, servers: 2 | 3 = 3): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "baton-test-" });
  const cluster = await ApplyCluster.make(folder, servers);
  try {
    await work(cluster);
  } catch (error) {
    for (const { name, folder } of cluster.machines) {
      const log = await Deno.readTextFile(join(folder, "agent.log")).catch(() => "");
      console.error(`--- ${name}\n${log.split("\n").slice(-25).join("\n")}`);
    }
    throw error;
  } finally {
    await cluster.close();
    await Deno.remove(folder, { recursive: true });
  }
}
