import assert from "node:assert/strict";
import { join } from "node:path";
import { activateContext, deactivateContext } from "../../../core/plugin/context.ts";
import { Fault } from "../../../core/plugin/fault.ts";
import scriptMonitor from "../../../plugins/monitors/script.ts";
import script from "../../../plugins/resources/script.ts";
import { createBench } from "../../conformance/bench.ts";

Deno.test("script: the programs know what happens to what, by Baton's names and the guide's", async () => {
  await using bench = await createBench();
  const out = join(bench.folder, "out");
  const dump = ["sh", "-c", 'env | grep -E "^(BATON|CLP)_" | sort >"$0"', out];
  const context = bench.context({ start: dump, stop: dump });
  await script.activate(activateContext({ ...context, servers: ["server2", "server1"] }, "failover", 12, "server2"));
  const common = ["BATON_GROUP=group1", "BATON_RESOURCE=thing1", "BATON_SERVER=server1"];
  const guide = ["CLP_GROUPNAME=group1", "CLP_RESOURCENAME=thing1", "CLP_SERVER_LOCAL=server1"];
  const lost = ["BATON_LOST_SERVER=server2", "CLP_SERVER_DOWN=server2", "CLP_SERVER=OTHER"];
  const home = ["BATON_LOST_SERVER=", "CLP_SERVER_DOWN=", "CLP_SERVER=HOME"];
  const variables = async () => (await Deno.readTextFile(out)).trim().split("\n");
  assert.deepEqual(
    new Set(await variables()),
    new Set([...common, ...guide, ...lost, "BATON_EVENT=failover", "BATON_EPOCH=12", "CLP_EVENT=FAILOVER"]),
  );
  await script.deactivate(deactivateContext(context, "recover"));
  assert.deepEqual(
    new Set(await variables()),
    new Set([...common, ...guide, ...home, "BATON_EVENT=recover", "CLP_EVENT=RECOVER"]),
  );
  const [guard] = await script.guard?.(context) ?? [];
  await context.exec(guard ?? ["false"]);
  assert.ok((await variables()).includes("CLP_EVENT=FAILOVER"));
});

Deno.test("script: a daemon that start leaves behind with its pipes does not hold the activation up, and lives on", async () => {
  await using bench = await createBench();
  const pidFile = join(bench.folder, "pid");
  const start = ["sh", "-c", 'sleep 30 & echo $! >"$0"', pidFile];
  const startedAt = performance.now();
  await script.activate(activateContext(bench.context({ start, stop: ["true"] }), "start", 1));
  assert.ok(performance.now() - startedAt < 2_000);
  const pid = Number(await Deno.readTextFile(pidFile));
  assert.equal((await Deno.stat(`/proc/${pid}`)).isDirectory, true);
  Deno.kill(pid, "SIGKILL");
});

Deno.test("script: a failure names the program, the status and the last thing it said", async () => {
  await using bench = await createBench();
  const start = ["sh", "-c", "echo first >&2; echo no licence >&2; exit 4"];
  await assert.rejects(
    script.activate(activateContext(bench.context({ start, stop: ["true"] }), "start", 1)),
    (error) => error instanceof Fault && /start: sh ended with status 4: no licence/.test(error.message),
  );
  const missing = bench.context({ start: ["/nowhere/start"], stop: ["true"] });
  await assert.rejects(script.activate(activateContext(missing, "start", 1)), /\/nowhere\/start does not exist/);
});

Deno.test("script: relative paths are refused, names in PATH and absolute paths are not", () => {
  const problems = (start: string) => script.validate?.({ start: [start], stop: ["true"] }).length;
  assert.deepEqual(["./start.sh", "bin/start", "/opt/start", "start"].map(problems), [1, 1, 0, 0]);
});

const cases: [string, { status: string; code?: number; message: string; measurements?: Record<string, number> }][] = [
  ["echo ready", { status: "normal", message: "ready" }],
  ["exit 0", { status: "normal", message: "sh ended with status 0" }],
  // `pgrep` and `kill -0` say 1 of what does not run, `systemctl is-active` 3.
  ["echo none; exit 1", { status: "error", code: 1, message: "none" }],
  ["exit 3", { status: "error", code: 3, message: "sh ended with status 3" }],
  ["echo down >&2; exit 2", { status: "error", code: 2, message: "down" }],
  ["exit 77", { status: "error", code: 77, message: "sh ended with status 77" }],
  ["kill -9 $$", { status: "unknown", code: 99, message: "sh was ended by signal 9 (status 137)" }],
  ["exec 2>/dev/null; sh -c 'kill -9 $$'; exit $?", {
    ...{ status: "unknown", code: 99, message: "sh was ended by signal 9 (status 137)" },
  }],
  ["exec 2>/dev/null; /nowhere/check", { status: "unknown", code: 99, message: "sh ended with status 127" }],
  ["exec 2>/dev/null; /dev/null", { status: "unknown", code: 99, message: "sh ended with status 126" }],
  ["exit 128", { status: "error", code: 128, message: "sh ended with status 128" }],
  ["exit 255", { status: "error", code: 255, message: "sh ended with status 255" }],
  [
    `echo log; echo '{"message":"ok","measurements":{"queueLength":3}}'`,
    { status: "normal", message: "ok", measurements: { queueLength: 3 } },
  ],
  [`echo '{"status":"warning","code":9,"message":"late"}'`, { status: "warning", code: 9, message: "late" }],
  [`echo '{"status":"normal","message":"fine"}'; exit 2`, { status: "error", code: 2, message: "fine" }],
  [`echo '{"status":"great"}'`, { status: "normal", message: '{"status":"great"}' }],
];
for (const [text, expected] of cases) {
  Deno.test(`script monitor: ${text}`, async () => {
    await using bench = await createBench();
    assert.deepEqual(await scriptMonitor.check(bench.context({ command: ["sh", "-c", text] })), expected);
  });
}

Deno.test("script monitor: a program that is not there says nothing about the service", async () => {
  await using bench = await createBench();
  const verdict = await scriptMonitor.check(bench.context({ command: ["/nowhere/check"] }));
  assert.equal(verdict.status, "unknown");
});

Deno.test("script monitor: lists say what exit statuses mean, each of them in one place", async () => {
  await using bench = await createBench();
  const lists = { normal: [0, 3], warning: [1], unknown: [2, 4] };
  const of = async (status: number, more = {}) =>
    (await scriptMonitor.check(bench.context({ command: ["sh", "-c", `exit ${status}`], ...lists, ...more }))).status;
  assert.deepEqual(await Promise.all([0, 1, 2, 3, 4, 5, 127].map((status) => of(status))), [
    ...["normal", "warning", "unknown", "normal", "unknown", "error", "unknown"],
  ]);
  // What is listed counts, also where it is unknown by default.
  assert.equal(await of(137, { warning: [137] }), "warning");
  assert.deepEqual(scriptMonitor.validate?.({ command: ["true"], ...lists }), []);
  assert.match(
    scriptMonitor.validate!({ command: ["true"], normal: [0, 1], warning: [1] })[0]!,
    /1 stands in normal and/,
  );
});
