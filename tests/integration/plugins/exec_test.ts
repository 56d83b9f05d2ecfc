import assert from "node:assert/strict";
import { join } from "node:path";
import { activateContext } from "../../../core/plugin/context.ts";
import { FAULT_CODES } from "../../../core/plugin/fault.ts";
import type { Finding } from "../../../core/plugin/finding.ts";
import { parseOption } from "../../../core/plugin/option_values.ts";
import monitor from "../../../plugins/monitors/exec.ts";
import fence from "../../../plugins/fence/script.ts";
import resource from "../../../plugins/resources/exec.ts";
import script from "../../../plugins/resources/script.ts";
import { createBench, type TestBench } from "../../conformance/bench.ts";
import { monitorSuite } from "../../conformance/monitor_suite.ts";
import { resourceSuite } from "../../conformance/resource_suite.ts";

/** A plugin as an author would write it, in the language of a shell. */
const PROGRAM = `#!/bin/sh
flag="$BATON_OPTION_FLAG"
case "$1" in
  start) test -e "$flag.brake" && sleep 30; touch "$flag" ;;
  stop) rm -f "$flag" ;;
  monitor)
    test -e "$flag.brake" && sleep 30
    if test -e "$flag.hidden"; then exit 3; fi
    if test -e "$flag"; then echo '{"message":"it is there","measurements":{"files":1}}'; else echo gone >&2; exit 2; fi ;;
esac
`;

async function program(bench: TestBench): Promise<{ flag: string; options: Record<string, unknown> }> {
  const path = join(bench.folder, "plugin.sh");
  await Deno.writeTextFile(path, PROGRAM);
  return {
    flag: join(bench.folder, "flag"),
    options: { command: ["sh", path], with: { flag: join(bench.folder, "flag") }, unknown: [3] },
  };
}

const contextOf = (bench: TestBench) => (options: Record<string, unknown>, signal?: AbortSignal) =>
  bench.context(options, signal === undefined ? {} : { signal });
const touch = (path: string) => Deno.writeTextFile(path, "");

resourceSuite("exec", resource, async () => {
  const bench = await createBench();
  const { flag, options } = await program(bench);
  return {
    options,
    context: contextOf(bench),
    isActive: () => Deno.stat(flag).then(() => true, () => false),
    crashHalfway: () => touch(flag),
    hang: () => touch(`${flag}.brake`),
    localDeactivation: true,
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
});

monitorSuite("exec", monitor, async () => {
  const bench = await createBench();
  const { flag, options } = await program(bench);
  await touch(flag);
  return {
    options,
    context: contextOf(bench),
    breakIt: () => Deno.remove(flag),
    hideIt: () => touch(`${flag}.hidden`),
    hang: () => touch(`${flag}.brake`),
    errorCode: 2,
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
});

Deno.test("exec: facts and options arrive as variables, and as one document of JSON on standard input", async () => {
  await using bench = await createBench();
  const out = join(bench.folder, "out");
  const command = ["sh", "-c", 'cat >"$0"; env | grep ^BATON_ | sort >>"$0"', out];
  const options = { command, with: { "queue-name": "orders; rm -rf /", limit: "5" } };
  await resource.activate(activateContext(bench.context(options), "failover", 12, "server2"));
  const [document = "", ...variables] = (await Deno.readTextFile(out)).trim().split("\n");
  assert.deepEqual(JSON.parse(document), {
    verb: "start",
    name: "thing1",
    server: "server1",
    group: "group1",
    servers: [],
    event: "failover",
    epoch: 12,
    lostServer: "server2",
    options: options.with,
  });
  for (const line of ["BATON_OPTION_QUEUE_NAME=orders; rm -rf /", "BATON_OPTION_LIMIT=5", "BATON_EPOCH=12"]) {
    assert.ok(variables.includes(line), line);
  }
});

Deno.test("exec: a start that fails is a fault with the program, its status and its last word", async () => {
  await using bench = await createBench();
  const command = ["sh", "-c", "echo no licence >&2; exit 4"];
  await assert.rejects(
    resource.activate(activateContext(bench.context({ command }), "start", 1)),
    { code: FAULT_CODES.program, message: "start: sh ended with status 4: no licence" },
  );
});

Deno.test("exec: two names that become one variable, and relative paths, are refused", () => {
  const problems = resource.validate?.({ command: ["./x"], with: { "a-b": "1", a_b: "2" } }) ?? [];
  assert.equal(problems.length, 2);
  assert.match(problems[1]!, /a-b and a_b are the same variable BATON_OPTION_A_B/);
});

Deno.test("exec: the monitor that comes with the resource asks the same program", async () => {
  await using bench = await createBench();
  const { flag, options } = await program(bench);
  const companion = resource.companion!(options as { command: string[] }, "thing1");
  assert.equal(companion.type, "exec");
  await touch(flag);
  const verdict = await monitor.check(bench.context(companion.options as { command: string[] }));
  assert.deepEqual(verdict, { status: "normal", message: "it is there", measurements: { files: 1 } });
});

Deno.test("map options: single values become text, everything else is refused with its name", () => {
  const spec = { type: "map", description: "options" } as const;
  const parse = (value: unknown) => parseOption(spec, value, { baseDir: "/" });
  assert.deepEqual(parse({ a: 1, b: true, c: "x" }), { ok: true, value: { a: "1", b: "true", c: "x" } });
  for (const wrong of [{ "1a": 1 }, { a: null }, { a: ["x"] }, { a: "\0" }, [], "a=1"]) {
    assert.equal(parse(wrong).ok, false, JSON.stringify(wrong));
  }
});

Deno.test("preflight looks for every program that a type would start", async () => {
  const missing = ["/nonexistent-folder/program"];
  const found = async (preflight: ((context: never) => Promise<Finding[]>) | undefined, options: unknown) =>
    (await preflight!({ name: "app", options } as never)).map(({ status, subject }) => [status, subject]);
  const error = ["error", "app"];
  assert.deepEqual(await found(resource.preflight, { command: missing }), [error]);
  assert.deepEqual(await found(resource.preflight, { command: ["sh"] }), [["ok", "app"]]);
  assert.deepEqual(await found(script.preflight, { start: missing, stop: ["sh"] }), [error, ["ok", "app"]]);
  assert.deepEqual(await found(fence.preflight, { command: missing }), [error]);
});
