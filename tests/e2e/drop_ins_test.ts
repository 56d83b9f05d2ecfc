import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { watchPrograms } from "../../core/os/programs.ts";
import { createContext, fenceContext } from "../../core/plugin/context.ts";
import { DropInAgent, eventually } from "./drop_in_agent.ts";

/** A check with this body. */
const monitor = (body: string, options = "{}", before = "") =>
  `${before}\nexport default { kind: "monitor", description: "Checks.", options: ${options}, async check(context) {
    ${body}
  } };`;

const FINE = monitor("return { status: 'normal', message: 'fine' };");
/** Spins when it is told to, before or after it has waited. */
const SPINNER = monitor(`
  if (context.options.spin === "late") await new Promise((r) => setTimeout(r, 20));
  if (context.options.spin) for (;;);
  return { status: "normal", message: "fine" };`);

const pidsOf = (agent: DropInAgent) => new Map(agent.dropIns.states().map(({ type, pid }) => [type, pid]));

Deno.test("checks with the same permissions share a process; other permissions and other kinds have their own", async () => {
  const fence = `export default { kind: "fence", description: "Stops.", options: {},
    async ready() { return { status: "normal", message: "could" }; },
    async stop({ target, targetOptions }) { return target + " is off: " + targetOptions.plug; } };`;
  await DropInAgent.with({ "a.js": FINE, "b.js": FINE, "c.js": FINE, "f.js": fence }, async (agent) => {
    await agent.load("a", "monitor");
    await agent.load("b", "monitor");
    await agent.load("c", "monitor", { allow: { net: false } });
    const plugin = await agent.load("f", "fence");
    const pids = pidsOf(agent);
    assert.equal(pids.get("a"), pids.get("b"));
    assert.equal(new Set(pids.values()).size, 3);
    assert.ok(!pids.has(String(Deno.pid)));
    const signal = AbortSignal.timeout(30_000);
    const subject = { name: "fence", options: new Map([["server1", {}]]) };
    const context = fenceContext(agent.contexts.of(subject, signal), "server2", { plug: "7" });
    assert.equal(await plugin.stop(context), "server2 is off: 7");
    assert.equal((await plugin.ready(context)).status, "normal");
  });
});

Deno.test("whose code spins gets a process for itself; its neighbours go on", async () => {
  await DropInAgent.with({ "a.js": FINE, "spinner.js": SPINNER }, async (agent) => {
    const a = await agent.load("a", "monitor");
    const spinner = await agent.load("spinner", "monitor");
    const verdict = await agent.check(spinner, 400, { spin: "now" });
    assert.equal(verdict.status, "unknown");
    await eventually("it is alone", () => agent.dropIns.states().every(({ alone }) => alone));
    assert.deepEqual(await agent.check(a, 30_000), { status: "normal", message: "fine" });
    assert.deepEqual(await agent.check(spinner, 30_000), { status: "normal", message: "fine" });
    const [stateOfA, state] = agent.dropIns.states();
    assert.equal(stateOfA!.misdeed, null);
    assert.match(state!.misdeed!.reason, /not let the event loop turn/);
    assert.ok(agent.notes.some((text) => text.startsWith("The drop-in spinner has a process for itself now")));
    assert.notEqual(state!.pid, stateOfA!.pid);
  });
});

Deno.test("a culprit that nobody can name is found by dividing those who were under way", async () => {
  const names = ["a", "b", "c", "d", "e"];
  const files = Object.fromEntries(names.map((name) => [`${name}.js`, SPINNER]));
  await DropInAgent.with(files, async (agent) => {
    const plugins = new Map<string, Awaited<ReturnType<typeof agent.load<"monitor">>>>();
    for (const name of names) plugins.set(name, await agent.load(name, "monitor"));
    const alone = (name: string) => agent.dropIns.states().find(({ type }) => type === name)!.alone;
    // All wait 20 ms at once, then one of them spins: each could be the one.
    let rounds = 0;
    for (; rounds < 8 && !agent.dropIns.states().find(({ type }) => type === "d")!.misdeed; rounds++) {
      await Promise.all(
        names.map((name) => agent.check(plugins.get(name)!, 300, name === "d" ? { spin: "late" } : {})),
      );
      await new Promise((resolve) => setTimeout(resolve, 800));
    }
    assert.ok(alone("d"), `after ${rounds} rounds`);
    for (const name of names.filter((each) => each !== "d")) {
      assert.equal((await agent.check(plugins.get(name)!, 30_000)).status, "normal");
    }
    assert.deepEqual(agent.dropIns.states().filter(({ misdeed }) => misdeed).map(({ type }) => type), ["d"]);
  });
});

