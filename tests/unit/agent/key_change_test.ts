/** The key of a cluster that runs is changed, in any order, and no group moves; with two keys nobody begins to carry. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Agent } from "../../../core/agent/agent.ts";
import { newKey, readKeys } from "../../../core/agent/key.ts";
import { KeyRing } from "../../../core/agent/key_ring.ts";
import { pluginLoader } from "../../../core/config/context.ts";
import { loadConfig } from "../../../core/config/load.ts";
import type { DeadMansSwitch } from "../../../core/os/os.ts";
import { SimulatedOs } from "../../../core/os/simulated.ts";
import { builtIns } from "../../../plugins/mod.ts";
import { eventually, freePorts, inFolder, quiet, sleep } from "./helpers.ts";

const plugins = pluginLoader({ builtIns, dropInDirs: [] });

class Machine extends SimulatedOs {
  override deadMansSwitch(): Promise<DeadMansSwitch> {
    const ended = new Promise<void>(() => {});
    return Promise.resolve({ pid: 0, ended, alive: () => {}, hurry: () => {}, disarm: () => Promise.resolve() });
  }
}

interface Server {
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

/** Two servers and a tie-breaker that both reach. */
async function pair(
  detection: string,
  keys: readonly [string, string],
  work: (one: Server, two: Server) => Promise<void>,
): Promise<void> {
  await inFolder(async (dir) => {
    using device = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const accepting = (async () => {
      for await (const connection of device) connection.close();
    })().catch(() => {});
    const [a, b] = await freePorts(2);
    const yaml = `
cluster: c
state: state
timing: { detection: ${detection} }
selfFence: stop-service
servers:
  server1: { interconnect: "127.0.0.1:${a}" }
  server2: { interconnect: "127.0.0.1:${b}" }
quorum: { nat: { type: tcp, host: 127.0.0.1, port: ${device.addr.port} } }
groups:
  failover1:
    resources:
      app: { type: script, start: ["true"], stop: ["true"] }
`;
    const servers: Server[] = [];
    try {
      for (const [index, key] of keys.entries()) servers.push(await start(dir, `server${index + 1}`, yaml, [key]));
      await work(servers[0]!, servers[1]!);
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
      device.close();
      await accepting;
    }
  });
}

const groupOf = ({ agent }: Server) => agent.view().view.groups[0]!;
const keysOf = ({ agent }: Server) => agent.view().keys!;

Deno.test("the key is changed over a cluster that runs: server after server, in two steps, and no group moves", async () => {
  const [old, next] = [newKey(), newKey()];
  await pair("6s", [old, old], async (one, two) => {
    await eventually("server1 carries", () => groupOf(one).status === "online", 20_000);
    const { epoch } = groupOf(one);
    await one.write(next, old);
    await eventually("it waits for server2", () => keysOf(one).accepted === 2 && keysOf(one).waiting.length === 1);
    await two.write(next, old);
    await eventually("both accept both", () => [one, two].every((each) => keysOf(each).waiting.length === 0));
    assert.equal(keysOf(two).accepted, 2);
    await one.write(next);
    await eventually("server1 has the new one alone", () => keysOf(one).accepted === 1);
    await two.write(next);
    await eventually("server2 as well", () => keysOf(two).accepted === 1);
    // Also the hard way: out of the file on one before the other has the next one.
    const third = newKey();
    await one.write(third);
    await eventually("the former one stays for server2", () => keysOf(one).accepted === 2);
    assert.deepEqual(keysOf(one).waiting, ["server2"]);
    await two.write(third);
    await eventually("nobody needs it any more", () => [one, two].every((each) => keysOf(each).accepted === 1), 10_000);
    assert.deepEqual([groupOf(one).status, groupOf(one).epoch], ["online", epoch], "no group has moved");
    const codes = [one, two].flatMap(({ agent }) => agent.view().reasons.map(({ code }) => code));
    for (const code of ["permit-lost", "peer-silent", "peer-unclear"]) assert.ok(!codes.includes(code as never), code);
  });
});

Deno.test("two servers with two keys and a tie-breaker: nobody carries, both say why, and one key ends it", async () => {
  const [ours, theirs] = [newKey(), newKey()];
  await pair("1500ms", [ours, theirs], async (one, two) => {
    const unclear = ({ agent }: Server) => agent.view().view.servers.find(({ unclear }) => unclear)?.unclear;
    await eventually("both know that the other one is there", () => unclear(one)?.cause === "key" && !!unclear(two));
    // Three detection times, in which both would have taken the other one for silent.
    for (let look = 0; look < 45; look++) {
      await sleep(100);
      assert.deepEqual([groupOf(one).status, groupOf(two).status], ["offline", "offline"]);
    }
    assert.match(groupOf(one).waiting ?? "", /server2, which is there but is not understood: .*another key/);
    assert.ok(one.agent.view().reasons.some(({ code, text }) => code === "peer-unclear" && /\(151 : /.test(text)));
    assert.match(one.agent.view().view.servers[1]!.unclear!.message, /127\.0\.0\.1/);
    await two.write(ours);
    await eventually("server1 carries", () => groupOf(one).status === "online", 20_000);
    assert.equal(unclear(one), undefined);
  });
});
