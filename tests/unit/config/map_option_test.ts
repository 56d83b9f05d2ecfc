/** Options that are maps, as `with` of the type `exec`. */
import assert from "node:assert/strict";
import { parse } from "yaml";
import { pluginLoader } from "../../../core/config/context.ts";
import { jsonSchema } from "../../../core/config/json_schema.ts";
import { ConfigError, problemLine } from "../../../core/config/problem.ts";
import { builtIns } from "../../../plugins/mod.ts";
import { fromText } from "./from_text.ts";
import { fits } from "./json_schema_check.ts";

const plugins = pluginLoader({ builtIns, dropInDirs: [] });

const yaml = (given: string, own = "") =>
  `cluster: c
servers: { server1: { interconnect: 10.0.0.1 }, server2: { interconnect: 10.0.0.2 } }
quorum: { nat: { type: ping, addresses: [10.0.0.9] } }
groups: { g: { resources: { app1: { type: exec, command: [/opt/app], with: ${given}${own} } } } }
`;

const read = (text: string) => fromText(text, plugins);

async function problemsOf(text: string): Promise<string[]> {
  const error = await read(text).then(() => assert.fail("it is right"), (thrown) => thrown);
  assert.ok(error instanceof ConfigError, String(error));
  return error.problems.map(problemLine);
}

Deno.test("map options: values become text; the companion gets them; a server may have its own", async () => {
  const own = ", individually: { server2: { with: { queue: b } } }";
  const { groups, monitors } = await read(yaml("{ queue: a, limit: 5, quick: true }", own));
  const options = groups[0]!.resources[0]!.options;
  assert.deepEqual(options.get("server1")!.with, { queue: "a", limit: "5", quick: "true" });
  assert.deepEqual(options.get("server2")!.with, { queue: "b" });
  const companion = monitors.find(({ name }) => name === "appw1")!;
  assert.equal(companion.type, "exec");
  assert.deepEqual(companion.options.get("server2"), { command: ["/opt/app"], with: { queue: "b" } });
});

Deno.test("map options: nested values, lists, bad names and values that are no map are refused at their places", async () => {
  const cases: [string, RegExp][] = [
    ["{ a: { b: 1 } }", /^cluster\.yaml:4:\d+: .*a map of keys; it must be a single value/],
    ["{ a: [1] }", /it must be a single value/],
    ["[a=1]", /must be a map/],
    ["text", /must be a map/],
    ['{ "1 a": 1 }', /a letter, then letters/],
    ["{ a-b: 1, a_b: 2 }", /the same variable BATON_OPTION_A_B/],
  ];
  for (const [given, wanted] of cases) {
    const problems = await problemsOf(yaml(given));
    assert.equal(problems.length, 1, `${given}: ${problems.join("\n")}`);
    assert.match(problems[0]!, wanted, given);
  }
});

Deno.test("map options: the JSON Schema takes maps of single values, and nothing else", async () => {
  const schema = await jsonSchema(builtIns);
  const sound = (given: string) => fits(schema, parse(yaml(given)));
  assert.ok(sound("{ a: 1, b: x, c: true }"));
  for (const given of ["[a]", "text", "{ a: [1] }", "{ a: { b: 1 } }"]) assert.ok(!sound(given), given);
});
