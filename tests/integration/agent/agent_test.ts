import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { join } from "node:path";
import { Agent } from "../../../core/agent/agent.ts";
import { POWER_WINDOW_MS } from "../../../core/agent/power_log.ts";
import { InterconnectError } from "../../../core/agent/interconnect.ts";
import { StateFile } from "../../../core/agent/state_file.ts";
import { pluginLoader } from "../../../core/config/context.ts";
import { loadConfig } from "../../../core/config/load.ts";
import type { DeadMansSwitch } from "../../../core/os/os.ts";
import { SimulatedOs } from "../../../core/os/simulated.ts";
import { builtIns } from "../../../plugins/mod.ts";
import { FakeWatchdog } from "./fake_watchdog.ts";
import { eventually, freePorts, inFolder, quiet } from "../../unit/agent/helpers.ts";
import { KeyRing } from "../../../core/agent/key_ring.ts";

const KEY = new TextEncoder().encode("k".repeat(64));
const plugins = pluginLoader({ builtIns, dropInDirs: [] });

/** A machine that counts its dead man's switches; real ones have tests of their own. */
class Machine extends SimulatedOs {
  armed = 0;
  readonly powered: string[] = [];

  constructor(dir: string) {
    super(dir, (action) => this.powered.push(action));
  }

  override deadMansSwitch(): Promise<DeadMansSwitch> {
    this.armed += 1;
    return Promise.resolve({
      pid: 0,
      ended: new Promise<void>(() => {}),
      alive: () => {},
      hurry: () => {},
      disarm: () => {
        this.armed -= 1;
        return Promise.resolve();
      },
    });
  }
}

/** The files of one server, and its agent. */
async function startAgent(dir: string, server: string, yaml: string) {
  const home = join(dir, server);
  await Deno.mkdir(home, { recursive: true });
  const path = join(home, "cluster.yaml");
  await Deno.writeTextFile(path, yaml);
  const os = new Machine(home);
  const load = (file: string) => loadConfig(file, { plugins, server });
  const config = await load(path);
  const agent = await Agent.start({
    config,
    load,
    server,
    keys: new KeyRing([KEY]),
    os,
    onJournal: () => {},
    log: () => quiet,
  });
  const group = () => agent.view().view.groups[0]!;
  return { agent, os, home, group };
}

/** A cluster whose group is a pair of scripts that write down what they do. `stop` may be made to fail by a file. */
function yamlOf(dir: string, ports: readonly number[], more = ""): string {
  const script = (verb: string) =>
    JSON.stringify([
      "sh",
      "-c",
      `echo "${verb} $BATON_SERVER $BATON_EVENT" >>"$0/log"; test ! -e "$0/no-$1"`,
      dir,
      verb,
    ]);
  return `
cluster: c
state: state
timing: { detection: 6s }
selfFence: stop-service
servers:
${ports.map((port, index) => `  server${index + 1}: { interconnect: "127.0.0.1:${port}" }`).join("\n")}
groups:
  failover1:
    resources:
      app:
        type: script
        start: ${script("start")}
        stop: ${script("stop")}
        deactivation: { retries: 0, finalAction: stop-service }
${more}`;
}

const linesOf = async (dir: string) => (await Deno.readTextFile(join(dir, "log"))).trim().split("\n");

