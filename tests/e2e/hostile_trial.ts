import assert from "node:assert/strict";
import { FAULT_CODES } from "../../core/plugin/fault.ts";
import { DropInAgent, latenessDuring } from "./drop_in_agent.ts";
import { fileOf, type Hostile } from "./hostile_drop_ins.ts";
import { Stopwatch } from "../unit/stopwatch.ts";

/** A heartbeat that is later than that is one too late, in milliseconds. */
const LATE_MS = 50;
/** For those who don't end by themselves, in milliseconds. */
const TIMEOUT_MS = 1_200;
/** For those who come to their end by what they do, for which they need a processor. In milliseconds. */
const LONG_MS = 30_000;
/** Others use this machine too: what was late once because of them is not late again. */
const ATTEMPTS = 3;

/**
 * Lets a drop-in do wrong: the check is unknown in time and with a reason, the next one is fine, and no heartbeat is late.
 * `command`: a host that is not this program.
 */
export async function costsNoHeartbeat(hostile: Hostile, command?: readonly [string, ...string[]]): Promise<void> {
  const timeoutMs = hostile.code === FAULT_CODES.timeout ? TIMEOUT_MS : LONG_MS;
  let latenessMs = Infinity;
  for (let attempt = 0; attempt < ATTEMPTS && latenessMs > LATE_MS; attempt++) {
    await DropInAgent.with({ "hostile.js": fileOf(hostile) }, async (agent) => {
      const plugin = await agent.load("hostile", "monitor", hostile.settings);
      latenessMs = await latenessDuring(async () => {
        const watch = new Stopwatch();
        const verdict = await agent.check(plugin, timeoutMs);
        assert.ok(watch.ownMs < timeoutMs + 600, "the verdict came too late");
        assert.equal(verdict.status, "unknown", verdict.message);
        assert.match(verdict.message, hostile.reason);
        assert.equal(verdict.code, hostile.code);
        // It is there again for its next check.
        const again = await agent.check(plugin, 30_000, { good: true });
        assert.deepEqual(again, { status: "normal", message: "fine" });
      });
    }, command === undefined ? {} : { command });
  }
  assert.ok(latenessMs <= LATE_MS, `a heartbeat was ${Math.round(latenessMs)} ms late`);
}
