/**
 * Two real agents whose EC2 is moto: a network made through the API, a machine in a folder for each of its two servers,
 * and one `cluster.yaml` for both.
 *
 * @module
 */
import { EC2Client } from "@aws-sdk/client-ec2";
import { join } from "node:path";
import { Machine } from "../../sandbox/demo/machine.ts";
import { freeTcpPort, freeUdpPort } from "../../sandbox/demo/wire.ts";
import { type Moto, REGION } from "./moto.ts";
import { buildNetwork, type Network } from "./network.ts";

/** An address that answers the pings of both servers. */
const NAT = "10.50.1.4";
export const VIP = "10.9.0.20";
/** How often the truth is looked at, in milliseconds. */
const LOOK_MS = 20;

/** The two servers. */
export class MotoCluster implements AsyncDisposable {
  /** Looks at which both servers carried. */
  overlaps = 0;
  looks = 0;
  readonly #timer: ReturnType<typeof setInterval>;

  private constructor(readonly net: Network, readonly machines: readonly [Machine, Machine], readonly folder: string) {
    this.#timer = setInterval(() => {
      this.looks += 1;
      if (this.carriers().length > 1) this.overlaps += 1;
    }, LOOK_MS);
  }

  /** Builds the network and lays the servers out; no agent runs yet. */
  static async make(kind: "vip" | "eip", moto: Moto): Promise<MotoCluster> {
    const client = new EC2Client({
      region: REGION,
      endpoint: moto.url,
      credentials: { accessKeyId: moto.env.AWS_ACCESS_KEY_ID!, secretAccessKey: moto.env.AWS_SECRET_ACCESS_KEY! },
    });
    const net = await buildNetwork(client, `${VIP}/32`).finally(() => client.destroy());
    const folder = await Deno.makeTempDir({ prefix: "baton-moto-" });
    await Deno.writeTextFile(join(folder, "baton.key"), crypto.getRandomValues(new Uint8Array(32)).toHex(), {
      mode: 0o600,
    });
    const ports = [await freeUdpPort(), await freeUdpPort()];
    const make = async (index: 0 | 1) => {
      const name = `server${index + 1}`;
      const machine = await Machine.make({
        name,
        folder: join(folder, name),
        mac: net.servers[index].mac,
        reachable: [NAT],
        statusPort: freeTcpPort(),
        env: moto.env,
      });
      await Deno.writeTextFile(join(machine.folder, "cluster.yaml"), clusterFile(kind, net, machine, ports));
      return machine;
    };
    return new MotoCluster(net, [await make(0), await make(1)], folder);
  }

  /** Servers with anything of the group on them. */
  carriers(): string[] {
    return this.machines.filter((machine) => machine.appRuns() || machine.addresses().length > 0)
      .map(({ name }) => name);
  }

  /** What the agents logged last. */
  async logs(): Promise<string> {
    const texts = await Promise.all(this.machines.map(async ({ name, folder }) => {
      const text = await Deno.readTextFile(join(folder, "agent.log")).catch(() => "");
      return `--- ${name}\n${text.split("\n").slice(-25).join("\n")}`;
    }));
    return texts.join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.machines.map((machine) => machine.stop()));
    for (const machine of this.machines) machine.endApp();
    await Deno.remove(this.folder, { recursive: true });
  }
}

function clusterFile(kind: "vip" | "eip", net: Network, machine: Machine, ports: readonly number[]): string {
  const [first, second] = net.servers;
  const address = kind === "vip"
    ? { type: "aws-vip", ip: VIP, vpc: net.vpc }
    : { type: "aws-eip", allocation: net.allocation };
  const resource = {
    ...address,
    eni: first.eni,
    individually: { server2: { eni: second.eni } },
    monitor: { interval: "2s", timeout: "2s" },
  };
  return `cluster: moto-${kind}
key: ../baton.key
state: state
status: ${new URL(machine.statusUrl).host}
timing: fast
aws: { timeout: 2s }
servers:
  server1: { interconnect: 127.0.0.1:${ports[0]} }
  server2: { interconnect: 127.0.0.1:${ports[1]} }
quorum:
  nat: { type: ping, addresses: [${NAT}] }
groups:
  failover1:
    resources:
      app1:
        type: script
        start: ${JSON.stringify(machine.appCommand("start"))}
        stop: ${JSON.stringify(machine.appCommand("stop"))}
      address1: ${JSON.stringify(resource)}
monitors:
  awsazw1:
    type: aws-az
    zone: ${first.zone}
    individually: { server2: { zone: ${second.zone} } }
    interval: 2s
    timeout: 2s
    recovery: { target: LocalServer, finalAction: none }
`;
}
