/**
 * A cluster of the demo: a topology of the guide in the sandbox, two machines with a `cluster.yaml` each, the wires
 * between them, and the ways to break all that.
 */
import { join } from "node:path";
import { eipTopology, type Sandbox, startSandbox, type Topology, vipTopology } from "../mod.ts";
import { eipFile, type FileParts, vipFile, witnessFile } from "./cluster_file.ts";
import { RegionalEndpoint } from "./endpoint.ts";
import { APP, Machine } from "./machine.ts";
import { Observer } from "./observer.ts";
import { freeTcpPort, freeUdpPort, Wire } from "./wire.ts";

/** The two topologies of the guide, with its own votes; and the first of them with a witness. */
export type Kind = "vip" | "eip" | "witness";

/** Latency of every EC2 call in the demo, in milliseconds. */
export const EC2_LATENCY_MS = 150;
/** Latency of S3 in the region, in milliseconds. */
const S3_LATENCY_MS = 20;
/** What a VIP asks of EC2. */
const VIP_ACTIONS = ["Describe*", "*Route", "*NetworkInterface*"] as const;

const BUCKET = "demo-votes";

const NATS = ["10.0.10.100", "10.0.20.100"] as const;

/** A running cluster of the demo. */
export class DemoCluster {
  readonly observer: Observer;

  private constructor(
    readonly kind: Kind,
    readonly topology: Topology,
    readonly sandbox: Sandbox,
    readonly machines: readonly Machine[],
    private readonly wires: readonly Wire[],
    readonly endpoints: ReadonlyMap<string, RegionalEndpoint>,
  ) {
    this.observer = new Observer(this);
  }

  /**
   * Lays everything out under `folder`; no agent runs yet. With a compiled `executable` each server gets a copy of it, of
   * the key and of the service in its own folder, and needs nothing else.
   */
  static async make(kind: Kind, folder: string, executable?: string): Promise<DemoCluster> {
    const topology = kind === "eip" ? eipTopology() : vipTopology();
    const played = new Map<string, Machine>();
    const sandbox = await startSandbox(topology, {
      ...(kind === "witness" ? { buckets: [BUCKET] } : {}),
      // Who stops an instance turns the machine off, and who starts it boots it with its agent.
      power: (name, power) => power === "off" ? played.get(name)?.powerOff() : played.get(name)?.start(),
    });
    addLatency(sandbox, kind);
    const names = topology.servers.map(({ name }) => name);
    const ports = await Promise.all(names.map(() => freeUdpPort()));
    // wires[i] carries what is sent to server i.
    const wires = await Promise.all(ports.map((port) => Wire.open(port)));
    const endpoints = new Map(names.map((name) => [name, new RegionalEndpoint()]));
    await Deno.mkdir(join(folder, "plugins"), { recursive: true });
    await Deno.writeTextFile(join(folder, "baton.key"), crypto.getRandomValues(new Uint8Array(32)).toHex(), {
      mode: 0o600,
    });
    const machines = await Promise.all(topology.servers.map(async (server, me) => {
      const home = join(folder, server.name);
      const machine = await Machine.make({
        name: server.name,
        folder: home,
        ...(executable === undefined ? {} : await install(executable, home, join(folder, "baton.key"))),
        mac: server.mac,
        reachable: NATS,
        statusPort: freeTcpPort(),
        env: sandbox.env(server.name),
      });
      const parts = {
        statusUrl: machine.statusUrl,
        interconnect: names.map((name, at) => ({ name, port: at === me ? ports[at]! : wires[at]!.port })),
        enis: topology.servers.map(({ name, eniId }) => ({ name, eni: eniId })),
        start: machine.appCommand("start"),
        stop: machine.appCommand("stop"),
        endpointPort: endpoints.get(server.name)!.port,
        nats: NATS,
        bucket: BUCKET,
        key: executable === undefined ? "../baton.key" : "baton.key",
      };
      await Deno.writeTextFile(join(machine.folder, "cluster.yaml"), FILES[kind](parts));
      if (kind === "eip") await dropIn(machine.folder);
      played.set(server.name, machine);
      return machine;
    }));
    return new DemoCluster(kind, topology, sandbox, machines, wires, endpoints);
  }

