import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { openWatchdog, Watchdog, WatchdogError } from "../../../core/agent/watchdog.ts";
import { TIMING_PRESETS } from "../../../core/cluster/timing.ts";
import type { Os } from "../../../core/os/os.ts";
import { WatchdogDevice } from "../../../core/os/watchdog.ts";
import { Lateness } from "../../../sandbox/demo/lateness.ts";
import { FakeWatchdog } from "./fake_watchdog.ts";
import { eventually, inFolder, sleep } from "../../unit/agent/helpers.ts";

const TIMING = TIMING_PRESETS.standard;
const CONFIG = { device: "/dev/watchdog", timeoutMs: 4_000, required: true };
const signal = new AbortController().signal;

/** A watchdog on a machine whose clock and permits are set by hand. */
async function withWatchdog(
  facts: Parameters<typeof FakeWatchdog.make>[1],
  work: (bench: {
    fake: FakeWatchdog;
    watchdog: Watchdog;
    told: string[];
    clock: { nowMs: number };
    permits: Map<string, number>;
    /** Steps every `everyMs` up to `untilMs`. */
    run(untilMs: number, everyMs?: number): void;
  }) => Promise<void>,
  config = CONFIG,
) {
  await inFolder(async (dir) => {
    const fake = await FakeWatchdog.make(dir, facts);
    const told: string[] = [];
    const clock = { nowMs: 0 };
    const permits = new Map<string, number>();
    const watchdog = new Watchdog(config, TIMING, fake.device(), {
      nowMs: () => clock.nowMs,
      permitUntilMs: (group) => permits.get(group) ?? -Infinity,
      tell: (text) => told.push(text),
    });
    const run = (untilMs: number, everyMs = 500) => {
      for (clock.nowMs += everyMs; clock.nowMs <= untilMs; clock.nowMs += everyMs) watchdog.step();
      clock.nowMs = untilMs;
    };
    try {
      await work({ fake, watchdog, told, clock, permits, run });
    } finally {
      watchdog.close();
    }
  });
}

Deno.test("watchdog: its timeout is set and read back before anything runs, and nothing runs then", () =>
  withWatchdog({}, async ({ fake, watchdog, told }) => {
    await watchdog.prepare();
    const asked = await fake.asked();
    assert.equal(asked.length, 1);
    assert.match(asked[0]!, /^-s 4 \/.*\/dev\/watchdog$/);
    assert.equal(await fake.written(), "");
    assert.equal(watchdog.dueMs(), Infinity);
    assert.deepEqual(told, []);
  }));

Deno.test("watchdog: opened and fed with the first group, stopped after the last, and again", () =>
  withWatchdog({}, async ({ fake, watchdog, permits, run }) => {
    await watchdog.prepare();
    for (const name of ["g", "h"]) permits.set(name, 60_000);
    await Promise.all([watchdog.hold("g", signal), watchdog.hold("h", signal)]);
    assert.equal(await fake.written(), "\n");
    assert.equal(watchdog.dueMs(), 500);
    run(2_000);
    assert.equal(await fake.written(), "\n".repeat(5));
    watchdog.release("g");
    assert.equal(await fake.written(), "\n".repeat(5));
    watchdog.release("h");
    watchdog.release("h");
    assert.equal(await fake.written(), "\n".repeat(5) + "V");
    run(5_000);
    await watchdog.hold("h", signal);
    assert.equal(watchdog.dueMs(), 5_500);
  }));

Deno.test("watchdog: many steps in a row feed no more often than it is due", () =>
  withWatchdog({}, async ({ fake, watchdog, permits, run }) => {
    await watchdog.prepare();
    permits.set("g", 60_000);
    await watchdog.hold("g", signal);
    run(2_000, 5);
    const { length } = await fake.written();
    assert.ok(length >= 5 && length <= 10, `${length}`);
  }));

Deno.test("watchdog: with one permit of two ended, it is fed only as long as the reset still comes in time", () =>
  withWatchdog({}, async ({ fake, watchdog, told, permits, run }) => {
    await watchdog.prepare();
    permits.set("g", 10_000).set("h", 3_000);
    await Promise.all([watchdog.hold("g", signal), watchdog.hold("h", signal)]);
    run(2_500);
    const before = (await fake.written()).length;
    // Another server may begin 4,980 after the fence of h has begun: a reset that takes 4,000 may be put off until 3,480.
    watchdog.fencing("h");
    run(9_000);
    assert.equal((await fake.written()).length - before, 1, "at 3,000");
    assert.equal(told.length, 1);
    assert.match(told[0]!, /\/dev\/watchdog is not fed any more, because .* is reset 4000 ms after it was fed last/);
    // The fence has ended after all.
    watchdog.release("h");
    run(9_600);
    assert.equal((await fake.written()).length - before, 2);
  }));

