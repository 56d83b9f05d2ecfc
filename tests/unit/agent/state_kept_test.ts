import assert from "node:assert/strict";
import { join } from "node:path";
import { type DurableState, emptyDurableState } from "../../../core/cluster/durable.ts";
import { StateError, StateFile } from "../../../core/agent/state_file.ts";
import { inFolder } from "./helpers.ts";
import { withSlowSyncs } from "./slow_syncs.ts";

const OWNER = { cluster: "c", server: "server1" };

const stateOf = (epoch: number): DurableState => ({
  ...emptyDurableState(),
  registers: { g: { epoch, holder: "server1", won: true, released: false } },
});

/** An agent that was killed right after its second write. Returns the files, the latest first. */
async function killed(dir: string): Promise<[string, string]> {
  const file = await StateFile.open(dir, OWNER);
  for (const epoch of [1, 2]) await file.save(stateOf(epoch));
  await file.close();
  return [join(dir, "state.before.json"), join(dir, "state.json")];
}

Deno.test("what a killed agent has left in the kernel alone is on the disk before it counts, and the other file is not touched", () =>
  inFolder(async (dir) => {
    const paths = await killed(dir);
    const texts = () => Promise.all(paths.map((path) => Deno.readTextFile(path)));
    const left = await texts();
    await withSlowSyncs(async (ended) => {
      const file = await StateFile.open(dir, OWNER);
      try {
        assert.deepEqual((await file.recall()).state, stateOf(2));
        assert.deepEqual(ended, { data: 1, folder: Deno.build.os === "windows" ? 0 : 1 });
      } finally {
        await file.close();
      }
    });
    assert.deepEqual(await texts(), left);
  }));

Deno.test("a memory that the disk does not take is none", () =>
  inFolder(async (dir) => {
    await killed(dir);
    const { syncData } = Deno.FsFile.prototype;
    Object.assign(Deno.FsFile.prototype, { syncData: () => Promise.reject(new Error("input/output error")) });
    const file = await StateFile.open(dir, OWNER);
    try {
      await assert.rejects(file.recall(), (error: Error) =>
        error instanceof StateError && /can't be written to the disk \(input\/output error\)/.test(error.message));
    } finally {
      Object.assign(Deno.FsFile.prototype, { syncData });
      await file.close();
    }
  }));
