import assert from "node:assert/strict";
import { join } from "node:path";
import { dropInsPath } from "../../../core/cli/config_file.ts";

Deno.test("drop-ins are looked for where the file is, or where only a folder of plugins is", async () => {
  const folder = await Deno.makeTempDir({ prefix: "baton-test-" });
  try {
    const paths = [join(folder, "here", "cluster.yaml"), join(folder, "etc", "cluster.yaml")];
    const [here, etc] = paths as [string, string];
    assert.equal(await dropInsPath("named.yaml", paths), "named.yaml");
    assert.equal(await dropInsPath(undefined, paths), here, "there is nothing anywhere");
    await Deno.mkdir(join(folder, "etc"));
    await Deno.writeTextFile(etc, "");
    assert.equal(await dropInsPath(undefined, paths), etc);
    await Deno.mkdir(join(folder, "here", "plugins"), { recursive: true });
    assert.equal(await dropInsPath(undefined, paths), here);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
