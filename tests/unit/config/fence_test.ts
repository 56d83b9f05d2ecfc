import assert from "node:assert/strict";
import type { ClusterConfig } from "../../../core/config/config.ts";
import { pluginLoader } from "../../../core/config/context.ts";
import { ConfigError, problemLine } from "../../../core/config/problem.ts";
import { toSpec } from "../../../core/config/spec.ts";
import { builtIns } from "../../../plugins/mod.ts";
import { fromText } from "./from_text.ts";

const plugins = pluginLoader({ builtIns, dropInDirs: [] });
const OWN = "individually: { server1: { instance: i-1 }, server2: { instance: i-2 } }";

function yaml(fence: string, quorum = "quorum: { nat: { type: ping, addresses: [10.0.0.9] } }"): string {
  return [
    "cluster: c",
    "servers: { server1: { interconnect: 10.0.0.1 }, server2: { interconnect: 10.0.0.2 } }",
    quorum,
    fence,
    "groups: { g: { resources: { app: { type: script, start: [a], stop: [b] } } } }",
  ].join("\n");
}

const read = (text: string): Promise<ClusterConfig> => fromText(text, plugins);

async function problemsOf(text: string): Promise<string[]> {
  try {
    await read(text);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(problemLine);
    throw error;
  }
}

Deno.test("config: fence has the type's times, each server its options, and the engine hears of it", async () => {
  const config = await read(yaml(`fence: { type: aws-stop, ${OWN} }`));
  const { plugin, options, ...fence } = config.fence ?? assert.fail();
  assert.deepEqual(fence, { type: "aws-stop", timeoutMs: 300_000, intervalMs: 300_000, wait: "auto" });
  assert.equal(plugin.kind, "fence");
  assert.deepEqual([...options], [
    ["server1", { instance: "i-1", skipOsShutdown: "auto", pollInterval: 2_000 }],
    ["server2", { instance: "i-2", skipOsShutdown: "auto", pollInterval: 2_000 }],
  ]);
  assert.deepEqual(toSpec(config).fence, { wait: "auto" });
});

Deno.test("config: no fence is none", async () => {
  const config = await read(yaml(""));
  assert.ok(!("fence" in config));
  assert.equal(toSpec(config).fence, undefined);
});

Deno.test("config: what is written of a fence counts", async () => {
  const config = await read(
    yaml("fence: { type: script, command: [/bin/off], timeout: 90s, interval: 10m, wait: always }"),
  );
  const { plugin: _plugin, options, ...fence } = config.fence ?? assert.fail();
  assert.deepEqual(fence, { type: "script", timeoutMs: 90_000, intervalMs: 600_000, wait: "always" });
  assert.deepEqual(options.get("server2"), { command: ["/bin/off"] });
});

Deno.test("config: the problems of a fence", async () => {
  const cases: [string, RegExp][] = [
    ["fence: { type: aws-stop }", /fence\.instance: is missing/],
    ["fence: { type: aws-stop, individually: { server1: { instance: i-1 } } }", /missing for server2/],
    [
      "fence: { type: aws-stop, instance: i-1 }",
      /fence\.instance: is i-1 for both server1 and server2; each has its own/,
    ],
    [`fence: { type: aws-stop, ${OWN}, wait: never }`, /fence\.wait: must be one of auto, always/],
    [`fence: { type: aws-stop, ${OWN}, timeout: 10ms }`, /fence\.timeout: is less than 1000 ms/],
    [`fence: { type: aws-stop, ${OWN}, skipOsShutdown: sometimes }`, /skipOsShutdown: must be one of auto/],
    ["fence: { type: aws-stop, instance: web }", /must be the id of an instance/],
    ["fence: { type: aws-stpo }", /no fence type aws-stpo: did you mean aws-stop/],
    ["fence: { type: ping }", /ping is a quorum type, not a fence type/],
    ["fence: { type: script, command: [bin/off] }", /relative path bin\/off/],
    ["fence: [aws-stop]", /fence: is a list/],
    ["fense: { type: aws-stop }", /did you mean fence/],
  ];
  for (const [text, expected] of cases) {
    const problems = await problemsOf(yaml(text));
    assert.ok(problems.some((line) => expected.test(line)), `${text}\n${problems.join("\n")}`);
  }
});

Deno.test("config: two servers with a fence and no further vote are nothing to warn of; four still are", async () => {
  const fence = "fence: { type: script, command: [/bin/off] }";
  assert.deepEqual((await read(yaml(fence, ""))).warnings, []);
  assert.deepEqual((await read(yaml(fence))).warnings, []);
  assert.match((await read(yaml("", ""))).warnings[0] ?? "", /has no majority/);
  const four = yaml(fence, "").replace(
    "server2: { interconnect: 10.0.0.2 }",
    "server2: { interconnect: 10.0.0.2 }, server3: { interconnect: 10.0.0.3 }, server4: { interconnect: 10.0.0.4 }",
  );
  assert.match((await read(four)).warnings[0] ?? "", /have no majority/);
  const one = yaml(fence, "").replace(", server2: { interconnect: 10.0.0.2 }", "");
  assert.match((await read(one)).warnings[0] ?? "", /fence: there is no other server/);
});
