/** The drop-ins that users copy: each passes the suite of its kind, and loads with nothing beside it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fenceContext } from "../../../core/plugin/context.ts";
import type { FencePlugin, MonitorPlugin, PluginContext, ResourcePlugin } from "../../../core/plugin/contract.ts";
import type { ExecResult } from "../../../core/os/os.ts";
import { loadPlugin } from "../../../core/plugin/registry.ts";
import diskSpace from "../../../plugins/examples/disk-space.ts";
import httpHealth from "../../../plugins/examples/http-health.ts";
import mount from "../../../plugins/examples/mount.ts";
import postgresPing from "../../../plugins/examples/postgres-ping.ts";
import powerOff from "../../../plugins/examples/power-off.ts";
import systemdUnit from "../../../plugins/examples/systemd-unit.ts";
import { builtIns } from "../../../plugins/mod.ts";
import { createBench, type TestBench } from "../../conformance/bench.ts";
import type { CheckSubject } from "../../conformance/check_suite.ts";
import { monitorSuite } from "../../conformance/monitor_suite.ts";
import { resourceSuite } from "../../conformance/resource_suite.ts";

const EXAMPLES = fileURLToPath(new URL("../../../plugins/examples/", import.meta.url));
const never = new Promise<never>(() => {});

/** Never settles by itself, as a program that hangs, or a network that swallows. */
async function hanging(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  return await Promise.race([promise, never]);
}

const result = (status: number, stdout = "", stderr = ""): ExecResult => ({
  status,
  stdout,
  stderr,
  truncated: false,
  elapsedMs: 3,
});

/** A context whose programs are `answer`. */
function withPrograms(bench: TestBench, answer: (command: readonly string[]) => ExecResult | "hang") {
  return (options: Record<string, unknown>, signal = new AbortController().signal): PluginContext => ({
    ...bench.context(options, { signal }),
    exec: async (command) => {
      signal.throwIfAborted();
      const said = answer(command);
      return said === "hang" ? await hanging(signal) : said;
    },
  });
}

Deno.test("examples: every file is a plugin by its own name, and imports nothing", async () => {
  const kinds: Record<string, "monitor" | "resource" | "fence"> = {};
  for await (const { name } of Deno.readDir(EXAMPLES)) {
    const type = name.replace(/\.ts$/, "");
    const source = await Deno.readTextFile(join(EXAMPLES, name));
    assert.ok(!/^import\b/m.test(source), `${name} imports something`);
    const kind = /kind: "(\w+)" as const/.exec(source)?.[1] as "monitor";
    const folder = await Deno.makeTempDir({ prefix: "baton-example-" });
    try {
      await Deno.copyFile(join(EXAMPLES, name), join(folder, name));
      await loadPlugin(type, kind, { builtIns, dropInDirs: [folder] });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
    kinds[type] = kind;
  }
  assert.deepEqual(kinds, {
    "disk-space": "monitor",
    "http-health": "monitor",
    "mount": "resource",
    "port443": "monitor",
    "postgres-ping": "monitor",
    "power-off": "fence",
    "systemd-unit": "monitor",
  });
});

/** A service whose health is what `health` says; it has no port while that is undefined. */
monitorSuite("example http-health", httpHealth as unknown as MonitorPlugin, async () => {
  const bench = await createBench();
  let health = () => Promise.resolve(new Response('{"status":"ok"}'));
  const ending = Promise.withResolvers<Response>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => health());
  const options: Record<string, unknown> = { url: `http://127.0.0.1:${server.addr.port}/health` };
  return {
    options,
    context: (values, signal) => bench.context(values, signal === undefined ? {} : { signal }),
    breakIt: () => void (health = () => Promise.resolve(new Response('{"status":"down"}', { status: 503 }))),
    hideIt: () => void (options.url = "http://no-such-name.invalid/health"),
    hang: () => void (health = () => ending.promise),
    errorCode: 5,
    [Symbol.asyncDispose]: async () => {
      ending.resolve(new Response("late"));
      await server.shutdown();
      await bench[Symbol.asyncDispose]();
    },
  };
});

