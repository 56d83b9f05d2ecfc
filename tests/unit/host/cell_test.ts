import assert from "node:assert/strict";
import { Cell } from "../../../core/host/cell.ts";
import { Flow } from "../../../core/host/flow.ts";
import type { HostProcess } from "../../../core/host/host_process.ts";

const fakeHost = () => ({ close: () => Promise.resolve() }) as unknown as HostProcess;

Deno.test("cell: one host for all who ask at once, and another after it was dropped", async () => {
  let started = 0;
  const cell = new Cell("key", () => {
    started += 1;
    return Promise.resolve(fakeHost());
  });
  const [first, second] = await Promise.all([cell.host(), cell.host()]);
  assert.equal(first, second);
  cell.drop(fakeHost());
  assert.equal(await cell.host(), first);
  cell.drop(first);
  assert.notEqual(await cell.host(), first);
  assert.equal(started, 2);
});

Deno.test("cell: the pause before a new host doubles with each failure in a row, up to the longest", () => {
  const cell = new Cell("key", () => Promise.resolve(fakeHost()), 1_000);
  const pauses = Array.from({ length: 6 }, () => {
    cell.failed("it fell");
    return Math.ceil(cell.pauseMs / 10) * 10;
  });
  assert.deepEqual(pauses, [0, 250, 500, 1_000, 1_000, 1_000]);
  cell.went();
  cell.failed("it fell");
  assert.equal(cell.pauseMs, 0);
});

Deno.test("cell: while it pauses it says why and how long", async () => {
  const cell = new Cell("key", () => Promise.resolve(fakeHost()));
  cell.failed("it fell");
  cell.failed("it fell over");
  await assert.rejects(cell.host(), /was ended \(it fell over\) and is started again in \d+ ms/);
  await cell.close();
  await assert.rejects(cell.host(), /the agent stops/);
});

Deno.test("flow: no more than its limit in a stretch of time", () => {
  const flow = new Flow(10, 60_000);
  assert.deepEqual([flow.take(6), flow.take(4), flow.take(1)], [true, true, false]);
});
