import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { MonitorPlugin, PluginKind } from "../../../core/plugin/contract.ts";
import { Fault, FAULT_CODES } from "../../../core/plugin/fault.ts";
import { loadPlugin } from "../../../core/plugin/registry.ts";
import { checkShape } from "../../../core/plugin/shape.ts";
import awsAz from "../../../plugins/monitors/aws-az.ts";
import port443 from "../../../plugins/examples/port443.ts";
import { builtIns } from "../../../plugins/mod.ts";
import { createBench, ZONE } from "../../conformance/bench.ts";

const PLUGINS = fileURLToPath(new URL("../../../plugins/", import.meta.url));
const FOLDERS: Record<PluginKind, string> = {
  resource: "resources",
  monitor: "monitors",
  quorum: "quorum",
  fence: "fence",
};

Deno.test("every file of the plugin folders that is named like a type is in the table, and the reverse", async () => {
  for (const kind of Object.keys(FOLDERS) as PluginKind[]) {
    const files: string[] = [];
    for await (const { name } of Deno.readDir(join(PLUGINS, FOLDERS[kind]))) {
      if (/^[a-z0-9-]+\.ts$/.test(name)) files.push(name.slice(0, -".ts".length));
    }
    assert.deepEqual(Object.keys(builtIns[kind]).sort(), files.sort());
  }
});

Deno.test("every built-in passes the checks of a drop-in and describes itself and its options in sentences", async () => {
  for (const kind of Object.keys(FOLDERS) as PluginKind[]) {
    for (const [type, load] of Object.entries(builtIns[kind])) {
      const plugin = (await load()).default;
      checkShape(type, kind, plugin, type);
      assert.match(plugin.description, /^[A-Z].*\.$/, type);
      for (const spec of Object.values(plugin.options)) assert.match(spec.description, /^[a-zA-Z].*[^.]$/, type);
    }
  }
});

Deno.test("the example is a monitor by the contract, and loads as a drop-in without anything beside it", async () => {
  const typed = port443 satisfies MonitorPlugin<{ region?: string; port: number; connectTimeout: number }>;
  assert.equal(typed.kind, "monitor");
  const folder = await Deno.makeTempDir({ prefix: "baton-example-" });
  try {
    await Deno.copyFile(join(PLUGINS, "examples", "port443.ts"), join(folder, "port443.ts"));
    const loaded = await loadPlugin("port443", "monitor", { builtIns, dropInDirs: [folder] });
    assert.equal(loaded.description, port443.description);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the example asks the region's endpoint: normal, error and unknown", async () => {
  await using bench = await createBench();
  const asked: string[] = [];
  const check = (answer: number | Fault, region?: string) => {
    const context = bench.context({ port: 443, connectTimeout: 1_000, ...(region ? { region } : {}) });
    const connect = (host: string, port: number) => {
      asked.push(`${host}:${port}`);
      return answer instanceof Fault ? Promise.reject(answer) : Promise.resolve(answer);
    };
    return port443.check({ ...context, tcp: { connect } });
  };
  assert.equal((await check(12)).status, "normal");
  assert.equal((await check(new Fault(FAULT_CODES.timeout, "silent"), "cn-north-1")).status, "error");
  await assert.rejects(check(new Fault(FAULT_CODES.requestFailed, "no name service", { uncertain: true })));
  assert.deepEqual(asked.slice(0, 2), ["ec2.ap-northeast-1.amazonaws.com:443", "ec2.cn-north-1.amazonaws.com.cn:443"]);
});

for (
  const [state, status, code] of [["information", "warning", 5], ["impaired", "warning", 5], ["new", "unknown", 5]]
) {
  Deno.test(`aws-az: a zone that AWS calls ${state} is ${status}`, async () => {
    await using bench = await createBench();
    bench.ec2.zones.set(ZONE, { name: ZONE, state: String(state), messages: ["planned work"] });
    const verdict = await awsAz.check(bench.context({}));
    assert.deepEqual([verdict.status, verdict.code], [status, code]);
    assert.match(verdict.message, /planned work/);
  });
}
