/** `baton explain` and `baton help TYPE` as an operator runs them, with what they print. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { COMMANDS, main } from "../../../core/cli/main.ts";
import { typeNames } from "../../../core/cli/help_type.ts";
import { CODES } from "../../../core/explain/codes.ts";
import { REASONS } from "../../../core/explain/reasons.ts";
import { createApp } from "../../../core/http/app.ts";
import { builtIns } from "../../../plugins/mod.ts";
import { onGuide, vip } from "../explain/guide_bench.ts";

/** Runs the command line in this process; resolves with what it printed. */
async function baton(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  const [log, error] = [console.log, console.error];
  const [out, err]: [string[], string[]] = [[], []];
  console.log = (text: string) => void out.push(text);
  console.error = (text: string) => void err.push(text);
  try {
    return { status: await main(args), out: out.join("\n"), err: err.join("\n") };
  } finally {
    Object.assign(console, { log, error });
  }
}

Deno.test("explain lists every number, and explains each, also as a warning, without a cluster", async () => {
  const list = await baton("explain");
  assert.equal(list.status, 0);
  for (const { code, title, meaning, causes } of CODES) {
    assert.match(list.out, new RegExp(`^ +${code} {2}${title}$`, "m"));
    for (const number of [code, ...(code < 99 ? [code + 100] : [])]) {
      const { status, out } = await baton("explain", String(number));
      assert.equal(status, 0);
      assert.ok(out.startsWith(`${number}: ${title}`), out);
      const flat = out.replace(/\s+/g, " ");
      assert.ok(flat.includes(meaning));
      for (const { what, check, remedy } of causes) {
        for (const text of [what, check, remedy]) assert.ok(flat.includes(text), text);
      }
    }
  }
});

Deno.test("explain says what a word of the journal means, and refuses a number that is nobody's", async () => {
  for (const [word, { meaning }] of Object.entries(REASONS)) {
    assert.ok((await baton("explain", word)).out.startsWith(`${word}: ${meaning}`));
  }
  const { status, err } = await baton("explain", "137");
  assert.equal(status, 2);
  assert.match(err, /137 is no number of Baton's own types .*a script's exit status/);
});

Deno.test("explain --json has the same, with the rows of the guide", async () => {
  const one = JSON.parse((await baton("explain", "105", "--json")).out);
  assert.deepEqual([one.code, one.warning, one.causes.length > 5], [105, true, true]);
  assert.ok(one.guide.some(({ id }: { id: string }) => id === "az-5"));
  const all = JSON.parse((await baton("explain", "--json")).out);
  assert.equal(all.codes.length, CODES.length);
  assert.equal(all.reasons["permit-lost"].meaning, REASONS["permit-lost"].meaning);
});

Deno.test("explain 5 has its causes under headings of what was asked, and a number of one area has none", async () => {
  const { out } = await baton("explain", "5");
  const at = ["In what AWS is asked for:", "In what a port,", "Nothing listens there", "In the store of a witness:"]
    .map((text) => out.indexOf(text));
  assert.ok(at.every((place, index) => place > (at[index - 1] ?? 0)), out);
  assert.ok(!(await baton("explain", "40")).out.includes("On this server:"));
});

