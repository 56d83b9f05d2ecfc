import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { exec } from "../../../core/os/exec.ts";
import { lacks } from "../../needs.ts";

/** A network namespace that ends with its only process needs root and util-linux. */
async function canUnshare(): Promise<boolean> {
  try {
    const test = ["unshare", "-n", "ip", "link", "add", "baton0", "type", "bridge"] as const;
    return (await exec(test, { signal: AbortSignal.timeout(5_000) })).status === 0;
  } catch {
    return false;
  }
}

const NAME = "os linux: addresses on a real interface, in a network namespace of its own";

Deno.test({
  name: NAME,
  ignore: Deno.build.os !== "linux" || lacks(NAME, "root, unshare and ip", await canUnshare()),
  fn: async () => {
    const program = fileURLToPath(new URL("./namespace_program.ts", import.meta.url));
    const result = await exec(
      ["unshare", "-n", Deno.execPath(), "run", "-A", "--no-lock", program],
      { signal: AbortSignal.timeout(30_000) },
    );
    assert.equal(result.status, 0, result.stderr);
    assert.equal(result.stdout.trim(), "10.99.7.20/32 fd00:99::20/128 gone gone kept gone-by-command");
  },
});
