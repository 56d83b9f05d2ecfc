import assert from "node:assert/strict";
import { join } from "node:path";
import { withEnv } from "../variables.ts";
import { fromNpm, hashFile } from "../../../packaging/npm_package.ts";

/** A stand-in for the npm client, first on the PATH: it "downloads" the archive that lies ready, or fails. */
async function withNpm(script: string, work: (folder: string, sha512: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "baton-npm-" });
  try {
    const [bin, into] = [join(folder, "bin"), join(folder, "into")];
    for (const path of [bin, into, join(folder, "package")]) await Deno.mkdir(path);
    await Deno.writeTextFile(join(folder, "package", "tool"), "the tool");
    const packed = join(folder, "ready");
    const { success } = await new Deno.Command("tar", { args: ["-czf", packed, "-C", folder, "package"] }).output();
    assert.ok(success);
    await Deno.writeTextFile(join(bin, "npm"), `#!/bin/sh\n${script.replaceAll("READY", packed)}\n`, { mode: 0o755 });
    const sha512 = await hashFile("sha512", packed, "base64");
    await withEnv({ PATH: `${bin}:${Deno.env.get("PATH")}` }, () => work(into, sha512));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const WANTED = { spec: "tool@1.2.3", path: "package/tool" };

Deno.test({
  name: "a file is taken out of a package that is the expected one, and of no other",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withNpm("cp READY tool-1.2.3.tgz", async (folder, sha512) => {
      const path = await fromNpm({ ...WANTED, sha512 }, folder);
      assert.equal(await Deno.readTextFile(path), "the tool");
      await Deno.remove(path);
      await assert.rejects(fromNpm({ ...WANTED, sha512: "other" }, folder), /tool@1\.2\.3 is not the package that was/);
      await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
      await assert.rejects(
        fromNpm({ ...WANTED, path: "package/gone", sha512 }, folder),
        /package\/gone can't be taken/,
      );
    }),
});

Deno.test({
  name: "what npm says when it fails is passed on",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withNpm("echo E404 not in the registry >&2; exit 1", async (folder, sha512) => {
      await assert.rejects(
        fromNpm({ ...WANTED, sha512 }, folder),
        /npm could not get tool@1\.2\.3[^]*E404 not in the registry/,
      );
    }),
});
