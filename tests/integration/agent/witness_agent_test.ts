import assert from "node:assert/strict";
import { join } from "node:path";
import { Agent } from "../../../core/agent/agent.ts";
import { readRecord } from "../../../core/agent/witness_record.ts";
import { pluginLoader } from "../../../core/config/context.ts";
import { loadConfig } from "../../../core/config/load.ts";
import type { DeadMansSwitch } from "../../../core/os/os.ts";
import { SimulatedOs } from "../../../core/os/simulated.ts";
import type { WitnessPlugin } from "../../../core/plugin/contract.ts";
import { builtIns } from "../../../plugins/mod.ts";
import { eventually, freePorts, inFolder, quiet } from "../../unit/agent/helpers.ts";
import { KeyRing } from "../../../core/agent/key_ring.ts";

const KEY = new TextEncoder().encode("k".repeat(64));

/** A machine without dead man's switches: real ones would outlive agents that are abandoned. */
class Machine extends SimulatedOs {
  override deadMansSwitch(): Promise<DeadMansSwitch> {
    const ended = new Promise<void>(() => {});
    return Promise.resolve({ pid: 0, ended, alive: () => {}, hurry: () => {}, disarm: () => Promise.resolve() });
  }
}

/** A store in the memory of this process, which both agents see. */
class MemoryStore {
  readonly records = new Map<string, { version: string; text: string }>();
  prepared = 0;
  down = false;
  #writes = 0;

  readonly plugin: WitnessPlugin = {
    kind: "quorum",
    description: "A store in memory.",
    vote: "sound",
    options: {},
    prepare: () => {
      this.prepared++;
      return Promise.resolve();
    },
    read: (_, key) => this.#answer(() => this.records.get(key) ?? null),
    write: (_, key, expected, text) =>
      this.#answer(() => {
        if ((this.records.get(key)?.version ?? null) !== expected) return "conflict";
        const version = `v${++this.#writes}`;
        this.records.set(key, { version, text });
        return { version };
      }),
  };

  #answer<T>(answer: () => T): Promise<T> {
    return this.down ? Promise.reject(new Error("the store is down")) : Promise.resolve(answer());
  }
}

Deno.test("of two servers and a witness, the one that is left takes over; the status shows the witness", () =>
  inFolder(async (dir) => {
    const store = new MemoryStore();
    const memory = () => Promise.resolve({ default: store.plugin });
    const plugins = pluginLoader({
      builtIns: { ...builtIns, quorum: { ...builtIns.quorum, memory } },
      dropInDirs: [],
    });
    const ports = await freePorts(2);
    const start = async (server: string) => {
      const home = join(dir, server);
      await Deno.mkdir(home, { recursive: true });
      const path = join(home, "cluster.yaml");
      await Deno.writeTextFile(
        path,
        `
cluster: c
state: state
timing: { detection: 6s }
selfFence: stop-service
servers:
${ports.map((port, index) => `  server${index + 1}: { interconnect: "127.0.0.1:${port}" }`).join("\n")}
quorum: { store: { type: memory } }
groups:
  failover1: { resources: { app: { type: script, start: ["true"], stop: ["true"] } } }
`,
      );
      const config = await loadConfig(path, { plugins, server });
      const os = new Machine(home, () => {});
      const agent = await Agent.start({
        config,
        server,
        keys: new KeyRing([KEY]),
        os,
        onJournal: () => {},
        log: () => quiet,
      });
      return { agent, group: () => agent.view().view.groups[0]! };
    };
    const one = await start("server1");
    const two = await start("server2");
    const agents = [one.agent, two.agent];
    try {
      await eventually("server1 is online", () => one.group().status === "online");
      await eventually("both reach the witness", () => agents.every((agent) => agent.view().witness?.reached === true));
      assert.equal(store.prepared, 2);
      const { name, type, message, latencyMs } = two.agent.view().witness!;
      assert.deepEqual([name, type, message], ["store", "memory", "answered"]);
      assert.ok(latencyMs !== null && latencyMs >= 0);

      one.agent.abandon("the test ends it");
      await one.agent.ended;
      await eventually("server2 is online", () => two.group().status === "online");
      const read = readRecord(store.records.get("c/failover1")?.text ?? "");
      assert.ok("record" in read && read.record.holder === "server2", JSON.stringify(read));

      store.down = true;
      await eventually("the witness is lost", () => two.agent.view().witness?.reached === false);
      assert.equal(two.agent.view().witness?.message, "(99 : the store is down)");
    } finally {
      for (const agent of agents) {
        agent.abandon("the test ends");
        await agent.ended;
      }
    }
  }));