Deno.test("example http-health: degraded and slow are warnings, another text is an error, nobody there too", async () => {
  const check = (text: string, answerMs = 1, status = 200) =>
    httpHealth.check({
      options: { url: "http://x/", slowMs: 100 },
      signal: new AbortController().signal,
      http: { request: () => Promise.resolve({ status, text, answerMs }) },
    });
  assert.equal((await check('{"status":"ok"}')).status, "normal");
  assert.equal((await check('{"status":"degraded"}')).status, "warning");
  assert.equal((await check('{"status":"ok"}', 101)).status, "warning");
  for (const text of ["", "ok", '{"status":1}', '{"status":"dying"}', "null"]) {
    assert.equal((await check(text)).status, "error", text);
  }
  assert.equal((await check('{"status":"ok"}', 1, 500)).status, "error");
});

const df = (used: number, free: number) =>
  result(0, `Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/x ${used + free} ${used} ${free} 1% /\n`);

monitorSuite("example disk-space", diskSpace as unknown as MonitorPlugin, async (): Promise<CheckSubject> => {
  const bench = await createBench();
  let answer: ExecResult | "hang" = df(50, 50);
  return {
    options: { path: "/" },
    context: withPrograms(bench, () => answer),
    breakIt: () => void (answer = df(96, 4)),
    hideIt: () => void (answer = result(1, "", "df: /: Input/output error")),
    hang: () => void (answer = "hang"),
    errorCode: 1,
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
});

Deno.test("example disk-space: a real df, and from check to check when it will be full", async () => {
  await using bench = await createBench();
  const options = { path: "/", warning: 100, error: 100 };
  const real = await diskSpace.check(bench.context(options));
  assert.ok(real.measurements!.usedPercent > 0 && real.measurements!.freeMb > 0, real.message);
  let kept: unknown = { atMs: Date.now() - 3_600_000, usedKb: 1_000 };
  const context = {
    options,
    exec: () => Promise.resolve(df(3_000, 8_000)),
    state: { get: () => Promise.resolve(kept), set: (value: unknown) => Promise.resolve(void (kept = value)) },
  };
  const { measurements } = await diskSpace.check(context);
  assert.equal((measurements as { fullInHours?: number }).fullInHours, 4);
  assert.equal((kept as { usedKb: number }).usedKb, 3_000);
  assert.ok(!Object.hasOwn((await diskSpace.check(context)).measurements!, "fullInHours"), "it does not grow");
});

monitorSuite("example postgres-ping", postgresPing as unknown as MonitorPlugin, async (): Promise<CheckSubject> => {
  const bench = await createBench();
  let answer: ExecResult | "hang" = result(0, "primary\n");
  return {
    options: { role: "primary" },
    context: withPrograms(bench, () => answer),
    breakIt: () => void (answer = result(0, "standby\n")),
    hideIt: () => void (answer = result(2, "", 'psql: error: FATAL:  password authentication failed for user "x"')),
    hang: () => void (answer = "hang"),
    errorCode: 5,
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
});

monitorSuite("example systemd-unit", systemdUnit as unknown as MonitorPlugin, async (): Promise<CheckSubject> => {
  const bench = await createBench();
  let state = "running";
  return {
    options: { unit: "chrony.service" },
    context: (options, signal = new AbortController().signal) => {
      const context = bench.context(options, { signal });
      const serviceState = async () => {
        signal.throwIfAborted();
        return (state === "hang" ? await hanging(signal) : state) as "running";
      };
      return { ...context, os: { ...context.os, serviceState } };
    },
    breakIt: () => void (state = "failed"),
    hideIt: () => void (state = "missing"),
    hang: () => void (state = "hang"),
    errorCode: 1,
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
});

/** Programs that mount into a variable. */
resourceSuite("example mount", mount as unknown as ResourcePlugin, async () => {
  const bench = await createBench();
  let mounted: string | undefined;
  let brake = false;
  const path = join(bench.folder, "data");
  const answer = (command: readonly string[]): ExecResult | "hang" => {
    switch (command[0]) {
      case "findmnt":
        return mounted === undefined ? result(1) : result(0, `${mounted}\n`);
      case "mount":
        if (brake) return "hang";
        if (mounted !== undefined) return result(32, "", "already mounted");
        mounted = command.at(-2);
        return result(0);
      case "umount":
      case "sh":
        if (mounted === undefined && command[0] === "umount") return result(32, "", "not mounted");
        mounted = undefined;
        return result(0);
      default:
        return result(127, "", `no program ${command[0]}`);
    }
  };
  return {
    options: { device: "/dev/nvme1n1", path, fsType: "xfs" },
    context: withPrograms(bench, answer),
    isActive: () => Promise.resolve(mounted === "/dev/nvme1n1"),
    crashHalfway: () => Promise.resolve(void (mounted = "/dev/nvme1n1")),
    hang: () => void (brake = true),
    localDeactivation: true,
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
});

Deno.test("example mount: somebody else's file system is neither used nor unmounted", async () => {
  await using bench = await createBench();
  const commands: string[] = [];
  const context = withPrograms(bench, ([program = ""]) => {
    commands.push(program);
    return program === "findmnt" ? result(0, "/dev/other\n") : result(0);
  })({ device: "/dev/x", path: "/data", fsType: "xfs", mountOptions: ["defaults"] });
  await assert.rejects(mount.activate(context as never), /\/data has \/dev\/other mounted, not \/dev\/x/);
  await mount.deactivate(context as never);
  assert.deepEqual([...new Set(commands)], ["findmnt"]);
});

/** A board that is turned off by programs; `ipmitool` is a script that keeps the power in a file. */
async function board(bench: TestBench): Promise<{ program: string; power: string; calls: string }> {
  const [program, power, calls] = ["ipmitool", "power", "calls"].map((name) => join(bench.folder, name)) as [
    string,
    string,
    string,
  ];
  await Deno.writeTextFile(power, "on");
  await Deno.writeTextFile(
    program,
    `#!/bin/sh
echo "$@" >>'${calls}'
test -e '${power}.forbidden' && { echo "Error: Unable to establish IPMI v2 / RMCP+ session" >&2; exit 1; }
case "$*" in
  *"power status") echo "Chassis Power is $(cat '${power}')" ;;
  *"power off") test -e '${power}.stuck' || echo off >'${power}'; echo "Chassis Power Control: Down/Off" ;;
  *) exit 2 ;;
esac
`,
    { mode: 0o755 },
  );
  return { program, power, calls };
}

Deno.test("example power-off: off for certain, promptly, and no password among the arguments", async () => {
  await using bench = await createBench();
  const { program, power, calls } = await board(bench);
  const fence = powerOff as unknown as FencePlugin;
  const options = { controller: "10.0.9.1", user: "baton", passwordFile: "/etc/baton/ipmi", program };
  const contextOf = (signal = AbortSignal.timeout(5_000)) =>
    fenceContext(bench.context<Record<string, unknown>>(options, { signal }), "server2", {
      ...options,
      controller: "10.0.9.2",
    });
  assert.equal((await fence.ready(contextOf())).status, "normal");
  assert.equal((await Deno.readTextFile(power)).trim(), "on", "to be ready stops nobody");
  // A switch that takes the order and does nothing.
  await Deno.writeTextFile(`${power}.stuck`, "");
  await assert.rejects(fence.stop(contextOf(AbortSignal.timeout(400))), { name: "TimeoutError" });
  await Deno.remove(`${power}.stuck`);
  for (let round = 0; round < 2; round++) {
    assert.match(await fence.stop(contextOf()), /10\.0\.9\.2 says that server2 is off/);
  }
  assert.equal((await Deno.readTextFile(power)).trim(), "off");
  await Deno.writeTextFile(`${power}.forbidden`, "");
  await assert.rejects(fence.ready(contextOf()), /Unable to establish/);
  await assert.rejects(fence.stop(contextOf(AbortSignal.abort())), { name: "AbortError" });
  const said = await Deno.readTextFile(calls);
  assert.ok(
    said.split("\n").filter((line) => line !== "").every((line) =>
      line.includes("-H 10.0.9.2 -U baton -f /etc/baton/ipmi")
    ),
  );
});