Deno.test("one that does not end is moved without a loss for a neighbour that is at work", async () => {
  const slow = monitor("await new Promise((r) => setTimeout(r, 1_500)); return { status: 'normal', message: 'slow' };");
  const never = monitor("await new Promise(() => setInterval(() => {}, 1_000));");
  await DropInAgent.with({ "slow.js": slow, "never.js": never }, async (agent) => {
    const [slowly, nothing] = [await agent.load("slow", "monitor"), await agent.load("never", "monitor")];
    const working = agent.check(slowly, 30_000);
    assert.equal((await agent.check(nothing, 200)).code, 6);
    await eventually("it is alone", () => agent.dropIns.states().every(({ alone }) => alone));
    assert.deepEqual(await working, { status: "normal", message: "slow" });
  });
});

Deno.test("one that changes what its neighbours inherit loses their company", async () => {
  const polluter = monitor("Array.prototype.map = () => []; return { status: 'normal', message: 'done' };");
  await DropInAgent.with({ "a.js": FINE, "polluter.js": polluter }, async (agent) => {
    const [a, bad] = [await agent.load("a", "monitor"), await agent.load("polluter", "monitor")];
    await agent.check(bad, 2_000);
    await eventually("it is alone", () => agent.dropIns.states().every(({ alone }) => alone));
    assert.match(agent.dropIns.states()[1]!.misdeed!.reason, /it changed Array\.prototype\.map/);
    assert.equal((await agent.check(a, 30_000)).status, "normal");
  });
});

Deno.test("a process that has to be ended again and again is started later and later", async () => {
  await DropInAgent.with({ "exits.js": monitor("Deno.exit(1);") }, async (agent) => {
    const plugin = await agent.load("exits", "monitor");
    const said: string[] = [];
    for (let index = 0; index < 4; index++) said.push((await agent.check(plugin, 2_000)).message);
    assert.match(said[0]!, /called exit/);
    assert.match(said[1]!, /called exit/);
    assert.match(said[2]!, /is started again in 2\d\d ms|is started again in 250 ms/);
  });
});

const LIMITS = monitor(
  `const tried = {};
  const attempt = async (what, work) => {
    try { tried[what] = String(await work() ?? "yes"); } catch (error) { tried[what] = error.name + " " + error.message; }
  };
  await attempt("own", () => Deno.readTextFileSync(new URL("./beside.txt", import.meta.url)));
  await attempt("read", () => Deno.readTextFileSync("/etc/hostname"));
  await attempt("folder", () => Deno.writeTextFileSync(context.folder + "/x", "1"));
  await attempt("write", () => Deno.writeTextFileSync("/tmp/baton-must-not-exist", "1"));
  await attempt("run", async () => (await context.exec(["echo", "hello"])).stdout.trim());
  await attempt("other", () => context.exec(["ls"]));
  await attempt("spawn", () => new Deno.Command("ls").outputSync().code);
  await attempt("env", () => Deno.env.get("PATH"));
  await attempt("sys", () => Deno.osRelease());
  await attempt("net", () => context.tcp.connect("127.0.0.1", 1, { signal: context.signal }));
  await attempt("power", () => context.os.power("shutdown", "x", 1));
  return { status: "normal", message: JSON.stringify(tried) };`,
);

