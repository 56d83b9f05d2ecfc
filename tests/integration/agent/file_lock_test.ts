import assert from "node:assert/strict";
import { lockFile } from "../../../core/agent/file_lock.ts";

Deno.test("a lock that another lets go of in a moment is waited for, and one that it keeps is not granted", async () => {
  const path = await Deno.makeTempFile({ prefix: "baton-lock-" });
  const options = { read: true, write: true };
  using first = await Deno.open(path, options);
  using second = await Deno.open(path, options);
  try {
    assert.equal(await lockFile(first), true);
    assert.equal(await lockFile(second), false);
    const soon = setTimeout(() => first.unlockSync(), 100);
    assert.equal(await lockFile(second), true);
    clearTimeout(soon);
  } finally {
    await Deno.remove(path);
  }
});
