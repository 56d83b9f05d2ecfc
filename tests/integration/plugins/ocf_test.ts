/** OCF agents, with one written here; the real ones of a distribution are driven in tests/ocf. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { loadPlugin } from "../../../core/plugin/registry.ts";
import { FAULT_CODES } from "../../../core/plugin/fault.ts";
import { MONITORS_SHAPE } from "../../../core/config/monitors.ts";
import { RESOURCES_SHAPE } from "../../../core/config/resources.ts";
import { createOs } from "../../../core/os/mod.ts";
import { builtIns } from "../../../plugins/mod.ts";
import { ocfFamily, ocfTypes } from "../../../plugins/ocf/family.ts";
import { parseMetaData } from "../../../plugins/ocf/meta_data.ts";
import { ocfVerdict } from "../../../plugins/ocf/monitor.ts";
import { isSecret, TAKEN_KEYS } from "../../../plugins/ocf/options.ts";
import { createBench, type TestBench } from "../../conformance/bench.ts";
import { monitorSuite } from "../../conformance/monitor_suite.ts";
import { resourceSuite } from "../../conformance/resource_suite.ts";

const META_DATA = `<?xml version="1.0"?>
<!DOCTYPE resource-agent SYSTEM "ra-api-1.dtd">
<resource-agent name="Flag" version="1.0">
<longdesc lang="en">Long.</longdesc><shortdesc lang="de">Fahne</shortdesc><shortdesc lang="en">A flag &amp; no more</shortdesc>
<parameters>
<parameter name="file" required="1"><shortdesc lang="en">Where it is</shortdesc><content type="string"/></parameter>
<parameter name="count"><longdesc lang="en">How many. In pieces.</longdesc><content type="integer" default="3"/></parameter>
<parameter name="timeout"><content type="string"/></parameter>
<parameter name="password"><content type="string" default="sesame"/></parameter>
</parameters>
<actions>
<action name="start" timeout="40"/><action name="stop" timeout="1min"/>
<action name="monitor" depth="0" timeout="5s" interval="15s"/><action name="monitor" depth="10" timeout="90s" interval="60s"/>
<action name="validate-all" timeout="500ms"/>
</actions>
</resource-agent>`;

const AGENT = `#!/bin/sh
f="$OCF_RESKEY_file"
case "$1" in
  meta-data) cat "$OCF_ROOT/flag.xml" ;;
  start) test -e "$f.brake" && sleep 30; env >"$f.env"; touch "$f" ;;
  stop) env >"$f.env"; rm -f "$f" ;;
  monitor) test -e "$f.brake" && sleep 30; test -e "$f.hidden" && exit 5; test -e "$f" || exit 7 ;;
  validate-all) test -n "$f" || exit 6 ;;
  *) exit 3 ;;
esac
`;

async function agents(bench: { folder: string }): Promise<{ root: string; flag: string }> {
  const root = join(bench.folder, "ocf");
  const file = join(root, "resource.d", "own", "Flag");
  await Deno.mkdir(join(root, "resource.d", "own"), { recursive: true });
  await Deno.writeTextFile(join(root, "flag.xml"), META_DATA);
  await Deno.writeTextFile(file, AGENT, { mode: 0o755 });
  return { root, flag: join(bench.folder, "flag") };
}

async function load<Kind extends "resource" | "monitor">(kind: Kind, root: string, type = "ocf:own:Flag") {
  return await loadPlugin(type, kind, { builtIns, dropInDirs: [], families: { ocf: ocfFamily(createOs(), root) } });
}

const touch = (path: string) => Deno.writeTextFile(path, "");
const contextOf = (bench: TestBench) => (options: Record<string, unknown>, signal?: AbortSignal) =>
  bench.context(options, signal === undefined ? {} : { signal });

// The suites want a plugin when they are registered, so its agent lies there as long as this file runs.
const shared = await Deno.makeTempDir({ prefix: "baton-ocf-test-" });
globalThis.addEventListener("unload", () => Deno.removeSync(shared, { recursive: true }));
const { root: shownRoot } = await agents({ folder: shared });
const [flagResource, flagMonitor] = [await load("resource", shownRoot), await load("monitor", shownRoot)];

resourceSuite("ocf:own:Flag", flagResource, async () => {
  const bench = await createBench();
  const flag = join(bench.folder, "flag");
  return {
    options: { file: flag, count: 2 },
    context: contextOf(bench),
    isActive: () => Deno.stat(flag).then(() => true, () => false),
    crashHalfway: () => touch(flag),
    hang: () => touch(`${flag}.brake`),
    localDeactivation: true,
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
});

monitorSuite("ocf:own:Flag", flagMonitor, async () => {
  const bench = await createBench();
  const flag = join(bench.folder, "flag");
  await touch(flag);
  return {
    options: { file: flag },
    context: contextOf(bench),
    breakIt: () => Deno.remove(flag),
    hideIt: () => touch(`${flag}.hidden`),
    hang: () => touch(`${flag}.brake`),
    errorCode: FAULT_CODES.program,
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
});

const resultOf = (status: number, stderr = "") => ({ status, stdout: "", stderr, truncated: false, elapsedMs: 1 });

Deno.test("ocf: meta-data becomes options, defaults and deadlines", () => {
  assert.equal(flagResource.description, "Runs the OCF agent Flag: A flag & no more.");
  assert.deepEqual(flagResource.defaults, {
    activateTimeoutMs: 40_000,
    deactivateTimeoutMs: 60_000,
    activateRetries: 0,
  });
  assert.deepEqual(flagResource.options, {
    file: { type: "string", description: "Where it is", required: true },
    count: { type: "integer", description: "How many; the agent's default: 3" },
    ocf_timeout: { type: "string", description: "the parameter timeout" },
    password: { type: "string", description: "the parameter password", secret: true },
  });
  const { intervalMs, timeoutMs, timing } = flagMonitor.defaults ?? {};
  assert.deepEqual([intervalMs, timeoutMs, timing], [15_000, 5_000, "active"]);
});

Deno.test("ocf: an agent finds the environment that the standard wants, and no default of its own", async () => {
  await using bench = await createBench();
  const file = join(bench.folder, "flag");
  const context = bench.context({ file, ocf_timeout: "7" });
  await flagResource.activate({ ...context, reason: "start", epoch: 1 });
  const env = (await Deno.readTextFile(`${file}.env`)).split("\n");
  const wanted = [
    `OCF_ROOT=${shownRoot}`,
    "OCF_RESOURCE_INSTANCE=thing1",
    "OCF_RESOURCE_TYPE=Flag",
    "OCF_RESOURCE_PROVIDER=own",
    "OCF_RA_VERSION_MAJOR=1",
    `OCF_RESKEY_file=${file}`,
    "OCF_RESKEY_timeout=7",
    "OCF_RESKEY_CRM_meta_timeout=40000",
  ];
  assert.deepEqual(wanted.filter((line) => !env.includes(line)), []);
  assert.ok(!env.some((line) => line.startsWith("OCF_RESKEY_count")));
});

Deno.test("ocf: the monitor that comes with a resource asks for the instance of that resource", () => {
  const companion = flagResource.companion!({ file: "/x" }, "flag1");
  assert.deepEqual(companion, { type: "ocf:own:Flag", options: { file: "/x", instance: "flag1" } });
  assert.ok(Object.hasOwn(flagMonitor.options, "instance"));
});

Deno.test("ocf: a secret reaches the stop of the dead man's switch, and never a command line", async () => {
  await using bench = await createBench();
  const file = join(bench.folder, "flag");
  const context = bench.context({ file, password: "a b $(x) 'q'" });
  await touch(file);
  const [command] = await flagResource.guard!(context);
  assert.ok(!command!.join(" ").includes("$(x)"));
  const sealed = command![3]!;
  assert.equal((await Deno.stat(sealed)).mode! & 0o777, 0o600);
  assert.equal((await context.exec(command!)).status, 0);
  await assert.rejects(Deno.stat(file), Deno.errors.NotFound);
  assert.ok((await Deno.readTextFile(`${file}.env`)).includes("OCF_RESKEY_password=a b $(x) 'q'\n"));
  await flagResource.deactivate({ ...context, reason: "stop" });
  await assert.rejects(Deno.stat(sealed), Deno.errors.NotFound);
});

const verdicts: [number, string, number | undefined][] = [
  [0, "normal", undefined],
  [1, "error", FAULT_CODES.program],
  [2, "unknown", FAULT_CODES.internal],
  [5, "unknown", FAULT_CODES.internal],
  [6, "unknown", FAULT_CODES.internal],
  [7, "error", FAULT_CODES.program],
  [8, "normal", undefined],
  [9, "error", FAULT_CODES.program],
  [77, "error", FAULT_CODES.program],
  [126, "unknown", FAULT_CODES.internal],
  [127, "unknown", FAULT_CODES.internal],
  [137, "unknown", FAULT_CODES.internal],
  [255, "error", FAULT_CODES.program],
  [190, "warning", FAULT_CODES.program],
];
for (const [status, expected, code] of verdicts) {
  Deno.test(`ocf: a monitor that ends with ${status} is ${expected}`, () => {
    const verdict = ocfVerdict("Flag", resultOf(status, "why\n"));
    assert.deepEqual([verdict.status, verdict.code], [expected, code]);
    assert.match(verdict.message, /^Flag: .+: why$/);
  });
}

Deno.test("ocf: the reason that an agent gives comes before what it logs", () => {
  const result = resultOf(1, "INFO: a\nocf-exit-reason:no disk\nERROR: gone\n");
  assert.equal(ocfVerdict("Flag", result).message, "Flag: generic error: no disk");
});

Deno.test("ocf: stop of what does not run is no failure, another one is", async () => {
  await using bench = await createBench();
  const stopping = (status: number) => ({
    ...bench.context({ file: "/x" }),
    exec: () => Promise.resolve(resultOf(status)),
  });
  await flagResource.deactivate({ ...stopping(7), reason: "stop" });
  await assert.rejects(flagResource.deactivate({ ...stopping(1), reason: "stop" }), { code: FAULT_CODES.program });
  await assert.rejects(flagResource.deactivate({ ...stopping(5), reason: "stop" }), { code: FAULT_CODES.internal });
});

Deno.test("ocf: names that leave the folder, missing agents and other kinds are refused with what would be right", async () => {
  await assert.rejects(load("resource", shownRoot, "ocf:own:../own/Flag"), /is no OCF agent: write ocf:PROVIDER:NAME/);
  await assert.rejects(load("resource", shownRoot, "ocf:..:Flag"), /is no OCF agent/);
  await assert.rejects(load("resource", shownRoot, "ocf:own:Flga"), /did you mean Flag\?/);
  await assert.rejects(load("resource", shownRoot, "ocf:none:Dummy"), /install the package/);
  await assert.rejects(load("fence" as "monitor", shownRoot), /a resource or a monitor, not a fence/);
  await assert.rejects(loadPlugin("ocf:own:Flag", "monitor", { builtIns, dropInDirs: [] }), /can't be a type name/);
  assert.deepEqual(await ocfTypes(shownRoot), ["ocf:own:Flag"]);
});

Deno.test("ocf: what is no meta-data is refused", () => {
  for (const text of ["", "usage: x", "<other/>", "<resource-agent>", META_DATA.replace('name="file"', 'name="a=b"')]) {
    assert.throws(() => parseMetaData(text), Error, text.slice(0, 20));
  }
  const logged = parseMetaData(`some line of a log\n${META_DATA}`);
  assert.equal(logged.parameters.length, 4);
});

Deno.test("ocf: times are seconds, or in their unit; none, nought and what is no time are none", () => {
  const timesOf = (written: string) =>
    parseMetaData(META_DATA.replace('name="start" timeout="40"', `name="start" ${written}`)).actions.get("start");
  assert.deepEqual(timesOf('timeout="40"'), { timeoutMs: 40_000 });
  assert.deepEqual(timesOf('timeout="1.5 min" interval="200ms"'), { timeoutMs: 90_000, intervalMs: 200 });
  for (const none of ["", 'timeout="0"', 'timeout="0s"', 'timeout="soon"', 'timeout="5 moons"']) {
    assert.deepEqual(timesOf(none), {}, none);
  }
});

Deno.test("ocf: every key that a resource or a monitor has already is known, so that no parameter takes its place", () => {
  const taken = new Set(TAKEN_KEYS);
  const keys = [...Object.keys(RESOURCES_SHAPE.of.keys), ...Object.keys(MONITORS_SHAPE.of.keys)];
  assert.deepEqual(keys.filter((key) => !taken.has(key)), []);
  assert.deepEqual(["passwd", "password", "OCF_pass", "api_key", "secret"].filter((name) => !isSecret(name)), []);
  assert.deepEqual(["keyfile", "ip", "monkey"].filter(isSecret), []);
});