Deno.test("two agents elect one carrier, the carrier leaves in order, the other takes over, and both end well", () =>
  inFolder(async (dir) => {
    using device = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const accepting = (async () => {
      for await (const connection of device) connection.close();
    })().catch(() => {});
    const yaml = yamlOf(
      dir,
      await freePorts(2),
      `quorum: { nat: { type: tcp, host: 127.0.0.1, port: ${device.addr.port} } }
monitors: { port: { type: tcp, host: 127.0.0.1, port: ${device.addr.port}, interval: 200ms, timeout: 100ms } }`,
    );
    const one = await startAgent(dir, "server1", yaml);
    const two = await startAgent(dir, "server2", yaml);

    await eventually("server1 is online", () => one.group().status === "online");
    assert.equal(two.group().status, "offline");
    await eventually("server2 sees it", () => two.group().carrier === "server1");
    assert.deepEqual([one.os.armed, two.os.armed], [1, 0]);
    const view = one.agent.view();
    assert.deepEqual(view.devices.map(({ name, reached }) => [name, reached]), [["nat", true]]);
    assert.equal(view.view.votes.quorum, true);
    assert.ok(view.paths[0]!.silentMs! < 6_000);
    await eventually("the monitor has looked", () => one.agent.view().checks.port?.verdict.status === "normal");

    assert.match(
      two.agent.request({ op: "move", group: "failover1", to: "server9", by: "test" })!,
      /There is no server server9; the servers of failover1 are server1, server2/,
    );

    assert.equal(one.agent.request({ op: "leave", by: "test" }), undefined);
    const ended = await one.agent.ended;
    assert.equal(ended.status, 0);
    assert.match(ended.reason, /test asked for it/);
    assert.equal(one.os.armed, 0);
    assert.equal(one.agent.request({ op: "leave", by: "test" }), "the agent is stopping");

    await eventually("server2 is online", () => two.group().status === "online");
    // In order: it did not have to wait for the silence of the other.
    const story = two.agent.view().reasons.map(({ code }) => code);
    assert.ok(story.includes("peer-left") && !story.includes("peer-silent"), story.join(" "));
    two.agent.request({ op: "leave", by: "test" });
    assert.equal((await two.agent.ended).status, 0);
    assert.equal(two.os.armed, 0);

    const lines = await linesOf(dir);
    assert.deepEqual(lines.slice(0, 2).sort(), ["stop server1 sweep", "stop server2 sweep"]);
    assert.deepEqual(lines.slice(2), [
      "start server1 start",
      "stop server1 stop",
      "start server2 failover",
      "stop server2 stop",
    ]);
    const journal = (await Deno.readTextFile(join(one.home, "state", "journal.jsonl"))).trim().split("\n");
    const codes = journal.map((line) => JSON.parse(line).code);
    for (const code of ["started", "swept", "claim", "won", "activated", "online", "leaving", "deactivated", "left"]) {
      assert.ok(codes.includes(code), code);
    }
    for (const { home } of [one, two]) {
      (await StateFile.open(join(home, "state"), { cluster: "c", server: "x" })).close();
    }
    device.close();
    await accepting;
  }));

Deno.test("one dead device of two is a warning, and is shown, while the other one keeps the vote", () =>
  inFolder(async (dir) => {
    using device = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const gone = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = gone.addr;
    gone.close();
    const yaml = yamlOf(
      dir,
      await freePorts(2),
      `quorum:
  nat: { type: tcp, host: 127.0.0.1, port: ${device.addr.port} }
  endpoint: { type: http, url: "http://127.0.0.1:${port}/" }`,
    );
    const one = await startAgent(dir, "server1", yaml);
    try {
      await eventually("both were asked", () => one.agent.view().devices.every(({ reached }) => reached !== null));
      const { devices, view, reasons } = one.agent.view();
      assert.deepEqual(devices.map(({ name, reached }) => [name, reached]), [["nat", true], ["endpoint", false]]);
      await eventually("the engine knows", () => one.agent.view().view.tieBreaker?.reached === true);
      assert.equal(view.tieBreaker?.weak, true);
      const lost = reasons.filter(({ code, level }) => code === "device-lost" && level === "warning");
      assert.deepEqual(lost.map(({ text }) => text.split(":")[0]), [
        "The acknowledgement device endpoint is not reached",
      ]);
    } finally {
      one.agent.request({ op: "leave", by: "test" });
      await one.agent.ended;
    }
  }));

