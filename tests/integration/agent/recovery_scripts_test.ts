import assert from "node:assert/strict";
import { join } from "node:path";
import { RecoveryScripts, type ScriptOrder } from "../../../core/agent/recovery_scripts.ts";
import type { Event } from "../../../core/cluster/events.ts";
import type { RecoveryTarget } from "../../../core/cluster/spec.ts";
import type { MonitorConfig, RecoveryScripts as Scripts } from "../../../core/config/config.ts";
import { exec } from "../../../core/os/exec.ts";
import { normal } from "../../../core/plugin/verdict.ts";
import { eventually, inFolder, monitor, sleep } from "../../unit/agent/helpers.ts";

function bench(scripts: Scripts, target: RecoveryTarget = { kind: "resource", group: "g", resource: "app" }) {
  const answers: Event[] = [];
  const base: MonitorConfig = monitor(() => Promise.resolve(normal("")));
  const runner = new RecoveryScripts({
    server: "server1",
    monitors: () => [{ ...base, recovery: { ...base.recovery, target }, scripts }],
    os: { exec },
    markOf: (group) => `mark of ${group}`,
    answer: (event) => answers.push(event),
  });
  const order = (step: ScriptOrder["step"], request = 1, count = 2) =>
    runner.order({ do: "script", monitor: "m", request, step, count });
  return { runner, answers, order };
}

const sh = (text: string, ...args: string[]) => ({
  command: ["sh", "-c", text, ...args] as [string, ...string[]],
  timeoutMs: 5_000,
});

Deno.test("recovery scripts: a script knows what it is for, by Baton's names and the guide's", async () => {
  await inFolder(async (dir) => {
    const out = join(dir, "out");
    const dump = sh('env | grep -E "^(BATON|CLP)_" | sort >"$0"', out);
    const { answers, order } = bench({ script: dump, reactivation: dump, failover: dump, finalAction: dump });
    const seen = async (step: ScriptOrder["step"]) => {
      await order(step)();
      return new Set((await Deno.readTextFile(out)).trim().split("\n"));
    };
    const common = [
      "BATON_COUNT=2",
      "BATON_GROUP=g",
      "BATON_MARK=mark of g",
      "BATON_MONITOR=m",
      "BATON_RESOURCE=app",
      "BATON_SERVER=server1",
      "CLP_GROUPNAME=g",
      "CLP_MONITORNAME=m",
      "CLP_RESOURCENAME=app",
      "CLP_SERVER_LOCAL=server1",
    ];
    const own = (action: string, clp: string, ...more: string[]) =>
      new Set([...common, `BATON_ACTION=${action}`, `CLP_ACTION=${clp}`, ...more]);
    assert.deepEqual(await seen("script"), own("script", "RECOVERY", "CLP_RECOVERYCOUNT=2"));
    assert.deepEqual(await seen("reactivation"), own("reactivation", "RESTART", "CLP_RESTARTCOUNT=2"));
    assert.deepEqual(await seen("failover"), own("failover", "FAILOVER", "CLP_FAILOVERCOUNT=2"));
    assert.deepEqual(await seen("finalAction"), own("finalAction", "FINALACTION"));
    assert.deepEqual(answers[0], { type: "script-done", monitor: "m", request: 1 });
  });
});

Deno.test("recovery scripts: a failure names the program and what it said last; a program that is not there too", async () => {
  const { answers, order } = bench({
    script: sh("echo first; echo no licence >&2; exit 3"),
    failover: { command: ["/nowhere/script"], timeoutMs: 1_000 },
  });
  await order("script")();
  await order("failover", 2)();
  await order("reactivation", 3)();
  const said = answers.map((event) => event.type === "script-done" ? event.failure : undefined);
  assert.deepEqual(said[0], { code: 1, message: "sh ended with status 3: no licence" });
  assert.match(said[1]?.message ?? "", /\/nowhere\/script does not exist/);
  assert.match(said[2]?.message ?? "", /m has no script for this step/);
});

Deno.test("recovery scripts: one that takes too long is killed with its children", async () => {
  await inFolder(async (dir) => {
    const pids = join(dir, "pids");
    const script = { ...sh('sleep 30 & echo $! $$ >"$0"; wait', pids), timeoutMs: 300 };
    const { answers, order } = bench({ script });
    await order("script")();
    const [answer] = answers;
    assert.ok(answer?.type === "script-done");
    assert.deepEqual([answer.failure?.code, answer.failure?.timedOut], [6, true]);
    assert.match(answer.failure?.message ?? "", /sh did not end within 300 ms and was killed/);
    await eventually("both are gone", () => gone(pids));
  });
});

Deno.test("recovery scripts: a fence of their group ends them, also one that has yet to begin", async () => {
  await inFolder(async (dir) => {
    const pids = join(dir, "pids");
    const script = sh('sleep 30 & echo $! $$ >"$0"; wait', pids);
    const { runner, answers, order } = bench({ script }, { kind: "all-groups" });
    const running = order("script")();
    await eventually("it runs", () => exists(pids));
    const later = order("script", 2);
    runner.fence("another");
    await Promise.all([running, later()]);
    assert.equal(answers.length, 2);
    for (const answer of answers) {
      assert.match(answer.type === "script-done" ? answer.failure?.message ?? "" : "", /fenced/);
    }
    await eventually("both are gone", () => gone(pids));
  });
  const other = bench({ script: sh("exit 0") });
  const run = other.order("script");
  other.runner.fence("another");
  await run();
  assert.deepEqual(other.answers, [{ type: "script-done", monitor: "m", request: 1 }]);
});

Deno.test("recovery scripts: nothing is answered once the agent stops", async () => {
  const { runner, answers, order } = bench({ script: sh("sleep 30") });
  const running = order("script")();
  await sleep(30);
  runner.close();
  await running;
  assert.deepEqual(answers, []);
});

async function exists(path: string): Promise<boolean> {
  return await Deno.readTextFile(path).then((text) => text.trim() !== "", () => false);
}

/** None of the processes is alive any more; one that nobody has waited for yet is dead as well. */
async function gone(path: string): Promise<boolean> {
  const pids = (await Deno.readTextFile(path)).trim().split(" ");
  const states = await Promise.all(
    pids.map((pid) => Deno.readTextFile(`/proc/${pid}/stat`).then((stat) => stat.split(") ")[1]?.[0], () => "gone")),
  );
  return states.every((state) => state === "gone" || state === "Z" || state === "X");
}
