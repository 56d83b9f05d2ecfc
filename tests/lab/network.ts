/**
 * The ground: one network namespace for each host, all on one bridge in a namespace of its own, and a firewall on that
 * bridge by which the lab cuts any direction between any two hosts. Nothing is made outside the namespaces.
 *
 * @module
 */
import { run, signalTo, sleep } from "./commands.ts";

/** A host of the lab. */
export interface Host {
  name: string;
  ip: string;
  /** The hardware address of its eth0; left out: any. */
  mac?: string;
}

/** One direction between two hosts. */
export type Direction = readonly [from: string, to: string];

/** The hosts and what is between them. */
export class Network {
  private constructor(
    private readonly prefix: string,
    readonly hosts: readonly Host[],
    private readonly holders: Map<string, number>,
  ) {}

  /** A network that another process has made. */
  static of(plan: ReturnType<Network["plan"]>): Network {
    return new Network(plan.prefix, plan.hosts, new Map(plan.holders));
  }

  /** What another process needs to use it. */
  plan(): { prefix: string; hosts: readonly Host[]; holders: [string, number][] } {
    return { prefix: this.prefix, hosts: this.hosts, holders: [...this.holders] };
  }

  /** Makes the namespaces `PREFIX-HOST` and `PREFIX-sw`. */
  static async make(prefix: string, hosts: readonly Host[]): Promise<Network> {
    const network = new Network(prefix, hosts, new Map());
    const bridge = `${prefix}-sw`;
    await run(["ip", "netns", "add", bridge]);
    await run(["ip", "-n", bridge, "-batch", "-"], "link add br0 type bridge forward_delay 0\nlink set br0 up\n");
    for (const { name, ip, mac } of hosts) {
      const ns = network.namespace(name);
      await run(["ip", "netns", "add", ns]);
      const lines = [
        `link add ${port(name)} type veth peer name eth0 ${mac === undefined ? "" : `address ${mac}`} netns ${ns}`,
        `link set ${port(name)} master br0 up`,
      ];
      await run(["ip", "-n", bridge, "-batch", "-"], `${lines.join("\n")}\n`);
      await run(["ip", "-n", ns, "-batch", "-"], `link set lo up\nlink set eth0 up\naddr add ${ip}/16 dev eth0\n`);
      // A server must not pass on what is for another, and a reply may leave with the VIP as its source. Connections
      // that have ended must not be remembered: there are hundreds a second.
      await network.run(name, [
        "sh",
        "-c",
        "cd /proc/sys/net/ipv4 && echo 0 >ip_forward && echo 0 >conf/all/rp_filter && echo 0 >conf/eth0/rp_filter && " +
        "echo 8 >tcp_max_tw_buckets",
      ]);
      const holder = new Deno.Command("ip", {
        args: ["netns", "exec", ns, "sleep", "infinity"],
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).spawn();
      holder.unref();
      network.holders.set(name, holder.pid);
    }
    // `ip netns exec` has joined the namespace when the holder has become sleep.
    await sleep(50);
    return network;
  }

  namespace(host: string): string {
    return `${this.prefix}-${host}`;
  }

  /** The process that does nothing but show, in /proc, the namespace of a host. */
  holder(host: string): number {
    return this.holders.get(host)!;
  }

  host(name: string): Host {
    return this.hosts.find((host) => host.name === name)!;
  }

  /** Runs a command on a host. */
  run(host: string, command: readonly string[], input?: string): Promise<string> {
    return run(["ip", "netns", "exec", this.namespace(host), ...command], input);
  }

  /** The processes on a host, without its holder. */
  async processes(host: string): Promise<number[]> {
    const text = await run(["ip", "netns", "pids", this.namespace(host)]);
    return text.split("\n").filter((line) => line !== "").map(Number).filter((pid) => pid !== this.holder(host));
  }

  /** Drops what goes in these directions, also ARP; everything else passes. */
  async cut(directions: readonly Direction[]): Promise<void> {
    const rules = directions.map(([from, to]) => `iifname "${port(from)}" oifname "${port(to)}" drop`);
    const chain = `chain forward { type filter hook forward priority 0\n${rules.join("\n")}\n}`;
    await run(
      ["ip", "netns", "exec", `${this.prefix}-sw`, "nft", "-f", "-"],
      `table bridge cut\ndelete table bridge cut\ntable bridge cut {\n${chain}\n}\n`,
    );
  }

  /** Pulls or plugs the cable of a host: its NIC loses the carrier. */
  async cable(host: string, plugged: boolean): Promise<void> {
    await run(["ip", "-n", `${this.prefix}-sw`, "link", "set", port(host), plugged ? "up" : "down"]);
  }

  /** The power of a host fails: all its processes end, and it has no addresses any more. */
  async powerOff(host: string): Promise<void> {
    await this.cable(host, false);
    // Twice: the first may have caught one that was just starting another.
    for (let round = 0; round < 2; round++) {
      for (const pid of await this.processes(host)) signalTo(pid, "SIGKILL");
    }
    await run(["ip", "-n", this.namespace(host), "addr", "flush", "dev", "eth0"]);
  }

  async powerOn(host: string): Promise<void> {
    const ns = this.namespace(host);
    await run(["ip", "-n", ns, "addr", "replace", `${this.host(host).ip}/16`, "dev", "eth0"]);
    await this.cable(host, true);
  }
}

function port(host: string): string {
  return `p-${host}`;
}

/** Ends every process in the namespaces whose names begin with `prefix`, by its id, and deletes them. */
export async function removeNamespaces(prefix: string): Promise<void> {
  const listed = await run(["ip", "netns", "list"]);
  const names = listed.split("\n").map((line) => line.split(" ")[0]!).filter((name) => name.startsWith(prefix));
  for (const name of names) {
    for (let round = 0; round < 3; round++) {
      const pids = (await run(["ip", "netns", "pids", name])).split("\n").filter((pid) => pid !== "").map(Number);
      if (pids.length === 0) break;
      for (const pid of pids) {
        signalTo(pid, "SIGKILL");
        signalTo(pid, "SIGCONT");
      }
      await sleep(50);
    }
    await run(["ip", "netns", "del", name]);
  }
}
