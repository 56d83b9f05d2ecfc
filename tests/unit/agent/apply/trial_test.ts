import assert from "node:assert/strict";
import { join } from "node:path";
import { type Applied, ConfigStore } from "../../../../core/agent/apply/config_store.ts";
import { digestOf } from "../../../../core/agent/apply/file_text.ts";
import { Trial, trialPath } from "../../../../core/agent/apply/trial.ts";

const NEW = "cluster: new\n";

/** A file that was applied over another one. */
async function applied(folder: string, onTrial = true): Promise<{ path: string; store: ConfigStore; record: Applied }> {
  const path = join(folder, "cluster.yaml");
  await Deno.writeTextFile(path, "cluster: old\n");
  const store = new ConfigStore(path, folder);
  await store.writeNext(NEW);
  const record = { generation: 1, digest: await digestOf(NEW), order: ["a"], mayMove: false, by: "test" };
  await store.commit(record, onTrial);
  return { path, store, record };
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "baton-test-" });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("trial: three agents that end without a word are enough, and the reason outlives the process", () =>
  inFolder(async (folder) => {
    const { path } = await applied(folder);
    for (let start = 0; start < 3; start++) assert.equal(await (await Trial.open(path))!.begin(), null);
    assert.match((await (await Trial.open(path))!.begin())!.why, /^3 agents ended within 10 s/);
    await (await Trial.open(path))!.failed("the port is taken");
    assert.deepEqual(await (await Trial.open(path))!.begin(), {
      digest: await digestOf(NEW),
      why: "the port is taken",
    });
  }));

Deno.test("trial: passed by an agent that ends in order, not by one that is forced to end", () =>
  inFolder(async (folder) => {
    const { path } = await applied(folder);
    await (await Trial.open(path))!.settle(Promise.resolve({ status: 1 }));
    const trial = (await Trial.open(path))!;
    await trial.settle(Promise.resolve({ status: 0 }));
    assert.equal(trial.started, true);
    assert.equal(await Trial.open(path), null);
  }));

Deno.test("trial: none for a file that was changed by hand, one that nobody applied, a torn record, and where going back is unsound", () =>
  inFolder(async (folder) => {
    const { path } = await applied(folder);
    await Deno.writeTextFile(path, `${NEW}# by hand\n`);
    assert.equal(await Trial.open(path), null);
    await Deno.writeTextFile(path, NEW);
    await Deno.writeTextFile(trialPath(path), "{");
    assert.equal(await Trial.open(path), null);
    await Deno.remove(trialPath(path));
    assert.equal(await Trial.open(path), null);
    await applied(folder, false);
    assert.equal(await Trial.open(path), null);
  }));

Deno.test("a file that can't be remembered as applied does not become the file", () =>
  inFolder(async (folder) => {
    const path = join(folder, "cluster.yaml");
    await Deno.writeTextFile(path, "cluster: old\n");
    // Nothing can be written there, as on a full disk.
    const store = new ConfigStore(path, join(folder, "missing"));
    await store.writeNext(NEW);
    const record = { generation: 1, digest: await digestOf(NEW), order: ["a"], mayMove: false, by: "test" };
    await assert.rejects(store.reserve(record), /the state folder can't take the note of it/);
    await assert.rejects(store.commit(record, true), /the state folder can't take the note of it/);
    assert.equal(await Deno.readTextFile(path), "cluster: old\n");
    assert.equal(await Trial.open(path), null);
  }));
