/** What drop-ins could get at beyond what they are allowed: programs, the agent's thread, memory, logs. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { loadPlugin } from "../../core/plugin/registry.ts";
import { DEFAULT_SETTINGS } from "../../core/plugin/settings.ts";
import { DropInAgent, eventually, latenessDuring } from "./drop_in_agent.ts";

/** A heartbeat that is later than that is one too late, in milliseconds. */
const LATE_MS = 50;
/** Others use this machine too: what was late once because of them is not late again. */
const ATTEMPTS = 3;

/** A check with this body. */
const monitor = (body: string, options = "{}", before = "") =>
  `${before}\nexport default { kind: "monitor", description: "Checks.", options: ${options}, async check(context) {
    ${body}
  } };`;

const FINE = monitor("return { status: 'normal', message: 'fine' };");

Deno.test("a program that is allowed stays that program, whatever environment it is given", async () => {
  const source = monitor(
    `
    const { folder, exec, options } = context;
    Deno.writeTextFileSync(folder + "/true", "#!/bin/sh\\necho something else\\n", { mode: 0o755 });
    const { stdout } = await exec(["true"], { env: { [options.name]: folder } });
    return { status: "normal", message: "it said: " + stdout };`,
    `{ name: { type: "string", description: "x" } }`,
  );
  await DropInAgent.with({ "a.js": source }, async (agent) => {
    const plugin = await agent.load("a", "monitor", { allow: { run: ["true"] } });
    for (const name of ["PATH", "LD_PRELOAD", "LD_LIBRARY_PATH", "BASH_ENV"]) {
      const { status, message } = await agent.check(plugin, 30_000, { name });
      assert.equal(status, "unknown");
      assert.ok(message.startsWith(`it may not give true the variable ${name}`), message);
    }
    const { message } = await agent.check(plugin, 30_000, { name: "QUEUE" });
    assert.equal(message, "it said: ");
  });
});

Deno.test("many questions about the machine at once cost no heartbeat", async () => {
  const source = monitor(`
    const ask = () => context.os.nics(context.signal);
    await Promise.all(Array.from({ length: 60 }, ask));
    return { status: "normal", message: "asked" };`);
  let latenessMs = Infinity;
  for (let attempt = 0; attempt < ATTEMPTS && latenessMs > LATE_MS; attempt++) {
    await DropInAgent.with({ "a.js": source }, async (agent) => {
      const plugin = await agent.load("a", "monitor");
      const os = {
        ...agent.contexts.os,
        nics: () => {
          // As long as it takes to start a program on a busy machine.
          for (const untilMs = performance.now() + 5; performance.now() < untilMs;);
          return Promise.resolve([]);
        },
      };
      Object.assign(agent.contexts, { os });
      latenessMs = await latenessDuring(async () => {
        assert.equal((await agent.check(plugin, 30_000)).message, "asked");
      });
    });
  }
  assert.ok(latenessMs <= LATE_MS, `a heartbeat was ${Math.round(latenessMs)} ms late`);
});

Deno.test("a check changes neither the machine nor EC2", async () => {
  const source = monitor(
    `
    const { os, signal, options } = context;
    const ec2 = await context.ec2();
    const within = { signal };
    const ways = {
      nics: () => os.nics(signal),
      removeAddress: () => os.removeAddress("10.1.0.20", signal),
      stopService: () => os.stopService("postgresql", signal),
      replaceRoute: () => ec2.replaceRoute("rtb-1", "10.1.0.20/32", "eni-1", within),
      assuming: () => ec2.assuming("arn:aws:iam::1:role/x").disassociateAddress("eipassoc-1", within),
    };
    await ways[options.way]();
    return { status: "normal", message: "done" };`,
    `{ way: { type: "string", description: "x" } }`,
  );
  await DropInAgent.with({ "a.js": source }, async (agent) => {
    const plugin = await agent.load("a", "monitor");
    for (const way of ["removeAddress", "stopService", "replaceRoute", "assuming"]) {
      const { status, message } = await agent.check(plugin, 30_000, { way });
      assert.equal(status, "unknown");
      assert.match(message, /^a drop-in may not ask for (os|ec2)\.\w+ here/);
    }
    assert.equal((await agent.check(plugin, 30_000, { way: "nics" })).message, "done");
  });
});

Deno.test({
  name: "when memory runs out, a check ends before the agent; what decides over a group does not",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const device = `export default { kind: "quorum", vote: "weak", description: "Answers.", options: {},
      async probe() { return { status: "normal", message: "here" }; } };`;
    await DropInAgent.with({ "a.js": FINE, "d.js": device }, async (agent) => {
      await agent.load("a", "monitor");
      await agent.load("d", "quorum");
      const scores = await Promise.all(
        agent.dropIns.states().map(async ({ pid }) => Number(await Deno.readTextFile(`/proc/${pid}/oom_score_adj`))),
      );
      const own = Number(await Deno.readTextFile("/proc/self/oom_score_adj"));
      assert.deepEqual(scores, [500, own]);
    });
  },
});

