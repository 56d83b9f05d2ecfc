/** What authors of plugins get: files that work as they are, and a command that finds out whether theirs do. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Runs a program of Deno's in `folder`. */
async function deno(folder: string, ...args: string[]): Promise<{ status: number; out: string; text: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: folder,
    env: { NO_COLOR: "1" },
    signal: AbortSignal.timeout(60_000),
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { status: code, out: decode(stdout), text: decode(stdout) + decode(stderr) };
}

const baton = (folder: string, ...args: string[]) =>
  deno(folder, "run", "-A", "--quiet", "--config", join(ROOT, "deno.json"), join(ROOT, "main.ts"), ...args);

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "baton-author-" });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function serving(work: (url: string, port: number) => Promise<void>): Promise<void> {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => new Response("on"));
  try {
    await work(`http://127.0.0.1:${server.addr.port}`, server.addr.port);
  } finally {
    await server.shutdown();
  }
}

Deno.test("baton plugin new: plugins of all kinds that have right types, pass their tests and do what they say", async () => {
  await inFolder((folder) =>
    serving(async (url, port) => {
      const options: Record<string, string[]> = {
        monitor: ["--option", `port=${port}`],
        resource: [],
        quorum: ["--option", `url=${url}`],
        fence: ["--option", `url=${url}`, "--option", "outlet=1"],
      };
      for (const kind of Object.keys(options)) {
        const made = await baton(folder, "plugin", "new", `my-${kind}`, "--kind", kind);
        assert.equal(made.status, 0, made.text);
        assert.match(made.out, new RegExp(`type: my-${kind}`));
      }
      const checked = await deno(folder, "check", "plugins/");
      assert.equal(checked.status, 0, checked.text);
      const formatted = await deno(folder, "fmt", "--check", "--line-width", "120", "plugins/");
      assert.equal(formatted.status, 0, formatted.text);
      const tested = await deno(folder, "test", "-A", "--quiet", "plugins/");
      assert.match(tested.text, /4 passed \| 0 failed/);
      for (const [kind, given] of Object.entries(options)) {
        const file = `plugins/my-${kind}.ts`;
        const once = await baton(folder, "plugin", "test", file, ...given);
        assert.equal(once.status, 0, once.text);
        const suite = await baton(folder, "plugin", "test", file, "--conformance", "--json", ...given);
        assert.equal(suite.status, 0, suite.text);
        const { results } = JSON.parse(suite.out);
        const held = results.filter(({ status }: { status: string }) => status === "held").length;
        assert.ok(held >= 3, suite.out);
      }
      const listed = JSON.parse((await baton(folder, "plugin", "list", "--json")).out);
      const own = listed.types.filter(({ file }: { file: string | null }) => file !== null);
      assert.deepEqual(
        own.map(({ type, kind }: { type: string; kind: string }) => `${kind} ${type}`),
        ["fence my-fence", "monitor my-monitor", "quorum my-quorum", "resource my-resource"],
      );
      assert.ok(
        listed.types.some(({ type, file }: { type: string; file: unknown }) => type === "aws-vip" && file === null),
      );
    })
  );
});

