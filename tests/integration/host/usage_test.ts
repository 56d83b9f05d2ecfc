import assert from "node:assert/strict";
import { usageOf } from "../../../core/host/usage.ts";
import { exec } from "../../../core/os/exec.ts";

Deno.test({
  name: "usage: what a process uses; nothing is known of one that is not there",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const usage = await usageOf(Deno.pid);
    assert.ok(usage && usage.memoryMb > 10 && usage.cpuMs > 0);
    assert.equal(await usageOf(2 ** 30), undefined);
  },
});

Deno.test({
  name: "usage: a process that ends while it is looked at leaves no read behind",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const proc = await Deno.makeTempDir();
    try {
      await Deno.mkdir(`${proc}/7`);
      // Whoever begins to read it without having read `status` waits for ever, and the leak is seen at the end.
      await exec(["mkfifo", `${proc}/7/stat`], { signal: AbortSignal.timeout(10_000) });
      assert.equal(await usageOf(7, proc), undefined);
    } finally {
      await Deno.remove(proc, { recursive: true });
    }
  },
});
