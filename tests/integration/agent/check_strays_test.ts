import assert from "node:assert/strict";
import { CheckStrays } from "../../../core/agent/check_strays.ts";
import type { Reason } from "../../../core/cluster/reasons.ts";
import { createOs } from "../../../core/os/mod.ts";
import { MARK_VARIABLE } from "../../../core/os/marked_processes.ts";
import type { PluginContext } from "../../../core/plugin/contract.ts";
import { eventually } from "../../unit/agent/helpers.ts";

const never = new AbortController().signal;

function bench(everyMs = 0) {
  const found = { processes: [] as string[], looks: 0 };
  const os = {
    marked: () => {
      found.looks += 1;
      return Promise.resolve(found.processes);
    },
  };
  const noted: Reason[] = [];
  return { found, noted, strays: new CheckStrays("look1", ":m:", os, (reasons) => noted.push(...reasons), everyMs) };
}

Deno.test("check strays: what checks leave behind is told once, and again when it has doubled", async () => {
  const { found, noted, strays } = bench();
  await strays.look(never);
  assert.equal(noted.length, 0);
  found.processes = ["sleep (process 7)"];
  await strays.look(never);
  await strays.look(never);
  assert.equal(noted.length, 1);
  assert.match(
    noted[0]!.text,
    /^The checks of look1 have left a process behind: sleep \(process 7\)\. Let its program/,
  );
  assert.deepEqual([noted[0]!.level, noted[0]!.monitor], ["warning", "look1"]);
  found.processes = Array.from({ length: 8 }, (_, index) => `sleep (process ${index})`);
  await strays.look(never);
  assert.match(noted[1]!.text, /have left 8 processes behind: .*process 4\) and 3 more\./);
});

Deno.test("check strays: it looks seldom, and a machine that shows no processes holds up nothing", async () => {
  const { found, strays } = bench(60_000);
  await strays.look(never);
  await strays.look(never);
  assert.equal(found.looks, 1);
  const noted: Reason[] = [];
  const hangs = { marked: () => new Promise<string[]>(() => {}) };
  const startedMs = performance.now();
  await new CheckStrays("look1", ":m:", hangs, (reasons) => noted.push(...reasons)).look(AbortSignal.timeout(50));
  assert.ok(performance.now() - startedMs < 5_000);
  assert.deepEqual(noted, []);
});

Deno.test({
  name: "check strays: a process that a real check has left is found by its mark",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const os = createOs();
    const mark = `:${crypto.randomUUID()}:`;
    const noted: Reason[] = [];
    const strays = new CheckStrays("look1", mark, os, (reasons) => noted.push(...reasons), 0);
    const seen: Record<string, string | undefined> = {};
    const context = strays.context(
      {
        exec: (_command: unknown, options: { env?: Record<string, string> }) => {
          Object.assign(seen, options.env);
          return Promise.resolve({ status: 0, stdout: "", stderr: "" });
        },
      } as unknown as PluginContext,
    );
    await context.exec(["true"]);
    assert.equal(seen[MARK_VARIABLE], mark);
    const child = new Deno.Command("sleep", { args: ["60"], env: { [MARK_VARIABLE]: mark } }).spawn();
    try {
      await eventually("it is told", async () => {
        await strays.look(never);
        return noted.length > 0;
      });
      assert.match(noted[0]!.text, new RegExp(`sleep \\(process ${child.pid}\\)`));
    } finally {
      child.kill("SIGKILL");
      await child.status;
    }
  },
});
