import assert from "node:assert/strict";
import { join } from "node:path";
import { ConfigStore } from "../../../../core/agent/apply/config_store.ts";
import { digestOf, writeSynced } from "../../../../core/agent/apply/file_text.ts";
import { inFolder } from "../helpers.ts";
import { withSlowSyncs } from "../slow_syncs.ts";

Deno.test("apply: what was written is on the disk when that is said, whole, and read by its owner only", () =>
  inFolder((folder) =>
    withSlowSyncs(async (ended) => {
      const path = join(folder, "text");
      await writeSynced(path, "a longer text");
      assert.equal(ended.data, 1);
      await writeSynced(path, "short");
      assert.deepEqual([ended.data, await Deno.readTextFile(path)], [2, "short"]);
      if (Deno.build.os !== "windows") assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
    })
  ));

Deno.test("apply: a file that was taken over survives a power loss, and so do its name and what is known of it", () =>
  inFolder((folder) =>
    withSlowSyncs(async (ended) => {
      const path = join(folder, "cluster.yaml");
      await Deno.writeTextFile(path, "cluster: old\n");
      const store = new ConfigStore(path, folder);
      await store.writeNext("cluster: new\n");
      const text = "cluster: new\n";
      await store.commit({ generation: 1, digest: await digestOf(text), order: ["a"], mayMove: false, by: "t" }, true);
      // The new file, its record, the file before, the trial; the folder of the file, and that of the record.
      assert.deepEqual(ended, { data: 4, folder: Deno.build.os === "windows" ? 0 : 2 });
      assert.equal(await Deno.readTextFile(path), text);
    })
  ));
