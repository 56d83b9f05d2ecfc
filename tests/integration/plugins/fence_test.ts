/** Both fence types through the suite that every fence passes. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Fault } from "../../../core/plugin/fault.ts";
import awsStop from "../../../plugins/fence/aws-stop.ts";
import script from "../../../plugins/fence/script.ts";
import { fenceContext } from "../../../core/plugin/context.ts";
import { createBench } from "../../conformance/bench.ts";
import { createFenceBench } from "../../conformance/fence_bench.ts";
import { fenceSuite } from "../../conformance/fence_suite.ts";
import { endsPromptly } from "../../conformance/prompt.ts";

fenceSuite("aws-stop", awsStop, async () => {
  const bench = await createFenceBench({ forceDelayMs: 60_000 });
  return {
    options: { instance: bench.own.id, pollInterval: "100ms" },
    targetOptions: { instance: bench.target.id },
    context: bench.context,
    isOff: () => bench.sandbox.region.instances.find(({ id }) => id === bench.target.id)?.state === "stopped",
    turnOff: () => void (bench.target.state = "stopped"),
    neverStops: () => {
      bench.target.instanceType = "m4.large";
      bench.target.wedged = true;
    },
    forbid: () =>
      void bench.sandbox.faults.add({
        kind: "error",
        code: "UnauthorizedOperation",
        status: 403,
        action: "StopInstances",
      }),
    foresees: true,
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
});

/** The target is a file; the program removes it, unless there is a reason not to. */
const SWITCH = `
case "$BATON_ACTION" in
  ready) exec test ! -e "$1/forbidden" ;;
  stop) test ! -e "$1/forbidden" || { echo "no permission" >&2; exit 3; }
        test ! -e "$1/stuck" || sleep 30
        rm -f "$1/$BATON_TARGET"; echo "the outlet of $BATON_TARGET is dead" ;;
esac`;

fenceSuite("script", script, async () => {
  const bench = await createBench();
  const { folder } = bench;
  await Deno.writeTextFile(join(folder, "server9"), "on");
  const command = ["sh", "-c", SWITCH, "switch", folder];
  const touch = (name: string) => Deno.writeTextFile(join(folder, name), "");
  return {
    options: { command, ready: command },
    targetOptions: { command, ready: command },
    context: (options, targetOptions, signal) =>
      fenceContext(bench.context(options, signal ? { signal } : {}), "server9", targetOptions),
    isOff: async () => !(await Array.fromAsync(Deno.readDir(folder))).some(({ name }) => name === "server9"),
    turnOff: () => Deno.remove(join(folder, "server9")),
    neverStops: () => touch("stuck"),
    forbid: () => touch("forbidden"),
    foresees: true,
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
});

Deno.test("fence script: the program is told whom to stop, by the options of the target", async () => {
  await using bench = await createBench();
  const out = join(bench.folder, "out");
  const command = ["sh", "-c", 'env | grep ^BATON_ | sort >"$0"; echo done', out];
  const context = fenceContext(bench.context({ command, machine: "outlet 1" }), "server2", {
    command: ["true"],
    machine: "outlet 2",
  });
  assert.equal(await script.stop(context), "sh ended with status 0: done");
  assert.deepEqual(
    (await Deno.readTextFile(out)).trim().split("\n"),
    ["BATON_ACTION=stop", "BATON_SERVER=server1", "BATON_TARGET=server2", "BATON_TARGET_MACHINE=outlet 2"],
  );
});

Deno.test("fence script: a failure is no confirmation, and names the status and the last line", async () => {
  await using bench = await createBench();
  const command = ["sh", "-c", "echo trying; echo no answer from the switch >&2; exit 7"];
  const context = fenceContext(bench.context({ command }), "server2", { command });
  await assert.rejects(
    script.stop(context),
    (error) =>
      error instanceof Fault && error.uncertain &&
      /sh ended with status 7: no answer from the switch/.test(error.message),
  );
  const verdict = await script.ready(fenceContext(bench.context({ command }), "server2", { command }));
  assert.match(verdict.message, /no ready command/);
  assert.deepEqual(script.validate?.({ command: ["./off"], ready: ["bin/look"] }).length, 2);
});

Deno.test("fence script: its children are killed with it at the deadline", async () => {
  await using bench = await createBench();
  const pidFile = join(bench.folder, "pid");
  const command = ["sh", "-c", 'sleep 30 & echo $! >"$0"; wait', pidFile];
  const { threw } = await endsPromptly(
    300,
    (signal) => script.stop(fenceContext(bench.context({ command }, { signal }), "server2", { command })),
  );
  assert.ok(threw);
  const pid = Number(await Deno.readTextFile(pidFile));
  assert.ok(pid > 1);
  for (let look = 0; look < 2_000 && await isAlive(pid); look++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.ok(!await isAlive(pid), "its child lives on");
});

async function isAlive(pid: number): Promise<boolean> {
  try {
    // A process that nobody has waited for yet is dead all the same.
    return !/^State:\s+Z/m.test(await Deno.readTextFile(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}