  machine(name: string): Machine {
    return this.machines.find((machine) => machine.name === name)!;
  }

  other(machine: Machine): Machine {
    return this.machines.find((candidate) => candidate !== machine)!;
  }

  /** The servers no longer hear each other; everything else they reach. */
  cut(): void {
    for (const wire of this.wires) wire.cut = true;
  }

  /** The server is alone: no interconnect, no acknowledgement device, no EC2. */
  isolate(machine: Machine): void {
    this.cut();
    machine.reach(false);
    this.endpoints.get(machine.name)!.listen(false);
    this.sandbox.faults.add({ kind: "unreachable", server: machine.name });
  }

  /** All is connected again. */
  heal(): void {
    for (const wire of this.wires) wire.cut = false;
    for (const machine of this.machines) {
      machine.reach(true);
      this.endpoints.get(machine.name)!.listen(true);
    }
    this.sandbox.faults.clear();
    addLatency(this.sandbox, this.kind);
  }

  /** Where clients are sent: the one server that all routes, or the Elastic IP, point to; null when they disagree. */
  target(): string | null {
    const { region } = this.sandbox;
    const enis = this.kind !== "eip"
      ? region.routeTables.flatMap(({ routes }) => routes.filter(({ destination }) => destination === "10.1.0.20/32"))
        .map((
          { eniId },
        ) => eniId)
      : region.addresses.map(({ association }) => association?.eniId);
    const [first, ...others] = enis;
    if (first === undefined || others.some((eni) => eni !== first)) return null;
    return this.topology.servers.find(({ eniId }) => eniId === first)?.name ?? null;
  }

  /** The availability zone of a server. */
  zoneOf(machine: Machine): string {
    const { instanceId } = this.topology.servers.find(({ name }) => name === machine.name)!;
    return this.sandbox.region.instances.find(({ id }) => id === instanceId)!.zone;
  }

  /** The zone fails: its server loses its power, and AWS says so. */
  async loseZone(machine: Machine): Promise<void> {
    const { region } = this.sandbox;
    const { instanceId } = this.topology.servers.find(({ name }) => name === machine.name)!;
    region.zones.find(({ name }) => name === this.zoneOf(machine))!.state = "unavailable";
    region.instances.find(({ id }) => id === instanceId)!.state = "stopped";
    await machine.powerOff();
  }

  async close(): Promise<void> {
    this.observer.stop();
    await Promise.all(this.machines.map((machine) => machine.stop()));
    for (const machine of this.machines) machine.endApp();
    for (const endpoint of this.endpoints.values()) endpoint.close();
    await Promise.all(this.wires.map((wire) => wire.close()));
    await this.sandbox.close();
  }
}

const FILES: Readonly<Record<Kind, (parts: FileParts) => string>> = {
  vip: vipFile,
  eip: eipFile,
  witness: witnessFile,
};

/** EC2 is far, S3 is near. */
function addLatency({ faults }: Sandbox, kind: Kind): void {
  const near = ["GetObject", "PutObject"].map((action) => ({ action, ms: S3_LATENCY_MS }));
  const far = kind === "witness"
    ? VIP_ACTIONS.map((action) => ({ action, ms: EC2_LATENCY_MS }))
    : [{ ms: EC2_LATENCY_MS }];
  for (const scope of kind === "witness" ? [...near, ...far] : far) faults.add({ kind: "latency", ...scope });
}

/** Copies to a server what a compiled Baton needs there. */
async function install(executable: string, home: string, key: string): Promise<{ executable: string; app: string }> {
  const installed = { executable: join(home, "baton"), app: join(home, "app.sh") };
  await Deno.mkdir(home, { recursive: true });
  await Deno.copyFile(executable, installed.executable);
  await Deno.copyFile(APP, installed.app);
  await Deno.copyFile(key, join(home, "baton.key"));
  return installed;
}

/** Drops the guide's custom monitor beside the `cluster.yaml`, as an operator would. */
async function dropIn(folder: string): Promise<void> {
  await Deno.mkdir(join(folder, "plugins"), { recursive: true });
  const source = await Deno.readTextFile(new URL("../../plugins/examples/port443.ts", import.meta.url));
  await Deno.writeTextFile(join(folder, "plugins", "port443.ts"), source);
}