Deno.test("watchdog: a fence that is tried again, because a majority has confirmed since, is no reason for a reset while the new permit lasts", () =>
  withWatchdog({}, async ({ fake, watchdog, told, permits, run }) => {
    await watchdog.prepare();
    permits.set("g", 3_000);
    await watchdog.hold("g", signal);
    run(3_000);
    watchdog.fencing("g");
    run(5_500);
    const before = (await fake.written()).length;
    // The votes are back, and the engine says so with the order for the next try.
    permits.set("g", 9_000);
    watchdog.confirmed("g");
    run(9_000);
    assert.ok((await fake.written()).length >= before + 6, "it is fed again");
    // And over: as after any permit.
    run(14_000);
    assert.match(told.at(-1) ?? "", /is not fed any more/);
  }));

Deno.test("watchdog: who wakes up counts from when the fence began, whatever the stale permit says", () =>
  withWatchdog({}, async ({ fake, watchdog, permits, run }) => {
    await watchdog.prepare();
    permits.set("g", 60_000);
    await watchdog.hold("g", signal);
    run(1_000);
    watchdog.fencing("g");
    const before = (await fake.written()).length;
    run(20_000);
    assert.equal((await fake.written()).length - before, 1, "at 1,500");
  }));

Deno.test("watchdog: one that never lets go is fed for as long as the agent runs, and its timeout is not touched", () =>
  withWatchdog({ nowayout: "1", timeout: "3" }, async ({ fake, watchdog, told, permits, run }) => {
    await watchdog.prepare();
    assert.deepEqual(await fake.asked(), []);
    assert.match(told[0]!, /was loaded with nowayout: once a group was up here, only a running agent keeps/);
    permits.set("g", 60_000);
    await watchdog.hold("g", signal);
    watchdog.release("g");
    run(5_000);
    const written = await fake.written();
    assert.ok(written.length > 5 && !written.includes("V"));
  }));

