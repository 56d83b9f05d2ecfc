import assert from "node:assert/strict";
import { Lateness } from "../../../sandbox/demo/lateness.ts";

Deno.test("lateness: what processes waited for a processor is added up, also of those that come and go", async () => {
  const proc = await Deno.makeTempDir();
  const waited = async (pid: number | "thread-self", ms: number) => {
    await Deno.mkdir(`${proc}/${pid}`, { recursive: true });
    await Deno.writeTextFile(`${proc}/${pid}/schedstat`, `5000000 ${ms * 1_000_000} 7\n`);
  };
  try {
    await waited("thread-self", 1_000);
    const lateness = new Lateness(proc);
    assert.equal(lateness.totalMs, 0);
    await waited("thread-self", 1_010);
    await waited(7, 300);
    lateness.look([7]);
    assert.equal(lateness.totalMs, 310);
    await Deno.remove(`${proc}/7`, { recursive: true });
    lateness.look([7, 8]);
    assert.equal(lateness.totalMs, 310);
  } finally {
    await Deno.remove(proc, { recursive: true });
  }
});

Deno.test("lateness: where the kernel does not say, nothing is forgiven", async () => {
  const proc = await Deno.makeTempDir();
  const lateness = new Lateness(proc);
  lateness.look([1]);
  assert.equal(lateness.totalMs, 0);
  await Deno.remove(proc);
});
