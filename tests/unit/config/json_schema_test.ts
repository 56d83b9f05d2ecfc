import assert from "node:assert/strict";
import { parse } from "yaml";
import { jsonSchema } from "../../../core/config/json_schema.ts";
import { builtIns } from "../../../plugins/mod.ts";
import { examplePath, EXAMPLES, readExample } from "./examples.ts";
import { FAKE_TABLE, problemsOf, yaml } from "./fakes.ts";
import { fits } from "./json_schema_check.ts";

const FILE = examplePath("cluster.schema.json");

Deno.test("schema: examples/cluster.schema.json is current", async () => {
  const current = `${JSON.stringify(await jsonSchema(builtIns), null, 2)}\n`;
  if (Deno.env.get("BATON_WRITE_SCHEMA") === "1") await Deno.writeTextFile(FILE, current);
  assert.equal(
    await Deno.readTextFile(FILE),
    current,
    "write it anew: BATON_WRITE_SCHEMA=1 deno test -A tests/unit/config/json_schema_test.ts",
  );
});

Deno.test("schema: the examples fit", async () => {
  const schema = JSON.parse(await Deno.readTextFile(FILE));
  for (const name of EXAMPLES) assert.ok(fits(schema, parse(await readExample(name))), name);
});

Deno.test("schema: it is as strict as the reader about keys, words and forms", async () => {
  const schema = await jsonSchema(FAKE_TABLE);
  const group = (resource: string) => yaml({ groups: `groups: { g: { resources: { a: { ${resource} } } } }` });
  const monitor = (text: string) => yaml({ monitors: `monitors: { m: { ${text} } }` });
  const files: readonly (readonly [text: string, sound: boolean])[] = [
    [yaml(), true],
    [yaml({ top: "timing: fast" }), true],
    [yaml({ top: "timing: { detection: 8s }" }), true],
    [yaml({ servers: "servers: { server1: { interconnect: [10.0.0.1] } }" }), true],
    [
      group("type: aws-vip, ip: 10.1.0.20, vpc: v, individually: { server1: { eni: eni-1 }, server2: { eni: eni-2 } }"),
      true,
    ],
    [group("type: aws-vip, ip: 10.1.0.20, vpc: v, eni: eni-1, monitor: { interval: 5s, deep: true }"), true],
    [monitor("type: aws-az, zone: z, recovery: { target: g, finalAction: reboot }"), true],
    [yaml({ top: "timming: fast" }), false],
    [yaml({ top: "timing: fats" }), false],
    [yaml({ top: "timing: { detection: 8 }" }), false],
    [yaml({ top: "selfFence: explode" }), false],
    [yaml({ top: "key: 5" }), false],
    [yaml({ servers: "servers: {}" }), false],
    [yaml({ servers: "servers: { a: {} }" }), false],
    [yaml({ servers: 'servers: { "a b": { interconnect: 10.0.0.1 } }' }), false],
    [yaml({ groups: "groups: { g: {} }" }), false],
    [group("type: script, start: [a]"), false],
    [group("type: script, start: a, stop: [b]"), false],
    [group("type: script, start: [a], stop: [b], strat: [c]"), false],
    [group("type: aws-vip, ip: 10.1.0.20/32, vpc: v, eni: eni-1"), false],
    [group("type: aws-vip, ip: 10.1.0.20, vpc: v, eni: 5"), false],
    [group("type: aws-vip, ip: 10.1.0.20, vpc: v, eni: e, individually: { server1: { type: x } }"), false],
    [monitor("zone: z"), false],
    [monitor("type: aws-az, zone: z, timing: sometimes"), false],
    [monitor("type: aws-az, zone: z, retries: -1"), false],
    [monitor("type: aws-az, zone: z, recovery: { onUnknown: panic }"), false],
  ];
  for (const [text, sound] of files) {
    assert.equal((await problemsOf(text)).length === 0, sound, `the reader on\n${text}`);
    assert.equal(fits(schema, parse(text)), sound, `the schema on\n${text}`);
  }
});

Deno.test("schema: the types of drop-ins are not refused", async () => {
  const schema = await jsonSchema(FAKE_TABLE);
  assert.ok(fits(schema, parse(yaml({ monitors: "monitors: { m: { type: port443, region: x, interval: 5s } }" }))));
  assert.ok(!fits(schema, parse(yaml({ monitors: "monitors: { m: { type: port443, interval: 5 } }" }))));
});