for (
  const [name, facts, expected] of [
    ["runs already", { state: "active" }, /\(Software Watchdog\) runs already: another program has it/],
    ["is too slow and has no way out", { nowayout: "1", timeout: "60" }, /is 60000 ms, not 4000 ms, .*soft_margin/],
    ["has no timeout", { timeout: "" }, /the timeout of \/dev\/watchdog can't be read from .*CONFIG_WATCHDOG_SYSFS/],
  ] as const
) {
  Deno.test(`watchdog: a device that ${name} is refused with what to do`, () =>
    withWatchdog(facts, async ({ watchdog, fake }) => {
      await assert.rejects(
        watchdog.prepare(),
        (error) => error instanceof WatchdogError && expected.test(error.message),
      );
      assert.equal(await fake.written(), "");
    }));
}

Deno.test("watchdog: a timeout that could not be set is judged as it is", () =>
  inFolder(async (dir) => {
    const ports = { nowMs: () => 0, permitUntilMs: () => 0, tell: (text: string) => void told.push(text) };
    const told: string[] = [];
    const slow = await FakeWatchdog.make(dir, { timeout: "60" }, false);
    await assert.rejects(
      new Watchdog(CONFIG, TIMING, slow.device(), ports).prepare(),
      /is 60000 ms, not 4000 ms, and the reset would come too late: \(permit 5 s \+ watchdog timeout 60 s .*wdctl -s/,
    );
    assert.match(told.join(), /could not be set: .*no ioctl/);
    // Shorter than asked for, and still sound: that is what counts then.
    const quick = await FakeWatchdog.make(dir, { timeout: "2" }, false);
    await new Watchdog(CONFIG, TIMING, quick.device(), ports).prepare();
  }));

Deno.test("watchdog: without the device the agent does not start, or only warns, as it is written", () =>
  inFolder(async (dir) => {
    const told: string[] = [];
    const ports = { nowMs: () => 0, permitUntilMs: () => 0, tell: (text: string) => void told.push(text) };
    const places = { dev: dir, sys: dir, wdctl: "false" };
    const os = { name: "linux", watchdog: (device: string) => new WatchdogDevice(device, places) } as unknown as Os;
    const open = (required: boolean, on = os) =>
      openWatchdog({ config: { timing: TIMING, watchdog: { ...CONFIG, required } }, os: on }, ports);
    await assert.rejects(open(true), /^WatchdogError: watchdog: there is no watchdog device .*; .*modprobe softdog/);
    assert.equal(await open(false), undefined);
    assert.match(told[0]!, /no watchdog device .*; the agent runs without it, because it is not required$/);
    const windows = { name: "windows", watchdog: () => null } as unknown as Os;
    await assert.rejects(open(true, windows), /there is no watchdog device on windows; remove `watchdog`/);
    assert.equal(await openWatchdog({ config: { timing: TIMING }, os }, ports), undefined);
  }));

Deno.test("watchdog: with --no-power it is not even looked at, and that is said", async () => {
  const told: string[] = [];
  const ports = { nowMs: () => 0, permitUntilMs: () => 0, tell: (text: string) => void told.push(text) };
  const os = { name: "linux", watchdog: () => assert.fail("it was touched") } as unknown as Os;
  const config = { timing: TIMING, watchdog: { ...CONFIG, required: true } };
  assert.equal(await openWatchdog({ config, os, noPower: true }, ports), undefined);
  assert.match(told.join(), /^watchdog: \/dev\/\w+ is left alone because of --no-power/);
});

Deno.test("watchdog: a device that was taken meanwhile keeps a group from going up, unless it is not required", () =>
  inFolder(async (dir) => {
    const told: string[] = [];
    const ports = { nowMs: () => 0, permitUntilMs: () => 9_000, tell: (text: string) => void told.push(text) };
    const fake = await FakeWatchdog.make(dir, { timeout: "4" });
    await Deno.remove(`${dir}/dev/watchdog`);
    await Deno.mkdir(`${dir}/dev/watchdog`);
    await assert.rejects(new Watchdog(CONFIG, TIMING, fake.device(), ports).hold("g", signal), /can't be opened/);
    const optional = new Watchdog({ ...CONFIG, required: false }, TIMING, fake.device(), ports);
    await optional.hold("g", signal);
    assert.match(told[0]!, /can't be opened: .*the group goes up without it/);
    assert.equal(optional.dueMs(), Infinity);
    optional.step();
    optional.release("g");
  }));

const AGENT = fileURLToPath(new URL("./watched_agent.ts", import.meta.url));

Deno.test("watchdog: a real agent process feeds by its own wake-ups; frozen or dead it feeds nothing, in order it stops it", () =>
  inFolder(async (dir) => {
    const fake = await FakeWatchdog.make(dir, { timeout: "1" });
    const path = await fake.pipe();
    const agent = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-lock", "--no-check", AGENT, dir],
      stdin: "null",
      stdout: "null",
      stderr: "inherit",
    }).spawn();
    const fed: number[] = [];
    let stopped = false;
    // Somebody holds the other end, so that it outlives a writer who closes it and opens it anew; "." ends the reading.
    using holder = await Deno.open(path, { read: true, write: true });
    using device = await Deno.open(path, { read: true });
    const reading = (async () => {
      const buffer = new Uint8Array(64);
      for (let text = ""; !text.includes(".");) {
        text = new TextDecoder().decode(buffer.subarray(0, await device.read(buffer) ?? 0));
        stopped = text.includes("V");
        if (!stopped) fed.push(performance.now());
      }
    })();
    try {
      const lateness = new Lateness();
      await eventually("it is fed", () => fed.length >= 8);
      lateness.look([agent.pid]);
      const gaps = fed.slice(1).map((ms, index) => ms - fed[index]!);
      // Every 150 ms by the fast timing, and not by a timeout later.
      const lateMs = lateness.totalMs;
      assert.ok(
        Math.max(...gaps) < 700 + lateMs,
        `${gaps.map(Math.round).join(" ")}; the machine late by ${lateMs} ms`,
      );
      agent.kill("SIGSTOP");
      await sleep(100);
      const count = fed.length;
      await sleep(1_200);
      assert.equal(fed.length, count, "a frozen agent feeds nothing");
      agent.kill("SIGCONT");
      await eventually("it is fed again", () => fed.length > count);
      agent.kill("SIGTERM");
      assert.equal((await agent.status).code, 0);
      await eventually("the last thing it says is V", () => stopped);
    } finally {
      try {
        agent.kill("SIGKILL");
      } catch {
        // It has ended, as it should.
      }
      await agent.status;
      await holder.write(new TextEncoder().encode("."));
      await reading;
    }
  }));