Deno.test("a regular expression that never ends costs its drop-in, and no heartbeat", async () => {
  const source = monitor(
    "return { status: 'normal', message: 'fine' };",
    `{ name: { type: "string", description: "x", pattern: { test: /^(a+)+$/, expected: "some a" } },
       token: { type: "strings", description: "x", secret: true, pattern: { test: /^b+$/, expected: "some b" } } }`,
  );
  let latenessMs = Infinity;
  for (let attempt = 0; attempt < ATTEMPTS && latenessMs > LATE_MS; attempt++) {
    await DropInAgent.with({ "a.js": source }, async (agent) => {
      const plugin = await agent.load("a", "monitor");
      const validate = (options: Record<string, unknown>) => plugin.remote!.validate!(options);
      assert.deepEqual(await validate({ name: "aaa", token: ["b", "bb"] }), []);
      assert.deepEqual(await validate({ name: "abc" }), ['option name must be some a (it is "abc")']);
      assert.deepEqual(await validate({ token: ["b", "c"] }), ["option token must be some b"]);
      latenessMs = await latenessDuring(async () => {
        await assert.rejects(validate({ name: `${"a".repeat(60)}!` }), /a was ended/);
      });
    });
  }
  assert.ok(latenessMs <= LATE_MS, `a heartbeat was ${Math.round(latenessMs)} ms late`);
});

Deno.test("drop-ins that are only looked at leave no process, and have the same limits", async () => {
  const bomb = `const kept = []; for (let i = 0; i < 100; i++) {
    kept.push(new Uint8Array(8e6).fill(1)); await new Promise((r) => setTimeout(r, 20)); }
    ${FINE}`;
  await DropInAgent.with({ "a.js": FINE, "b.js": FINE, "bomb.js": bomb }, async (agent) => {
    const hosts = async () => {
      const { stdout } = await new Deno.Command("ps", { args: ["-eo", "ppid,args"], stdout: "piped" }).output();
      const lines = new TextDecoder().decode(stdout).split("\n");
      return lines.filter((line) => line.trim().startsWith(`${Deno.pid} `) && line.includes("core/host/main.ts"));
    };
    for (const type of ["a", "b"]) {
      assert.equal((await agent.dropIns.describe(type, join(agent.folder, "plugins", `${type}.js`))).kind, "monitor");
      assert.deepEqual(await hosts(), []);
    }
    const looked = agent.dropIns.describe("bomb", join(agent.folder, "plugins", "bomb.js"));
    await assert.rejects(looked, /it uses \d+ MiB of memory, of 256 allowed/);
    await eventually("its process is gone", async () => (await hosts()).length === 0);
  });
});

Deno.test("drop-ins keep their own folders, whatever the folder they lie in is called", async () => {
  const keeps = monitor("await context.state.set(1); return { status: 'normal', message: 'kept' };");
  await DropInAgent.with({}, async (agent) => {
    const dir = join(agent.folder, "stand alone plugins");
    await Deno.mkdir(dir);
    for (const type of ["a", "b"]) await Deno.writeTextFile(join(dir, `${type}.js`), keeps);
    const sources = {
      builtIns: { resource: {}, monitor: {}, quorum: {}, fence: {} },
      dropInDirs: [dir],
      load: agent.dropIns.load,
    };
    for (const type of ["a", "b"]) {
      const settings = { ...DEFAULT_SETTINGS, stateDir: join(agent.folder, "state") };
      const plugin = await loadPlugin(type, "monitor", sources, settings);
      assert.equal((await agent.check(plugin, 30_000)).message, "kept");
    }
  });
});

Deno.test("a flood of log lines becomes a few, and a count", async () => {
  const source = monitor(`
    for (let i = 0; i < 60; i++) {
      for (let j = 0; j < 10; j++) context.log.info("line");
      await new Promise((r) => setTimeout(r, 20));
    }
    return { status: "normal", message: "said" };`);
  await DropInAgent.with({ "a.js": source }, async (agent) => {
    const plugin = await agent.load("a", "monitor");
    const startedMs = performance.now();
    assert.equal((await agent.check(plugin, 30_000)).message, "said");
    const seconds = Math.ceil((performance.now() - startedMs) / 1_000) + 1;
    assert.ok(agent.logged.length >= 20, `${agent.logged.length} lines`);
    assert.ok(agent.logged.length <= 20 * seconds, `${agent.logged.length} lines in ${seconds} s`);
  });
});