Deno.test("baton plugin new: nothing is overwritten, and names that can't be types are refused", async () => {
  await inFolder(async (folder) => {
    assert.equal((await baton(folder, "plugin", "new", "mine")).status, 0);
    await Deno.writeTextFile(join(folder, "plugins", "mine.ts"), "// edited");
    const again = await baton(folder, "plugin", "new", "mine");
    assert.deepEqual([again.status, /mine\.ts is there already/.test(again.text)], [1, true]);
    assert.equal(await Deno.readTextFile(join(folder, "plugins", "mine.ts")), "// edited");
    for (
      const [name, why] of [["My_Type", /can't be the name of a type/], ["aws-vip", /is a built-in type/]] as const
    ) {
      const refused = await baton(folder, "plugin", "new", name);
      assert.equal(refused.status, 2);
      assert.match(refused.text, why);
    }
    assert.match(
      (await baton(folder, "plugin", "new", "x", "--kind", "thing")).text,
      /one of monitor, resource, quorum/,
    );
    assert.match((await baton(folder, "plugin", "lst")).text, /did you mean list\?/);
  });
});

Deno.test("baton plugin: Baton's own source is no drop-in, names stay apart from ports, and what is not there is said", async () => {
  await inFolder(async (folder) => {
    const made = await baton(folder, "plugin", "new", "port443");
    assert.match(made.out, /^ +port443-1: \{ type: port443/m);
    const missing = await baton(folder, "plugin", "test", "plugins/missing.ts");
    assert.equal(missing.status, 2);
    assert.match(missing.text, /plugins\/missing\.ts does not exist/);
    // As in a checkout: parts of Baton lie in the same folder, and only what exports a type is the operator's.
    await Deno.copyFile(join(ROOT, "plugins", "mod.ts"), join(folder, "plugins", "mod.ts"));
    await Deno.writeTextFile(join(folder, "plugins", "kept.ts"), "export const kept = 1;\n");
    const own = async () => {
      const { status, out } = await baton(folder, "plugin", "list", "--json");
      const { types } = JSON.parse(out) as { types: { type: string; file: string | null }[] };
      return { status, types: types.filter(({ file }) => file !== null).map(({ type }) => type) };
    };
    assert.deepEqual(await own(), { status: 0, types: ["port443"] });
    await Deno.remove(join(folder, "plugins", "mod.ts"));
    assert.deepEqual(await own(), { status: 1, types: ["kept", "port443"] });
    // A name that is taken is said before a monitor of the built-in type is refused.
    await Deno.rename(join(folder, "plugins", "port443.ts"), join(folder, "plugins", "service.ts"));
    const { out } = await baton(folder, "plugin", "list");
    assert.match(out, /service is also a built-in resource type, which is refused while this file is there/);
  });
});

/** A resource that forgets to take its file away when a second deactivation finds it. */
const FORGETFUL = `export default {
  kind: "resource",
  description: "Leaves something behind.",
  options: { path: { type: "path", required: true, description: "a file" } },
  async activate({ options, exec }) { await exec(["touch", options.path]); },
  async deactivate() {},
  guard: ({ options }) => Promise.resolve([["rm", "-f", options.path]]),
};`;

Deno.test("baton plugin test --conformance: what an author's own program sees decides, and what is broken is named", async () => {
  await inFolder(async (folder) => {
    const [file, path, active] = ["forgetful.js", "thing", "active"].map((name) => join(folder, name));
    await Deno.writeTextFile(file!, FORGETFUL);
    await Deno.writeTextFile(active!, `#!/bin/sh\ntest -e ${path}\n`, { mode: 0o755 });
    const given = ["--option", `path=${path}`, "--allow", "run=touch"];
    const believed = await baton(folder, "plugin", "test", file!, "--conformance", ...given);
    assert.equal(believed.status, 0, believed.text);
    assert.match(believed.out, /was not looked at/);
    const seen = await baton(folder, "plugin", "test", file!, "--conformance", "--active", active!, ...given);
    assert.equal(seen.status, 1, seen.text);
    assert.match(seen.out, /^broken {4}is gone after deactivate, twice: it is still here/m);
    assert.match(seen.out, /^held {6}is active after activate, twice/m);
  });
});

Deno.test("baton plugin test: verdict, measurements, time and log; a plugin that spins ends by its deadline", async () => {
  await inFolder(async (folder) => {
    const file = join(folder, "odd.ts");
    await Deno.writeTextFile(
      file,
      `interface C { options: { spin: boolean; names: string[]; more: Record<string, string> }; log: { info(text: string): void } }
export default {
  kind: "monitor", description: "Is odd.", defaults: { timeoutMs: 1000 },
  options: {
    spin: { type: "boolean", default: false, description: "spins" },
    names: { type: "strings", default: ["x"], description: "names" },
    more: { type: "map", default: {}, description: "more" },
  },
  async check({ options, log }: C) {
    log.info("looking");
    while (options.spin);
    return { status: "warning", code: 7, message: JSON.stringify([options.names, options.more]), measurements: { a: 1.5 } };
  },
};`,
    );
    const once = await baton(folder, "plugin", "test", file, "--option", "names=a,b", "--option", "more=k=v=w,l=2");
    assert.equal(once.status, 1, once.text);
    assert.match(once.out, /^check {2}\d+ ms {2}warning \(7\) {2}\[\["a","b"\],\{"k":"v=w","l":"2"\}\]$/m);
    assert.match(once.out, /^ {2}a 1\.5$/m);
    assert.match(once.out, /^log {2}looking$/m);
    const spinning = await baton(folder, "plugin", "test", file, "--option", "spin=true");
    assert.equal(spinning.status, 1, spinning.text);
    assert.match(spinning.out, /^check {2}\d+ ms {2}unknown \(6\)/m);
    const wrong = await baton(folder, "plugin", "test", file, "--option", "spin=perhaps");
    assert.equal(wrong.status, 2);
    assert.match(wrong.text, /option spin must be true or false/);
  });
});

Deno.test("baton help TYPE: a drop-in of any kind, and an agent of OCF", async () => {
  await inFolder(async (folder) => {
    for (const kind of ["resource", "fence"]) {
      await baton(folder, "plugin", "new", `my-${kind}`, "--kind", kind);
      const { status, text } = await baton(folder, "help", `my-${kind}`);
      assert.equal(status, 0, text);
      assert.match(text, new RegExp(`^my-${kind}, a type of kind ${kind} `));
    }
    const missing = await baton(folder, "help", "ocf:none:Nobody");
    assert.equal(missing.status, 2);
    assert.match(missing.text, /there is no OCF agent .*\/none\/Nobody/);
  });
});

Deno.test("docs/plugins.md: the monitor of the page has right types and works, and its lines of cluster.yaml are right", async () => {
  await inFolder((folder) =>
    serving(async (url) => {
      const page = await Deno.readTextFile(join(ROOT, "docs/plugins.md"));
      const [, code = ""] = /```ts\n([\s\S]*?)```/.exec(page) ?? [];
      assert.equal((await baton(folder, "plugin", "types")).status, 0);
      await Deno.writeTextFile(join(folder, "plugins", "queue.ts"), code.replaceAll(/^ {3}/gm, ""));
      const checked = await deno(folder, "check", "plugins/");
      assert.equal(checked.status, 0, checked.text);
      // The server of this test answers "on", which is no length.
      const once = await baton(folder, "plugin", "test", "plugins/queue.ts", "--option", `url=${url}`);
      assert.match(once.out, /^check {2}\d+ ms {2}unknown \(1\) {2}it tells no length$/m, once.text);

      const [, lines] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
      assert.ok(lines !== undefined, "the page shows no monitor of a cluster.yaml");
      await Deno.writeTextFile(
        join(folder, "cluster.yaml"),
        `cluster: c
key: baton.key
servers: { server1: { interconnect: 127.0.0.1 } }
groups: { failover1: { resources: { app: { type: script, start: ["true"], stop: ["true"] } } } }
${lines.replaceAll(/^ {3}/gm, "")}`,
      );
      const right = await baton(folder, "check");
      assert.equal(right.status, 0, right.text);
      assert.match(right.out, /1 resource, 1 monitor\n/);
    })
  );
});
