/**
 * A cluster of the lab: servers, a NAT instance or a witness, a client and AWS, each in a namespace of its own.
 *
 * @module
 */
import { join } from "node:path";
import { type Sandbox, startSandbox, type Topology } from "../../sandbox/mod.ts";
import { Client } from "./client.ts";
import { clusterFile, GROUP, VIP } from "./cluster_file.ts";
import { nowMs, run, sleep, until } from "./commands.ts";
import { arbiterOf, AWS, EC2_LATENCY_MS, type Kind, topologyOf } from "./kinds.ts";
import type { Network } from "./network.ts";
import { Observer } from "./observer.ts";
import { RouteMirror } from "./routes.ts";
import { APP_PORT, appPidFile, LabServer } from "./server.ts";
import { LabWitness } from "./witness.ts";

/** A cluster whose network is whole has settled within this. In milliseconds. */
const SETTLE_MS = 30_000;
const START_APART_MS = 700;
/** A tie-breaker supports a takeover once it has been reached for the detection time; "ready" does not wait for that. */
const TRUSTED_MS = 4_000;

/** A running cluster. */
export class LabCluster {
  readonly client: Client;
  readonly observer: Observer;
  readonly mirror: RouteMirror;
  /** Where there is one. */
  readonly witness: LabWitness | undefined;
  #wholeMs = -Infinity;

  private constructor(
    readonly kind: Kind,
    readonly network: Network,
    readonly topology: Topology,
    private readonly sandbox: Sandbox,
    readonly servers: readonly LabServer[],
    folder: string,
  ) {
    this.client = new Client(network, APP_PORT);
    this.observer = new Observer(
      network,
      servers.map(({ name }) => name),
      VIP,
      APP_PORT,
      (name) => appPidFile(join(folder, name)),
    );
    this.mirror = new RouteMirror(network, sandbox, topology);
    this.witness = kind === "witness" ? new LabWitness(network, folder) : undefined;
  }

  /** Lays it out on a network whose "aws" namespace this process runs in. No agent runs yet. */
  static async make(network: Network, kind: Kind, folder: string, executable?: string): Promise<LabCluster> {
    const topology = topologyOf(kind);
    const sandbox = await startSandbox(topology, { host: AWS.ip });
    sandbox.faults.add({ kind: "latency", ms: EC2_LATENCY_MS });
    const key = crypto.getRandomValues(new Uint8Array(32)).toHex();
    await Deno.writeTextFile(join(folder, "baton.key"), key, { mode: 0o600 });
    const servers: LabServer[] = [];
    for (const { name, privateIp } of topology.servers) {
      const parts = { name, ip: privateIp, folder: join(folder, name), env: sandbox.env(name) };
      const yaml = clusterFile(kind, topology, name, parts.folder);
      servers.push(await LabServer.make(executable === undefined ? parts : { ...parts, executable }, network, yaml));
    }
    return new LabCluster(kind, network, topology, sandbox, servers, folder);
  }

  server(name: string): LabServer {
    return this.servers.find((server) => server.name === name)!;
  }

  /** Starts all agents and the client, and waits until everything is as it should be. */
  async start(): Promise<void> {
    await this.witness?.start();
    for (const server of this.servers) {
      server.start();
      // Each needs a second of a processor to start; on a small machine they would keep the others from their heartbeats.
      await sleep(START_APART_MS);
    }
    this.client.start(VIP, this.servers);
    await this.settle();
  }

  /** The carrier as one server sees it that says it is online there itself. */
  async carrier(): Promise<LabServer | undefined> {
    for (const server of this.servers) {
      if ((await server.status())?.view.groups[0]?.status === "online") return server;
    }
    return undefined;
  }

  /** One server carries, the client is answered by it, and every other could take over. */
  async settled(): Promise<boolean> {
    const [carrier, ...more] = this.observer.carriers();
    if (carrier === undefined || more.length > 0 || this.mirror.target() !== carrier) return false;
    if (this.client.latest(nowMs(), 500) !== carrier) return false;
    for (const server of this.servers) {
      const view = (await server.status())?.view;
      if (!view?.groups[0]?.servers.every(({ ready }) => ready) || view.witness?.reached === false) return false;
    }
    return (await this.server(carrier).status())?.view.groups[0]?.status === "online";
  }

  /**
   * Waits until it is {@linkcode settled} in that many looks in a row: what is warmed up after a start is not part of
   * "ready".
   */
  async settle(looks = 40): Promise<LabServer> {
    let calm = 0;
    const came = await until(SETTLE_MS, async () => {
      await this.revive();
      calm = nowMs() - this.#wholeMs > TRUSTED_MS && await this.settled() ? calm + 1 : 0;
      return calm >= looks;
    });
    if (!came) throw new Error(`the cluster did not settle within ${SETTLE_MS} ms\n${await this.logs(12)}`);
    return (await this.carrier())!;
  }

  /** Starts what has ended, as a service manager does. */
  async revive(): Promise<void> {
    for (const server of this.servers) {
      if (!server.died) continue;
      await server.kill();
      server.start();
    }
  }

  /** The network is whole, every machine has power and its agent runs. */
  async heal(): Promise<void> {
    await this.network.cut([]);
    await this.network.powerOn(arbiterOf(this.kind));
    await this.witness?.resume();
    this.#wholeMs = nowMs();
    for (const server of this.servers) {
      await this.network.powerOn(server.name);
    }
    await this.revive();
  }

  /** An operator starts a group that both servers have stopped. */
  async startGroup(): Promise<void> {
    await this.servers[0]!.baton("start", GROUP);
  }

  async logs(lines: number): Promise<string> {
    const logs = await Promise.all(
      this.servers.map(async (server) => `--- ${server.name}\n${await server.log(lines)}`),
    );
    const now = this.servers.map(({ name }) => `${name} ${JSON.stringify(this.observer.sees(name))}`).join(", ");
    return `${now}, routes to ${this.mirror.target()}\n${logs.join("\n")}`;
  }

  async close(): Promise<void> {
    this.observer.stop();
    await this.client.stop();
    await this.mirror.stop();
    for (const server of this.servers) {
      server.signal("SIGCONT");
      await server.kill();
    }
    for (const server of this.servers) {
      for (const pid of await this.network.processes(server.name)) {
        await run(["kill", "-9", String(pid)]).catch(() => {});
      }
    }
    await this.witness?.kill();
    await this.sandbox.close();
  }
}