Deno.test("a drop-in can do what it was allowed and nothing else", async () => {
  const files = { "first.js": FINE, "limits.js": LIMITS, "beside.txt": "beside" };
  const tried = async (allow: Record<string, boolean | string[]>) => {
    let answer: Record<string, string> = {};
    await DropInAgent.with(files, async (agent) => {
      // It comes into a host that runs already.
      await agent.load("first", "monitor", { allow });
      const plugin = await agent.load("limits", "monitor", { allow });
      await assert.rejects(Deno.stat(join(agent.folder, "state")), "reading a file must not leave anything behind");
      answer = JSON.parse((await agent.check(plugin, 30_000)).message);
    });
    return answer;
  };
  const little = await tried({});
  assert.equal(little.own, "beside");
  assert.equal(little.folder, "yes");
  for (const what of ["read", "write", "spawn", "env", "sys"]) assert.match(little[what]!, /^NotCapable/, what);
  assert.match(little.run!, /may not run echo/);
  assert.match(little.net!, /refuses connections/);
  assert.match(little.power!, /a drop-in has no os\.power/);
  const more = await tried({ net: false, run: ["echo"], read: ["/etc/hostname"], env: ["PATH"] });
  assert.equal(more.run, "hello");
  assert.match(more.other!, /may not run ls/);
  assert.match(more.spawn!, /^NotCapable/);
  assert.match(more.net!, /net access/);
  for (const what of ["read", "env"]) assert.doesNotMatch(more[what]!, /^NotCapable/, what);
});

Deno.test("a resource is called through its host as in the agent itself", async () => {
  const resource = `export default {
    kind: "resource", description: "Carries.", address: true, options: { ip: { type: "address", required: true, description: "which" } },
    validate: ({ ip }) => ip === "10.0.0.9" ? ["not that one"] : [],
    companion: ({ ip }, name) => ({ type: "ip", options: { ip, name } }),
    async prepare({ log }) { log.info("prepared"); },
    async activate({ os, options, signal, reason, epoch, exec, log, ec2 }) {
      await os.addAddress("eth0", options.ip, signal);
      log.info([reason, epoch, (await exec(["sh", "-c", "echo $BATON_TEST_MARK"])).stdout.trim()].join(" "));
      await (await ec2()).assuming("arn:role").replaceRoute({ tableId: "rtb-1", destination: "x", eniId: "eni-1" }, { signal });
    },
    async deactivate({ os, options, signal }) { await os.removeAddress(options.ip, signal); },
    async guard({ os, options }) { return [os.removeAddressCommand("eth0", options.ip)]; },
    async kill() { return [["true"]]; },
  };`;
  await DropInAgent.with({ "carry.js": resource }, async (agent) => {
    await Deno.mkdir(join(agent.folder, "machine", "nics", "eth0", "addresses"), { recursive: true });
    await Deno.writeTextFile(join(agent.folder, "machine", "nics", "eth0", "mac"), "02:00:00:00:00:01");
    const plugin = await agent.load("carry", "resource", { allow: { run: ["sh"] } });
    assert.equal(plugin.address, true);
    assert.deepEqual(await plugin.remote!.validate!({ ip: "10.0.0.9" }), ["not that one"]);
    assert.deepEqual(await plugin.remote!.companion!({ ip: "10.0.0.8" }, "r1"), {
      type: "ip",
      options: { ip: "10.0.0.8", name: "r1" },
    });
    const { os, imds } = agent.contexts.of({ name: "x", options: new Map() }, AbortSignal.timeout(1));
    const routes: unknown[] = [];
    const logged: string[] = [];
    const ec2 = {
      assuming: (role: string) => ({
        replaceRoute: (route: unknown) => Promise.resolve(void routes.push([role, route])),
      }),
    };
    const log = { debug: () => {}, info: (text: string) => void logged.push(text), warn: () => {} };
    const context = {
      ...createContext({
        options: { ip: "10.0.0.8" },
        name: "r1",
        server: "server1",
        group: "g",
        signal: AbortSignal.timeout(30_000),
        log,
        os,
        ec2: () => Promise.resolve(ec2 as never),
        imds,
      }),
      environment: { BATON_TEST_MARK: "marked" },
    };
    await plugin.prepare!(context);
    await plugin.activate({ ...context, reason: "failover", epoch: 7 });
    assert.deepEqual((await os.nics(context.signal))[0]!.addresses.map(({ ip }) => ip), ["10.0.0.8"]);
    assert.deepEqual(await plugin.guard!(context), [os.removeAddressCommand("eth0", "10.0.0.8")]);
    assert.deepEqual(await plugin.kill!(context), [["true"]]);
    await plugin.deactivate({ ...context, reason: "stop" });
    await plugin.deactivate({ ...context, reason: "stop" });
    assert.deepEqual((await os.nics(context.signal))[0]!.addresses, []);
    assert.deepEqual(logged, ["prepared", "failover 7 marked"]);
    assert.deepEqual(routes, [["arn:role", { tableId: "rtb-1", destination: "x", eniId: "eni-1" }]]);
  });
});

