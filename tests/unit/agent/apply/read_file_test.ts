import assert from "node:assert/strict";
import { join } from "node:path";
import { ConfigStore } from "../../../../core/agent/apply/config_store.ts";
import { digestOf } from "../../../../core/agent/apply/file_text.ts";
import { ReadFile } from "../../../../core/agent/apply/read_file.ts";

Deno.test("a file that was changed by hand is told, and what runs becomes the file before it, not what was written over it", async () => {
  const folder = await Deno.makeTempDir({ prefix: "baton-test-" });
  try {
    const path = join(folder, "cluster.yaml");
    const store = new ConfigStore(path, folder);
    await Deno.writeTextFile(path, "runs\n");
    const told: string[] = [];
    const read = new ReadFile(store, (reasons) => told.push(...reasons.map(({ text }) => text)));
    const digest = await digestOf("runs\n");
    await read.keep(digest);
    assert.equal(read.text, "runs\n");
    await Deno.writeTextFile(path, "by hand\n");
    assert.match(await read.trouble(digest) ?? "", /is not what this agent has read/);
    assert.equal(told.length, 1);

    await store.writeNext("new\n");
    const applied = { generation: 1, digest: await digestOf("new\n"), order: [], mayMove: false, by: "test" };
    await store.commit(applied, true, read.text);
    read.replaced();
    assert.equal(await store.readBefore(), "runs\n");
    assert.equal(await read.trouble(applied.digest), null);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