Deno.test("a server that comes back remembers, and a group that an operator stopped stays stopped", () =>
  inFolder(async (dir) => {
    const yaml = yamlOf(dir, await freePorts(1));
    const first = await startAgent(dir, "server1", yaml);
    await eventually("online", () => first.group().status === "online");
    const { epoch } = first.group();
    assert.equal(first.agent.request({ op: "stop", group: "failover1", by: "zoe" }), undefined);
    await eventually("down", () => first.group().status === "offline");
    first.agent.request({ op: "leave", by: "test" });
    assert.equal((await first.agent.ended).status, 0);

    const second = await startAgent(dir, "server1", yaml);
    await eventually("it says why", () => second.group().waiting === "zoe stopped it");
    assert.equal(second.group().epoch, epoch);
    assert.doesNotMatch(second.agent.view().reasons[0]!.text, /without memory/);
    second.agent.request({ op: "start", group: "failover1", by: "zoe" });
    await eventually("online", () => second.group().status === "online");
    assert.ok(second.group().epoch > epoch);
    second.agent.request({ op: "leave", by: "test" });
    assert.equal((await second.agent.ended).status, 0);
  }));

Deno.test("a torn state file is in the journal by name", () =>
  inFolder(async (dir) => {
    const yaml = yamlOf(dir, await freePorts(1));
    await Deno.mkdir(join(dir, "server1", "state"), { recursive: true });
    await Deno.writeTextFile(join(dir, "server1", "state", "state.json"), "{");
    const { agent } = await startAgent(dir, "server1", yaml);
    const [complaint, started] = agent.view().reasons;
    assert.match(complaint!.text, /state\.json is torn .*kept as .*state\.json\.torn\.$/);
    assert.match(started!.text, /without memory/);
    agent.request({ op: "leave", by: "test" });
    await agent.ended;
  }));

Deno.test("an agent that can't bind its interconnect does not start and holds nothing", () =>
  inFolder(async (dir) => {
    const ports = await freePorts(1);
    const taken = createSocket("udp4");
    await new Promise<void>((resolve) => taken.bind(ports[0]!, "127.0.0.1", () => resolve()));
    const yaml = yamlOf(dir, ports);
    await assert.rejects(startAgent(dir, "server1", yaml), InterconnectError);
    await new Promise<void>((resolve) => taken.close(() => resolve()));
    const { agent } = await startAgent(dir, "server1", yaml);
    agent.request({ op: "leave", by: "test" });
    assert.equal((await agent.ended).status, 0);
  }));

Deno.test("a second agent with the same state folder is refused and does not disturb the first", () =>
  inFolder(async (dir) => {
    const yaml = yamlOf(dir, await freePorts(1));
    const { agent, group } = await startAgent(dir, "server1", yaml);
    await eventually("online", () => group().status === "online");
    await assert.rejects(startAgent(dir, "server1", yaml), /another agent is running/);
    assert.equal(group().status, "online");
    agent.request({ op: "leave", by: "test" });
    assert.equal((await agent.ended).status, 0);
  }));

Deno.test("a final action that ends the agent has an exit status of its own, with everything down and also with something left", () =>
  inFolder(async (dir) => {
    const never =
      "monitors: { never: { type: tcp, host: 127.0.0.1, port: 1, interval: 200ms, timeout: 100ms, retries: 0, " +
      "startDelay: 0s, recovery: { target: LocalServer, finalAction: stop-service } } }";
    const first = await startAgent(dir, "server1", yamlOf(dir, await freePorts(1), never));
    const ended = await first.agent.ended;
    assert.deepEqual([ended.status, ended.left, ended.again], [3, undefined, undefined]);
    assert.match(ended.reason, /monitor never is in error/);
    assert.equal(first.os.armed, 0);

    const { agent, os, group } = await startAgent(dir, "server1", yamlOf(dir, await freePorts(1)));
    await eventually("online", () => group().status === "online");
    await Deno.writeTextFile(join(dir, "no-stop"), "");
    agent.request({ op: "stop", group: "failover1", by: "test" });
    const left = await agent.ended;
    assert.deepEqual([left.status, left.left], [3, true]);
    assert.match(left.reason, /Failed to stop the resource app/);
    assert.equal(os.armed, 1);
    assert.deepEqual(os.powered, []);
  }));

