import assert from "node:assert/strict";
import { join } from "node:path";
import { startDeadMansSwitch } from "../../../core/os/dead_mans_switch.ts";
import { type GuardShell, posixGuard } from "../../../core/os/guard_script.ts";
import type { SwitchPlan } from "../../../core/os/os.ts";

/** Lets a switch with this plan fire; resolves with the lines of its log and how long it took, in milliseconds. */
async function fire(
  shell: GuardShell,
  planOf: (log: string) => SwitchPlan,
  hurry = false,
): Promise<{ lines: string[]; ms: number }> {
  const folder = await Deno.makeTempDir({ prefix: "baton-plan-" });
  try {
    const log = join(folder, "log");
    const guard = await startDeadMansSwitch(posixGuard(planOf(log), shell));
    const startedMs = performance.now();
    if (hurry) guard.hurry();
    guard.alive(1);
    // The switch does not keep the event loop going by itself.
    const waiting = setInterval(() => {}, 1_000);
    await guard.ended;
    clearInterval(waiting);
    const ms = performance.now() - startedMs;
    await guard.disarm();
    return { lines: (await Deno.readTextFile(log)).trim().split("\n"), ms };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const TIMES = { offMs: 400, stopMs: 400, killMs: 400, againMs: 400, hurriedMs: 400 };

for (const shell of ["/bin/bash", "/bin/sh"] as const satisfies readonly GuardShell[]) {
  Deno.test(`${shell}: addresses together, then stops, then kills, and only what failed once more`, async () => {
    const { lines } = await fire(shell, (log) => {
      const note = (word: string, more = "") => ["sh", "-c", `${more} echo ${word} >>"$0"`, log] as const;
      return {
        group: "g",
        ...TIMES,
        off: [note("slow-address", "sleep 0.2;"), note("quick-address")],
        stop: [note("stop-1"), ["sh", "-c", 'echo stop-2 >>"$0"; exit 1', log], note("stop-3")],
        kill: [note("kill")],
      };
    });
    assert.deepEqual(lines, ["quick-address", "slow-address", "stop-1", "stop-2", "stop-3", "kill", "stop-2"]);
  });

  Deno.test(`${shell}: whatever hangs, the switch ends within its shares`, async () => {
    const { lines, ms } = await fire(shell, (log) => {
      const hang = (word: string) => ["sh", "-c", `trap '' TERM; echo ${word} >>"$0"; sleep 20`, log] as const;
      return { group: "g", ...TIMES, off: [hang("a"), hang("a")], stop: [hang("s")], kill: [hang("k")] };
    });
    assert.deepEqual(lines, ["a", "a", "s", "k", "s"]);
    // What hangs does so for 20 s; the rest is for programs that start slowly on a machine with much else to do.
    assert.ok(ms >= 1_550 && ms < 8_000, `${ms} ms of 1600`);
  });

  Deno.test(`${shell}: when the stop time runs already it kills first, and asks the stops only for what is left`, async () => {
    const { lines, ms } = await fire(
      shell,
      (log) => {
        const note = (word: string, more = "") => ["sh", "-c", `echo ${word} >>"$0"; ${more}`, log] as const;
        const stop = [note("stop-1", "sleep 20"), note("stop-2")];
        return {
          group: "g",
          ...TIMES,
          stopMs: 5_000,
          hurriedMs: 200,
          off: [note("address")],
          stop,
          kill: [note("kill")],
        };
      },
      true,
    );
    assert.deepEqual(lines.toSorted(), ["address", "kill", "stop-1", "stop-2"]);
    assert.ok(lines.indexOf("kill") < lines.indexOf("stop-1") && lines.indexOf("stop-1") < lines.indexOf("stop-2"));
    // Not the stop time of 5 s, nor the 20 s of the stop that hangs.
    assert.ok(ms < 4_500, `${ms} ms`);
  });
}
