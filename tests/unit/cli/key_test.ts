import assert from "node:assert/strict";
import { join } from "node:path";
import { MIN_KEY_BYTES, newKey } from "../../../core/agent/key.ts";
import { UsageError, WorkError } from "../../../core/cli/command.ts";
import { key } from "../../../core/cli/key.ts";
import { inFolder } from "../agent/helpers.ts";

const YAML = `
cluster: c
servers:
  server1: { interconnect: 127.0.0.1 }
  server2: { interconnect: 127.0.0.2 }
status: 127.0.0.1:9
groups:
  failover1: { resources: { app: { type: script, start: ["true"], stop: ["true"] } } }
`;

async function inCluster(work: (config: string, keys: () => Promise<string[]>) => Promise<void>): Promise<void> {
  await inFolder(async (dir) => {
    const config = join(dir, "cluster.yaml");
    await Deno.writeTextFile(config, YAML);
    const path = join(dir, "baton.key");
    await Deno.writeTextFile(path, `${newKey()}\n`, { mode: 0o600 });
    await work(config, async () => (await Deno.readTextFile(path)).trim().split("\n"));
    assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
    const left = [...Deno.readDirSync(dir)].map(({ name }) => name).filter((name) => name.startsWith("."));
    assert.deepEqual(left, [], "nothing is left beside the file");
  });
}

Deno.test({
  name: "key --add puts a new key in front, once; --retire takes the former one out, when somebody can say that it may",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inCluster(async (config, keys) => {
      const [old] = await keys();
      await key.run(["--add", "-c", config]);
      const [next, former, ...more] = await keys();
      assert.equal(former, old);
      assert.notEqual(next, old);
      assert.ok(next!.length >= MIN_KEY_BYTES);
      assert.deepEqual(more, []);
      await assert.rejects(key.run(["--add", "-c", config]), (error: Error) =>
        error instanceof WorkError && /holds 2 keys already: end that change first/.test(error.message));
      await assert.rejects(key.run(["--retire", "-c", config]), /agent/, "no agent answers");
      assert.deepEqual(await keys(), [next, old]);
      await key.run(["--retire", "--yes", "-c", config]);
      assert.deepEqual(await keys(), [next]);
      await assert.rejects(key.run(["--retire", "--yes", "-c", config]), /holds one key: there is none to retire/);
      await assert.rejects(key.run(["--retire", "--add", "-c", config]), UsageError);
    }),
});