const refusals: [string, string, RegExp][] = [
  ["a syntax error", "export default {\n  kind: = 1 };\n", /bad\.ts:2:9 is not valid TypeScript or JavaScript/],
  ["no default export", "export const a = 1;", /bad\.ts has no default export/],
  ["another contract", FINE.replace("kind:", "api: 2, kind:"), /api is 2: this Baton knows the contract 1/],
  ["a wrong kind", FINE.replace('"monitor"', '"quorum"'), /bad is a quorum, but it is used as a monitor/],
  ["an import that fails", 'import "./nowhere.js";\n' + FINE, /bad\.ts.*could not be loaded: .*nowhere\.js/],
  ["a file that throws", "throw new Error('no way');", /bad\.ts:1:7 could not be loaded: no way/],
  ["a file that ends the program", "Deno.exit(0);", /bad\.ts:1:6 could not be loaded: it called exit|called exit\(0\)/],
  ["a file that never ends", "for (;;);", /was ended: .*not let the event loop turn|did not end/],
  ["a file that never has loaded", "await new Promise(() => setInterval(() => {}, 999));", /load did not end/],
];

for (const [what, text, message] of refusals) {
  Deno.test(`a drop-in is refused by its host: ${what}`, async () => {
    await DropInAgent.with({ "bad.ts": text, "a.js": FINE }, async (agent) => {
      const a = await agent.load("a", "monitor");
      await assert.rejects(agent.load("bad", "monitor"), message);
      assert.equal((await agent.check(a, 30_000)).status, "normal");
      // What never ends is given up soon, and nothing else: on a busy machine a host takes its time.
    }, { loadMs: /never/.test(what) ? 5_000 : 60_000 });
  });
}

Deno.test("a host ends with its agent, also while its code spins", async () => {
  await DropInAgent.with({ "spinner.js": SPINNER }, async (agent) => {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "-q", fileURLToPath(new URL("./doomed_agent.ts", import.meta.url)), agent.folder],
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const reader = child.stdout.getReader();
    try {
      const { value } = await reader.read();
      const pid = Number(new TextDecoder().decode(value));
      const alive = () => Deno.stat(`/proc/${pid}/stat`).then(() => true, () => false);
      assert.ok(pid > 1 && await alive());
      child.kill("SIGKILL");
      await eventually("the host has ended", async () => !await alive());
    } finally {
      await reader.cancel();
      await child.status;
    }
  });
});

Deno.test("the dead man's switch ends the hosts of resources too, which could act while the agent is frozen", async () => {
  const resource = `export default { kind: "resource", description: "x", options: {},
    async activate() {}, async deactivate() {} };`;
  const programs = new Set<number>();
  const unwatch = watchPrograms({ begun: (pid) => void programs.add(pid), ended: (pid) => void programs.delete(pid) });
  try {
    await DropInAgent.with({ "a.js": FINE, "r.js": resource }, async (agent) => {
      await agent.load("a", "monitor");
      await agent.load("r", "resource");
      assert.deepEqual([...programs], [pidsOf(agent).get("r")]);
    });
    assert.equal(programs.size, 0);
  } finally {
    unwatch();
  }
});