Deno.test("explain without an agent: the file says what a name is, and what is nothing is called that", async () => {
  const dir = await Deno.makeTempDir({ prefix: "baton-test-" });
  try {
    const file = join(dir, "cluster.yaml");
    await Deno.writeTextFile(
      file,
      `cluster: c
state: state
status: 127.0.0.1:9
servers: { server1: { interconnect: "127.0.0.1:7710" } }
groups: { web: { resources: { app: { type: script, start: ["true"], stop: ["true"] } } } }
`,
    );
    const app = await baton("explain", "app", "-c", file);
    assert.equal(app.status, 0, app.err);
    assert.match(app.out, /^app is a resource of the type script in the group web: /);
    assert.match(app.out, /No agent runs here/);
    for (const [name, what] of [["web", /failover group of app, on server1/], ["server1", /a server/]] as const) {
      assert.match((await baton("explain", name, "-c", file)).out, what);
    }
    const none = await baton("explain", "nonsense", "-c", file);
    assert.equal(none.status, 1);
    assert.match(none.err, /nonsense is neither a number, a word of the journal nor a name in .*cluster\.yaml/);
    const near = await baton("explain", "permit-lots", "-c", file);
    assert.match(near.err, /did you mean permit-lost\?/);
    const word = await baton("explain", "permit-lost", "-c", file);
    assert.deepEqual([word.status, word.out.startsWith("permit-lost: ")], [0, true]);
    const number = await baton("explain", "5", "-c", file);
    assert.deepEqual([number.status, number.out.startsWith("5: ")], [0, true]);
    for (const argv of [["move", "web", "server1"], ["start", "web"]]) {
      const refused = await baton(...argv, "-c", file);
      assert.equal(refused.status, 1);
      assert.match(refused.err, /^error: no agent answers at http:\/\/127\.0\.0\.1:9 /);
      assert.ok(!refused.err.includes("operator.token"), refused.err);
    }
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("explain NAME asks the agent's status endpoint", () =>
  onGuide(vip({ vpc: "vpc-0000dead" }), async (bench) => {
    await bench.shows("awsvip1", /\(5 : The vpc ID 'vpc-0000dead' does not exist/);
    const source = { view: () => bench.status(), request: () => undefined };
    const server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      createApp(source as never, "token", "1.2.3").fetch,
    );
    const url = `http://127.0.0.1:${server.addr.port}`;
    try {
      const { status, out } = await baton("explain", "awsvip1", "--url", url);
      assert.equal(status, 0);
      assert.match(out, /awsvip1 is a resource of the type aws-vip in the group failover1/);
      assert.match(out, /The VPC id is wrong, or the VPC is in another region/);
      assert.match(out, /From the journal:[\s\S]*Failed to start the resource awsvip1\. \(5 : /);
      const [json] = JSON.parse((await baton("explain", "awsvip1", "--url", url, "--json")).out);
      assert.deepEqual([json.kind, json.failures[0].code, json.codes[0].code], ["resource", 5, 5]);
      const wrong = await baton("explain", "awsvop1", "--url", url);
      assert.equal(wrong.status, 1);
      assert.match(wrong.err, /nothing in the cluster c is called awsvop1; did you mean awsvip1\?/);
    } finally {
      await server.shutdown();
    }
  }));

Deno.test("help TYPE has the description, the kind and every option of each built-in type", async () => {
  for (const type of typeNames()) {
    const { status, out } = await baton("help", type);
    assert.equal(status, 0);
    const flat = out.replace(/\s+/g, " ");
    for (const [kind, table] of Object.entries(builtIns)) {
      if (!Object.hasOwn(table, type)) continue;
      const { description, options } = (await table[type]!()).default;
      assert.match(out, new RegExp(`^${type}, a type of kind ${kind} `, "m"));
      assert.ok(flat.includes(description));
      for (const [name, spec] of Object.entries(options)) {
        assert.match(out, new RegExp(`^ {2}${name} +${spec.type}${spec.required ? ", required" : ""}`, "m"), name);
        assert.ok(flat.includes(spec.description), name);
        if (spec.default !== undefined) assert.ok(flat.includes(`default ${spec.default}`), name);
      }
    }
  }
});

Deno.test("help TYPE knows the drop-ins beside the file, and the nearest of what it does not know", async () => {
  const dir = await Deno.makeTempDir({ prefix: "baton-test-" });
  try {
    await Deno.mkdir(join(dir, "plugins"));
    const example = fileURLToPath(new URL("../../../plugins/examples/port443.ts", import.meta.url));
    await Deno.copyFile(example, join(dir, "plugins", "port443.ts"));
    const { status, out } = await baton("help", "port443", "-c", join(dir, "cluster.yaml"));
    assert.equal(status, 0);
    assert.match(out, /^port443, a type of kind monitor/);
    assert.match(out, /port +integer, default 443, at least 1, at most 65535/);
    await Deno.writeTextFile(join(dir, "plugins", "bad.ts"), "export default { kind: 'monitor' };");
    const bad = await baton("help", "bad", "-c", join(dir, "cluster.yaml"));
    assert.equal(bad.status, 2);
    assert.match(bad.err, /bad/);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
  const { status, err } = await baton("help", "aws-vop");
  assert.equal(status, 2);
  assert.match(err, /there is no command and no type aws-vop; did you mean aws-vip\?/);
});

Deno.test("no type is called as a command is, so help is clear", () => {
  const commands = new Set(COMMANDS.map(({ name }) => name));
  assert.deepEqual(typeNames().filter((type) => commands.has(type)), []);
});
