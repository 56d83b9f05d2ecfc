/**
 * keepalived on the same ground, seen by the same client: what people compare with. Two servers, VRRP version 3, an
 * advertisement each second; the service runs on both all the time, keepalived only moves the address.
 *
 * @module
 */
import { join } from "node:path";
import { Client } from "./client.ts";
import { VIP } from "./cluster_file.ts";
import { nowMs, run, signalTo, sleep, until } from "./commands.ts";
import { type Host, Network } from "./network.ts";
import { Observer } from "./observer.ts";
import { APP_PORT, appCommand, appPidFile } from "./server.ts";
import { type Row, story } from "./trial.ts";

const SERVERS = [
  { name: "server1", ip: "10.0.110.100", priority: 150 },
  { name: "server2", ip: "10.0.120.100", priority: 100 },
] as const;
const FAULTS = ["crash (kill -9)", "link cut (cable)", "orderly stop (SIGTERM)"] as const;
/** A backup takes over after three advertisements and its skew time, at most. In milliseconds. */
const HOLD_MS = 5_000;
/** The master has been found and the client knows where it is. In milliseconds. */
const SETTLE_MS = 15_000;

/** The hosts that keepalived needs. */
export const KEEPALIVED_HOSTS: readonly Host[] = [
  ...SERVERS.map(({ name, ip }) => ({ name, ip })),
  { name: "client", ip: "10.0.10.50" },
];

/** Runs every fault once for each of `runs`; the rows come as they are seen. */
export async function keepalived(
  network: Network,
  folder: string,
  runs: number,
  onRow: (row: Row) => void,
): Promise<void> {
  const pair = new Pair(network, folder);
  try {
    await pair.begin();
    for (let round = 0; round < runs; round++) {
      for (const fault of FAULTS) onRow(await pair.trial(fault));
    }
  } finally {
    await pair.close();
  }
}

class Pair {
  readonly client: Client;
  readonly observer: Observer;
  readonly #daemons = new Map<string, Deno.ChildProcess>();

  constructor(private readonly network: Network, private readonly folder: string) {
    this.client = new Client(network, APP_PORT);
    const pidFile = (name: string) => appPidFile(join(folder, name));
    this.observer = new Observer(network, SERVERS.map(({ name }) => name), VIP, APP_PORT, pidFile);
  }

  async begin(): Promise<void> {
    await run(["ip", "-n", this.network.namespace("client"), "route", "add", `${VIP}/32`, "dev", "eth0"]);
    for (const { name } of SERVERS) {
      await Deno.mkdir(join(this.folder, name), { recursive: true });
      await this.network.run(name, appCommand("start", join(this.folder, name), name));
      await this.#start(name);
    }
    this.client.start(VIP, SERVERS);
  }

  async trial(fault: typeof FAULTS[number]): Promise<Row> {
    await this.#settle();
    this.client.forget(nowMs() - 1_000);
    this.observer.forget();
    const startMs = nowMs();
    if (fault === "link cut (cable)") await this.network.cable("server1", false);
    else await this.#end("server1", fault === "crash (kill -9)" ? "SIGKILL" : "SIGTERM");
    await sleep(startMs + HOLD_MS - nowMs());
    const endMs = nowMs();
    const leftovers = this.observer.sees("server1").address ? ["the VIP on server1"] : [];
    const row: Row = {
      system: "keepalived",
      fault,
      expected: "moves",
      carried: story({ observer: this.observer, servers: SERVERS }, startMs, endMs, "address"),
      outageMs: Math.round(this.client.outageMs(startMs, endMs)),
      otherMs: rounded(this.client.firstOtherMs("server1", startMs)),
      // The service runs on both at all times; what counts here is who has the address.
      twoAnsweredMs: 0,
      twoCarriedMs: Math.round(this.observer.twoMs(startMs, endMs).address),
      leftovers,
      problems: this.observer.sees("server2").address ? [] : ["server2 did not take over: the comparison is void"],
    };
    await this.#restore();
    return row;
  }

  async close(): Promise<void> {
    this.observer.stop();
    await this.client.stop();
    for (const { name } of SERVERS) {
      await this.#end(name, "SIGKILL");
      for (const pid of await this.network.processes(name)) signalTo(pid, "SIGKILL");
    }
  }

  async #settle(): Promise<void> {
    const came = await until(
      SETTLE_MS,
      () =>
        this.observer.sees("server1").address && !this.observer.sees("server2").address &&
        this.client.latest(nowMs(), 300) === "server1",
    );
    if (!came) throw new Error(`keepalived did not settle within ${SETTLE_MS} ms; see ${this.folder}`);
    await sleep(1_500);
  }

  async #restore(): Promise<void> {
    await this.network.cable("server1", true);
    await this.#end("server1", "SIGTERM");
    await run(["ip", "-n", this.network.namespace("server1"), "addr", "flush", "dev", "eth0", "to", `${VIP}/32`]);
    await this.#start("server1");
  }

  async #start(name: string): Promise<void> {
    const { priority } = SERVERS.find((server) => server.name === name)!;
    const folder = join(this.folder, name);
    const config = join(folder, "keepalived.conf");
    await Deno.writeTextFile(
      config,
      `global_defs {
  router_id ${name}
  vrrp_version 3
}
vrrp_instance lab {
  state ${priority > 100 ? "MASTER" : "BACKUP"}
  interface eth0
  virtual_router_id 51
  priority ${priority}
  advert_int 1
  virtual_ipaddress {
    ${VIP}/32 dev eth0
  }
}
`,
    );
    const files = [`--pid=${join(folder, "pid")}`, `--vrrp_pid=${join(folder, "vrrp.pid")}`];
    // A file that a killed one has left would keep the next from starting.
    for (const file of ["pid", "vrrp.pid"]) await run(["rm", "-f", join(folder, file)]);
    const log = await Deno.open(join(folder, "log"), { append: true, create: true });
    const daemon = new Deno.Command("ip", {
      args: [
        ...["netns", "exec", this.network.namespace(name)],
        ...["keepalived", "--dont-fork", "--vrrp", "--log-console", `--use-file=${config}`, ...files],
      ],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.#daemons.set(name, daemon);
    daemon.stderr.pipeTo(log.writable).catch(() => {});
  }

  /** Signals every keepalived process of a server, and waits for their end. */
  async #end(name: string, signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const daemon = this.#daemons.get(name);
    if (!daemon) return;
    for (const pid of await this.network.processes(name)) {
      const line = await Deno.readTextFile(`/proc/${pid}/cmdline`).catch(() => "");
      if (line.startsWith("keepalived")) signalTo(pid, signal);
    }
    await daemon.status;
    this.#daemons.delete(name);
  }
}

function rounded(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms);
}
