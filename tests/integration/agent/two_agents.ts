/** Two agents in this process with everything real but the machine: key files, sockets, a tie-breaker. */
import { createSocket } from "node:dgram";
import { join } from "node:path";
import { Agent } from "../../../core/agent/agent.ts";
import { readKeys } from "../../../core/agent/key.ts";
import { KeyRing } from "../../../core/agent/key_ring.ts";
import { pluginLoader } from "../../../core/config/context.ts";
import { loadConfig } from "../../../core/config/load.ts";
import type { DeadMansSwitch } from "../../../core/os/os.ts";
import { SimulatedOs } from "../../../core/os/simulated.ts";
import type { Endpoint } from "../../../core/plugin/options.ts";
import { builtIns } from "../../../plugins/mod.ts";
import { freePorts, inFolder, quiet } from "../../unit/agent/helpers.ts";

/** A path between two servers, as each of them sees the other: what is larger than `most` bytes gets lost. */
export async function narrowPath(one: Endpoint, two: Endpoint, most: () => number) {
  const bind = () =>
    new Promise<ReturnType<typeof createSocket>>((resolve) => {
      const socket = createSocket("udp4");
      socket.bind(0, "127.0.0.1", () => resolve(socket));
    });
  const [asOne, asTwo] = [await bind(), await bind()];
  asTwo.on("message", (packet: Uint8Array) => packet.length <= most() && asOne.send(packet, two.port, two.host));
  asOne.on("message", (packet: Uint8Array) => packet.length <= most() && asTwo.send(packet, one.port, one.host));
  const port = (socket: ReturnType<typeof createSocket>) => ({ host: "127.0.0.1", port: socket.address().port });
  const close = (socket: ReturnType<typeof createSocket>) =>
    new Promise<void>((resolve) => socket.close(() => resolve()));
  return { one: port(asOne), two: port(asTwo), close: async () => void await Promise.all([asOne, asTwo].map(close)) };
}

const plugins = pluginLoader({ builtIns, dropInDirs: [] });

class Machine extends SimulatedOs {
  override deadMansSwitch(): Promise<DeadMansSwitch> {
    const ended = new Promise<void>(() => {});
    return Promise.resolve({ pid: 0, ended, alive: () => {}, hurry: () => {}, disarm: () => Promise.resolve() });
  }
}

export interface Server {
  agent: Agent;
  write(...keys: string[]): Promise<void>;
  stop(): Promise<void>;
}

async function start(dir: string, server: string, yaml: string, keys: readonly string[]): Promise<Server> {
  const home = join(dir, server);
  await Deno.mkdir(home, { recursive: true });
  const path = join(home, "cluster.yaml");
  await Deno.writeTextFile(path, yaml);
  const write = (...keys: string[]) =>
    Deno.writeTextFile(join(home, "baton.key"), keys.map((key) => `${key}\n`).join(""), { mode: 0o600 });
  await write(...keys);
  const os = new Machine(home, () => {});
  const config = await loadConfig(path, { plugins, server });
  const ring = new KeyRing(await readKeys(config.keyFile), config.keyFile);
  const agent = await Agent.start({ config, server, keys: ring, os, onJournal: () => {}, log: () => quiet });
  const stop = async () => {
    agent.request({ op: "leave", by: "test" });
    await agent.ended;
  };
  return { agent, write, stop };
}

/**
 * Two servers and a tie-breaker that both reach. With `most` what is larger gets lost between them, in bytes.
 */
export async function pair(
  detection: string,
  keys: readonly [string, string],
  work: (one: Server, two: Server) => Promise<void>,
  most?: () => number,
): Promise<void> {
  await inFolder(async (dir) => {
    using device = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const accepting = (async () => {
      for await (const connection of device) connection.close();
    })().catch(() => {});
    const [a, b] = (await freePorts(2)).map((port) => ({ host: "127.0.0.1", port })) as [Endpoint, Endpoint];
    const path = most && await narrowPath(a, b, most);
    const yamlOf = (one: Endpoint, two: Endpoint) => `
cluster: c
state: state
timing: { detection: ${detection} }
selfFence: stop-service
servers:
  server1: { interconnect: "127.0.0.1:${one.port}" }
  server2: { interconnect: "127.0.0.1:${two.port}" }
quorum: { nat: { type: tcp, host: 127.0.0.1, port: ${device.addr.port} } }
groups:
  failover1:
    resources:
      app: { type: script, start: ["true"], stop: ["true"] }
`;
    const servers: Server[] = [];
    try {
      // Each sees the other one at the end of the path.
      servers.push(await start(dir, "server1", yamlOf(a, path?.two ?? b), [keys[0]]));
      servers.push(await start(dir, "server2", yamlOf(path?.one ?? a, b), [keys[1]]));
      await work(servers[0]!, servers[1]!);
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
      device.close();
      await accepting;
      await path?.close();
    }
  });
}
