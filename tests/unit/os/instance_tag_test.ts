import assert from "node:assert/strict";
import { join } from "node:path";
import { instanceTag } from "../../../core/os/instance_tag.ts";
import { inFolder } from "../agent/helpers.ts";

Deno.test("instance tag: what EC2 writes is an id; what other makers write, or nobody, is none", () =>
  inFolder(async (dir) => {
    const path = join(dir, "board_asset_tag");
    assert.equal(instanceTag(path), undefined);
    const of = async (text: string) => {
      await Deno.writeTextFile(path, text);
      return instanceTag(path);
    };
    assert.equal(await of("i-0a1b2c3d4e5f60718\n"), "i-0a1b2c3d4e5f60718");
    assert.equal(await of("i-0a1b2c3d"), "i-0a1b2c3d");
    for (const other of ["", "\n", "Default string", "To be filled by O.E.M.", "i-", "x i-0a1b2c3d4e5f60718"]) {
      assert.equal(await of(other), undefined, other);
    }
  }));
