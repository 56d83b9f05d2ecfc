import assert from "node:assert/strict";
import { join } from "node:path";
import { MachineEnd } from "../../../core/agent/machine_end.ts";
import { POWER_WINDOW_MS, PowerLog } from "../../../core/agent/power_log.ts";
import { inFolder } from "../../unit/agent/helpers.ts";
import { Stopwatch } from "../../unit/stopwatch.ts";

Deno.test("power log: what was done within the hour is remembered over a restart, and forgotten after it", async () => {
  await inFolder(async (dir) => {
    let nowMs = Date.parse("2026-01-01T00:00:00Z");
    const wall = () => nowMs;
    const log = await PowerLog.open(dir, wall);
    assert.equal(log.count(), 0);
    await log.note("reboot");
    nowMs += POWER_WINDOW_MS / 2;
    await log.note("shutdown");
    const again = await PowerLog.open(dir, wall);
    assert.equal(again.count(), 2);
    nowMs += POWER_WINDOW_MS / 2;
    assert.equal(again.count(), 1);
    nowMs += POWER_WINDOW_MS;
    assert.equal((await PowerLog.open(dir, wall)).count(), 0);
  });
});

Deno.test("power log: a clock that was set back makes nobody wait for longer than an hour", async () => {
  await inFolder(async (dir) => {
    let nowMs = Date.parse("2030-01-01T00:00:00Z");
    const wall = () => nowMs;
    await (await PowerLog.open(dir, wall)).note("reboot");
    nowMs = Date.parse("2026-01-01T00:00:00Z");
    const log = await PowerLog.open(dir, wall);
    assert.equal(log.count(), 1);
    nowMs += POWER_WINDOW_MS;
    assert.equal(log.count(), 0);
  });
});

Deno.test("power log: a torn file counts as none, and can be written again", async () => {
  await inFolder(async (dir) => {
    for (const text of ['[{"time":"2026-', '[{"time":"yesterday","action":"reboot"}]', "7"]) {
      await Deno.writeTextFile(join(dir, "power.json"), text);
      const log = await PowerLog.open(dir);
      assert.equal(log.count(), 0);
      await log.note("reboot");
      assert.equal((await PowerLog.open(dir)).count(), 1);
    }
  });
});

Deno.test("power log: who waits hears of each one that is over", async () => {
  await inFolder(async (dir) => {
    let nowMs = Date.parse("2026-01-01T00:00:00Z");
    const log = await PowerLog.open(dir, () => nowMs);
    await log.note("reboot");
    await log.note("reboot");
    nowMs += POWER_WINDOW_MS - 1_000;
    const heard: number[] = [];
    const stop = new AbortController();
    const watching = log.watch((count) => heard.push(count), stop.signal);
    nowMs += 2_000;
    await watching;
    assert.deepEqual(heard, [0]);
    await log.note("reboot");
    const aborted = log.watch((count) => heard.push(count), stop.signal);
    stop.abort();
    await aborted;
    assert.deepEqual(heard, [0]);
  });
});

Deno.test("the end of the machine: what counts is on disk first, what does not is not, and a sick disk holds nothing up", async () => {
  await inFolder(async (dir) => {
    const log = await PowerLog.open(dir);
    const done: string[] = [];
    const os = {
      power: async (action: string, reason: string, withinMs: number) => {
        const { length } = JSON.parse(await Deno.readTextFile(join(dir, "power.json")).catch(() => "[]"));
        done.push(`${action} ${reason} with ${length} noted`);
        assert.ok(withinMs > 0 && withinMs <= 15_000, `${withinMs} ms`);
      },
    };
    const end = new MachineEnd({ os }, log, 1_000, () => []);
    await end.take({ do: "power", action: "shutdown", reason: "fence", counts: false });
    await end.take({ do: "power", action: "reboot", reason: "monitor", counts: true });
    assert.deepEqual(done, ["shutdown fence with 0 noted", "reboot monitor with 1 noted"]);
    const sick = { note: () => new Promise<void>(() => {}) } as unknown as PowerLog;
    const watch = new Stopwatch();
    await new MachineEnd({ os }, sick, 1_000, () => [100]).take({
      do: "power",
      action: "reboot",
      reason: "sick",
      counts: true,
    });
    assert.ok(watch.ownMs < 500);
    assert.equal(done.at(-1), "reboot sick with 1 noted");
    const order = { do: "power", action: "shutdown", reason: "said", counts: true } as const;
    await assert.rejects(
      new MachineEnd({ os, noPower: true }, log, 1_000, () => []).take(order),
      /no shutdown, .*said/,
    );
    assert.equal(done.length, 3, "with --no-power the machine is left alone, whoever asks");
    assert.equal(log.count(), 1);
  });
});
