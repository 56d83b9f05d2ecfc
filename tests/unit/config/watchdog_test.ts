import assert from "node:assert/strict";
import fc from "fast-check";
import {
  CLOCK_DRIFT,
  MAX_TAKEOVER_MS,
  MIN_TAKEOVER_MS,
  TIMING_PRESETS,
  timingFor,
} from "../../../core/cluster/timing.ts";
import { describeTiming } from "../../../core/config/describe_timing.ts";
import { feedEveryMs, resetWithinMs, watchdogProblems } from "../../../core/config/watchdog.ts";
import { problemsOf, read, yaml } from "./fakes.ts";

const file = (watchdog: string, timing = "standard") => yaml({ top: `timing: ${timing}\nwatchdog: ${watchdog}` });

Deno.test("watchdog: left out there is none; otherwise it is required and has the usual name", async () => {
  assert.equal("watchdog" in await read(yaml({})), false);
  assert.deepEqual((await read(file("{ timeout: 4s }"))).watchdog, {
    device: "/dev/watchdog",
    timeoutMs: 4_000,
    required: true,
  });
  assert.deepEqual((await read(file("{ device: /dev/watchdog1, timeout: 2s, required: false }"))).watchdog, {
    device: "/dev/watchdog1",
    timeoutMs: 2_000,
    required: false,
  });
});

Deno.test("watchdog: check prints the sum that makes it sound", async () => {
  const lines = describeTiming(await read(file("{ timeout: 4s }")));
  assert.deepEqual(lines.filter((line) => line.startsWith("watchdog")), [
    "watchdog /dev/watchdog: (permit 5 s + watchdog timeout 4 s + feeding interval 500 ms) * 1.001 / 0.999 = 9.52 s <= " +
    "detection 10 s; fed every 500 ms",
  ]);
});

Deno.test("watchdog: what can't be sound is refused with the numbers", async () => {
  const cases: [string, string, RegExp][] = [
    [
      "{ timeout: 5s }",
      "standard",
      /watchdog\.timeout: the reset would come too late: .* = 10\.522 s is more than the detection time 10 s; 2 s to 4 s/,
    ],
    ["{ timeout: 4s }", "fast", /the reset would come too late.*; 1 s would do/],
    [
      "{ timeout: 1s }",
      "standard",
      /a healthy server would be reset: feeding interval 250 ms \+ pause 1 s = 1\.25 s is/,
    ],
    ["{ timeout: 1s }", "{ detection: 1500ms }", /no whole second would do: raise the detection time/],
    ["{ timeout: 2500ms }", "standard", /watchdog\.timeout: is 2\.5 s: watchdog devices count whole seconds/],
    ["{ device: /dev/sda, timeout: 4s }", "standard", /watchdog\.device: .*\/dev\/watchdog0/],
    ["{ device: /dev/watchdog }", "standard", /watchdog\.timeout: is missing/],
    ["{ timeout: 4s, nowayout: true }", "standard", /nowayout: is not known/],
  ];
  for (const [watchdog, timing, expected] of cases) {
    assert.match((await problemsOf(file(watchdog, timing))).join("\n"), expected);
  }
});

Deno.test("watchdog: a sound one resets before another server may begin, and forgives the pause", () => {
  const times = fc.record({
    takeoverMs: fc.integer({ min: MIN_TAKEOVER_MS, max: MAX_TAKEOVER_MS }),
    seconds: fc.integer({ min: 1, max: 300 }),
  });
  fc.assert(fc.property(times, ({ takeoverMs, seconds }) => {
    const timing = timingFor(takeoverMs);
    const timeoutMs = seconds * 1_000;
    if (watchdogProblems(timing, timeoutMs).length > 0) return;
    const everyMs = feedEveryMs(timing, timeoutMs);
    assert.ok(everyMs <= timeoutMs / 4);
    assert.ok(everyMs + timing.pauseMs < timeoutMs);
    // Fed one last time right before the permit ends.
    const slowest = (timing.permitMs + timeoutMs) * (1 + CLOCK_DRIFT) / (1 - CLOCK_DRIFT);
    assert.ok(slowest <= takeoverMs);
    assert.ok(timeoutMs <= resetWithinMs(timing));
  }));
  const sound = Object.entries(TIMING_PRESETS).map(([name, timing]) => {
    const seconds = [...Array(30).keys()].filter((n) => n > 0 && watchdogProblems(timing, n * 1_000).length === 0);
    return [name, seconds[0], seconds.at(-1)];
  });
  assert.deepEqual(sound, [["fast", 1, 1], ["standard", 2, 4], ["relaxed", 5, 13]]);
});