Deno.test("a file that a running agent can't take up ends it in order, to be started again", () =>
  inFolder(async (dir) => {
    const yaml = yamlOf(dir, await freePorts(1));
    const { agent, os, group } = await startAgent(dir, "server1", yaml);
    await eventually("online", () => group().status === "online");
    // With nothing up there is nothing to move first.
    agent.request({ op: "stop", group: "failover1", by: "test" });
    await eventually("offline", () => group().status === "offline");
    const text = yaml.replace("selfFence: stop-service", "selfFence: shutdown");
    const { reach } = await agent.apply({ text, without: [], mayMove: true, by: "test" });
    assert.equal(reach, "agent");
    const { status, again } = await agent.ended;
    assert.deepEqual([status, again, os.armed], [0, true, 0]);
  }));

Deno.test("when a power action is an hour old the agent that runs may take one again, and says so", () =>
  inFolder(async (dir) => {
    const state = join(dir, "server1", "state");
    await Deno.mkdir(state, { recursive: true, mode: 0o700 });
    // Long enough for a busy machine to start an agent before the hour is over.
    const time = new Date(Date.now() - POWER_WINDOW_MS + 4_000).toISOString();
    await Deno.writeTextFile(join(state, "power.json"), JSON.stringify([{ time, action: "reboot" }]), { mode: 0o600 });
    const { agent } = await startAgent(dir, "server1", yamlOf(dir, await freePorts(1), "maxPowerActions: 1"));
    const told = () => agent.view().reasons.filter(({ text }) => /may shut down and reboot .* again/.test(text));
    await eventually("it is told", () => told().length === 1);
    agent.request({ op: "leave", by: "test" });
    assert.equal((await agent.ended).status, 0);
  }));

Deno.test("an agent that is abandoned ends at once and leaves the switch of what is up armed", () =>
  inFolder(async (dir) => {
    const { agent, os, group } = await startAgent(dir, "server1", yamlOf(dir, await freePorts(1)));
    await eventually("online", () => group().status === "online");
    agent.abandon("SIGTERM came again");
    assert.deepEqual(await agent.ended, { status: 1, reason: "SIGTERM came again" });
    assert.equal(os.armed, 1);
    assert.ok(!(await linesOf(dir)).includes("stop server1 stop"));
  }));

Deno.test("an agent whose disk takes no state ends with status 1 and says why", () =>
  inFolder(async (dir) => {
    const { agent, os, home, group } = await startAgent(dir, "server1", yamlOf(dir, await freePorts(1)));
    await eventually("online", () => group().status === "online");
    await Deno.remove(join(home, "state"), { recursive: true });
    agent.request({ op: "stop", group: "failover1", by: "test" });
    const ended = await agent.ended;
    assert.equal(ended.status, 1);
    assert.match(ended.reason, /^the state can't be written: /);
    assert.match(agent.view().reasons.at(-1)!.text, /without memory there is no vote/);
    // What takes a group down does not wait for the disk; where the agent ended before it was through, the switch goes on.
    assert.ok((await linesOf(dir)).includes("stop server1 stop") || os.armed === 1);
  }));

Deno.test("a watchdog is fed while a group is up, left to its reset when the agent is abandoned, stopped in order", () =>
  inFolder(async (dir) => {
    const yaml = yamlOf(dir, await freePorts(1)).replace("{ detection: 6s }", "fast\nwatchdog: { timeout: 1s }");
    const home = join(dir, "server1");
    await assert.rejects(
      startAgent(dir, "server1", yaml),
      /there is no watchdog device \/dev\/watchdog on this server/,
    );
    const fake = await FakeWatchdog.make(home, {});
    const first = await startAgent(dir, "server1", yaml);
    await eventually("it is fed", async () => (await fake.written()).length >= 4);
    first.agent.request({ op: "leave", by: "test" });
    assert.equal((await first.agent.ended).status, 0);
    assert.match(await fake.written(), /^\n+V$/);

    await Deno.writeTextFile(join(home, "dev", "watchdog"), "");
    const second = await startAgent(dir, "server1", yaml);
    await eventually("it is fed", async () => (await fake.written()).length >= 4);
    second.agent.abandon("test");
    assert.equal((await second.agent.ended).status, 1);
    assert.match(await fake.written(), /^\n+$/);
  }));
