import assert from "node:assert/strict";
import os from "node:os";
import { exec } from "../../../core/os/exec.ts";
import { goAhead, startOrdinary } from "../../../core/os/priority.ts";

const mayGoAhead = (() => {
  const before = os.getPriority(0);
  const may = goAhead();
  if (may) os.setPriority(0, before);
  return may;
})();

Deno.test({
  name: "priority: the agent goes ahead, what it starts for a group does not",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const before = os.getPriority(0);
    try {
      assert.equal(goAhead(), mayGoAhead);
      assert.equal(os.getPriority(0) < before, mayGoAhead);
      const shown = await exec(["sh", "-c", "cut -d' ' -f19 /proc/self/stat"], { signal: AbortSignal.timeout(10_000) });
      assert.equal(Number(shown.stdout), mayGoAhead ? 0 : before);
      assert.equal(os.getPriority(0) < before, mayGoAhead);
      assert.throws(() => startOrdinary(() => assert.fail("it can't be started")), /it can't be started/);
      assert.equal(os.getPriority(0) < before, mayGoAhead);
    } finally {
      if (mayGoAhead) os.setPriority(0, before);
    }
  },
});
