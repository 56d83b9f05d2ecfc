/** What a preflight says of a disk that is slow. */
import assert from "node:assert/strict";
import { slowMs } from "../../../core/cluster/disk.ts";
import { TIMING_PRESETS } from "../../../core/cluster/timing.ts";
import { CODES } from "../../../core/explain/codes.ts";
import { speedFindings } from "../../../core/preflight/machine.ts";

Deno.test("a synced write that takes longer than a quarter of a permit is a warning, with a number that explain knows", () => {
  const limitMs = slowMs(TIMING_PRESETS.standard);
  assert.equal(limitMs, 1_250);
  assert.deepEqual(speedFindings("state /var/lib/baton", limitMs, limitMs), []);
  const [finding, ...more] = speedFindings("state /var/lib/baton", 1_600.4, limitMs);
  assert.deepEqual(more, []);
  assert.equal(finding!.status, "warning");
  assert.match(finding!.message, /^a synced write took 1600 ms, and with this timing a disk is slow above 1250 ms: /);
  const entry = CODES.find(({ code }) => code === finding!.code)!;
  assert.ok(entry.causes.some(({ sign }) => sign?.test(finding!.message)));
});
