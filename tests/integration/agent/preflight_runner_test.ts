/** Two agents that look, each at itself, and tell each other over the interconnect. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Agent } from "../../../core/agent/agent.ts";
import { askPreflight, isPreflightQuestion, preflightAnswer } from "../../../core/agent/peer_questions.ts";
import { pluginLoader } from "../../../core/config/context.ts";
import { loadConfig } from "../../../core/config/load.ts";
import type { DeadMansSwitch } from "../../../core/os/os.ts";
import { SimulatedOs } from "../../../core/os/simulated.ts";
import { createApp } from "../../../core/http/app.ts";
import { builtIns } from "../../../plugins/mod.ts";
import { eventually, freePorts, inFolder, quiet } from "../../unit/agent/helpers.ts";
import { KeyRing } from "../../../core/agent/key_ring.ts";

const KEY = "k".repeat(64);
const plugins = pluginLoader({ builtIns, dropInDirs: [] });

class Machine extends SimulatedOs {
  override deadMansSwitch(): Promise<DeadMansSwitch> {
    return Promise.resolve({
      pid: 0,
      ended: new Promise<void>(() => {}),
      alive: () => {},
      hurry: () => {},
      disarm: () => Promise.resolve(),
    });
  }
}

function yamlOf(ports: readonly number[], more = ""): string {
  return `cluster: preflights
key: baton.key
state: state
timing: fast
servers:
  server1: { interconnect: 127.0.0.1:${ports[0]} }
  server2: { interconnect: 127.0.0.1:${ports[1]} }
quorum: { nat: { type: ping, addresses: [10.0.10.100] } }
groups:
  failover1:
    startup: manual
    resources:
      db: { type: service, service: db }
${more}`;
}

async function startAgent(dir: string, server: string, yaml: string) {
  const home = join(dir, server);
  await Deno.mkdir(join(home, "services"), { recursive: true });
  await Deno.mkdir(join(home, "reach"), { recursive: true });
  await Deno.writeTextFile(join(home, "services", "db"), "stopped");
  await Deno.writeTextFile(join(home, "reach", "10.0.10.100"), "1");
  await Deno.writeTextFile(join(home, "baton.key"), KEY, { mode: 0o600 });
  const path = join(home, "cluster.yaml");
  await Deno.writeTextFile(path, yaml);
  const os = new Machine(home);
  const load = (file: string) => loadConfig(file, { plugins });
  const config = await loadConfig(path, { plugins, server });
  const agent = await Agent.start({
    config,
    server,
    version: "1.0.0",
    keys: new KeyRing([new TextEncoder().encode(KEY)]),
    os,
    load,
    onJournal: () => {},
    log: () => quiet,
  });
  return { agent, home };
}

const stop = async (...agents: { agent: Agent }[]) => {
  for (const { agent } of agents) agent.abandon("the test is over");
  await Promise.all(agents.map(({ agent }) => agent.ended));
};

Deno.test("an operator asks one agent about all servers: what would fail there is told here", () =>
  inFolder(async (dir) => {
    const yaml = yamlOf(await freePorts(2));
    const one = await startAgent(dir, "server1", yaml);
    const two = await startAgent(dir, "server2", yaml);
    try {
      const heard = (agent: Agent) => agent.view().paths.every(({ silentMs }) => silentMs !== null);
      await eventually("both hear each other", () => heard(one.agent) && heard(two.agent));
      await Deno.remove(join(two.home, "services", "db"));

      const found = await one.agent.preflight(true);
      assert.equal(found.own?.server, "server1");
      assert.deepEqual(found.own.findings.filter(({ status, code }) => status !== "ok" && code !== 43), []);
      const clock = found.own.findings.find(({ message }) => message.startsWith("its clock"));
      assert.equal(clock?.status, "ok");
      assert.ok(
        found.own.findings.some(({ subject, message }) => subject === "server2 -> server1" && /carries/.test(message)),
      );
      assert.ok(
        found.own.findings.some(({ subject, message }) => subject === "server1 -> server2" && /carries/.test(message)),
      );
      assert.ok(found.peers.server2?.findings.some(({ subject, code }) => subject === "db" && code === 5));
      assert.deepEqual(found.readiness.map(({ server, ready }) => [server, ready]), [["server1", true], [
        "server2",
        false,
      ]]);

      // It stands in the status, and in the journal once.
      assert.match(
        one.agent.view().preflight!.readiness[1]!.message,
        /server2 would fail to take failover1: db \(5 : there is no/,
      );
      const lines = () => one.agent.view().reasons.filter(({ code }) => code.startsWith("preflight-"));
      assert.deepEqual(lines().map(({ code, group }) => [code, group]), [["preflight-unready", "failover1"]]);
      await one.agent.preflight(true);
      assert.equal(lines().length, 1);
      // It only tells: nobody is kept from carrying.
      assert.ok(one.agent.view().view.groups[0]!.servers.every(({ ready }) => ready));
    } finally {
      await stop(one, two);
    }
  }));

Deno.test("servers with different files say so, and one that does not run is not taken for well", () =>
  inFolder(async (dir) => {
    const ports = await freePorts(2);
    const one = await startAgent(dir, "server1", yamlOf(ports));
    const two = await startAgent(dir, "server2", `${yamlOf(ports)}# another\n`);
    try {
      await eventually("they hear each other", () => one.agent.view().paths[0]?.silentMs !== null);
      const { own } = await one.agent.preflight(false);
      assert.ok(
        own?.findings.some(({ subject, code, status }) => subject === "server2" && code === 45 && status === "warning"),
      );
    } finally {
      await stop(two);
    }
    try {
      assert.ok((await one.agent.preflight(true)).own !== null);
      const gone = () => one.agent.view().preflight!.readiness.find(({ server }) => server === "server2")!;
      await eventually("that it is gone is noticed", () => gone().ready === false);
      assert.match(gone().message, /^server2 could not take failover1 now: it has (?:left|been silent)/);
    } finally {
      await stop(one);
    }
  }));

Deno.test("the status endpoint runs a preflight for the operator only", async () => {
  const asked: boolean[] = [];
  const state = { own: null, peers: {}, readiness: [] };
  const app = createApp(
    {
      view: () => assert.fail(),
      request: () => undefined,
      preflight: (all) => {
        asked.push(all);
        return Promise.resolve(state);
      },
    },
    "f".repeat(64),
    "1",
  );
  const refused = await app.request("/preflight", { method: "POST" });
  assert.deepEqual([refused.status, refused.headers.get("WWW-Authenticate")], [401, "Bearer"]);
  await refused.body?.cancel();
  assert.deepEqual(asked, []);
  const headers = { Authorization: `Bearer ${"f".repeat(64)}` };
  const answer = await app.request("/preflight?all=true", { method: "POST", headers });
  assert.deepEqual(await answer.json(), state);
  assert.deepEqual(asked, [true]);
});

Deno.test("an answer is believed only when it is one, and what is too long is cut", async () => {
  assert.ok(isPreflightQuestion({ do: "preflight", fresh: false }));
  for (const other of [null, 1, {}, { do: "fetch" }, { do: "preflight" }]) assert.ok(!isPreflightQuestion(other));
  const long = "x".repeat(5_000);
  const finding = { status: "error" as const, code: 5, subject: "a", message: long, remedy: long, group: null };
  const report = {
    server: "b",
    version: "1",
    digest: "d",
    run: 1,
    at: "",
    elapsedMs: 1,
    findings: Array(500).fill(finding),
  };
  const answer = preflightAnswer({ version: "1", digest: "d", paths: [], report });
  const reply = await askPreflight(() => Promise.resolve(JSON.parse(JSON.stringify(answer))), false);
  assert.equal(reply?.report?.findings.length, 300);
  assert.equal(reply?.report?.findings[0]?.message.length, 600);
  assert.ok(Math.abs(reply!.offsetMs) < 1_000);
  for (const strange of [null, {}, { wallMs: "now" }, { wallMs: 1, state: { version: 1 } }]) {
    assert.equal(await askPreflight(() => Promise.resolve(strange), false), undefined);
  }
  assert.equal(await askPreflight(() => Promise.reject(new Error("no")), false), undefined);
});
